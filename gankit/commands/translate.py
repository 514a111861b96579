"""gankit translate."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import tyro

from gankit import pictures
from gankit.base.errors import UserError, warn
from gankit.base.files import write_text
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.runs.run import Run, Weights
from gankit.training.memory import keep_freed_memory
from gankit.translation import Manner, Passage
from gankit.translation.comparison import comparison, mean
from gankit.translation.files import Answer, Job, translate_files
from gankit.translation.paths import COMPARISON, NUMBERS, outputs, picture_files
from gankit.translation.preprocessing import check_targets, intake
from gankit.translation.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Translate(Manner):
    run: tyro.conf.Positional[Path]
    """The run directory."""
    inputs: tyro.conf.Positional[tuple[str, ...]]
    """Pictures: files, folders, or patterns such as 'photos/*.jpg'."""
    out: Path | None = None
    """The folder that they are written to, under their own names; by default RUN/translated."""
    raw: bool = False
    """Take every picture as what goes in, also where the run was trained on pairs side by side, or made by --pair."""
    targets: Path | None = None
    """A folder with what they should become, under the same names; they are then taken as with --raw."""
    sheet: int = 8
    """How many of them comparison.png shows; 0 for no such sheet."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu or cuda."""


def translate(arguments: list[str]) -> None:
    asked = parse(Translate, arguments, "gankit translate", COMMANDS["translate"].about)
    if asked.sheet < 0:
        raise UserError(f"sheet can't be negative, but is {asked.sheet}")
    opened = Run(asked.run)
    translator, step = opened.translator_at(weights=asked.weights, device=asked.device)
    passage = Passage(translator, opened.spec, asked)
    stated = opened.config["data"]
    second = (stated.get("direction", "AtoB") == "BtoA") != asked.backwards
    files = picture_files(asked.inputs, "B" if second else "A", warn)
    taking = intake(passage, stated, aligned=opened.spec.aligned, raw=asked.raw, targets=asked.targets)
    if lacking := check_targets(files, taking):
        warn(lacking)
    out = asked.out or asked.run / "translated"
    taken_names = [NUMBERS, *([COMPARISON] if asked.sheet else [])]
    jobs = list(map(Job, files, outputs(files, out, passage.channels[1], taken_names)))
    if translator.device.type == "cpu":
        keep_freed_memory()
    progress = Progress(len(jobs))
    try:
        answer = translate_files(passage, taking, jobs, sheet=asked.sheet, say=warn, progress=progress.at)
    finally:
        progress.close()
    manner = {field.name: getattr(asked, field.name) for field in fields(Manner)}
    _tell(answer, out, {"run": str(asked.run), "step": step, "weights": asked.weights, **manner})


def _tell(answer: Answer, out: Path, protocol: dict[str, Any]) -> None:
    """Say what became of the files, and write the sheet and the numbers."""
    for source, why in answer.skipped:
        warn(f"skipped {str(source)!r}: {why}")
    print(f"pictures     {out} ({len(answer.pictures):,})")
    rows = [picture.shown for picture in answer.pictures if picture.shown]
    if rows:
        print(f"comparison   {pictures.save(comparison(rows), out / COMPARISON)}")
    known = {picture.job: picture.error for picture in answer.pictures if picture.error}
    if not known:
        return
    average = mean(list(known.values()))
    print(f"error        L1 {average.l1:.4f}, PSNR {average.psnr:.2f} dB (means of {len(known):,}, values from 0 to 1)")
    each = [{"input": str(job.source), "output": job.path.name, **error._asdict()} for job, error in known.items()]
    text = json.dumps({**protocol, **average._asdict(), "pictures": each}, indent=1)
    write_text(out / NUMBERS, f"{text}\n")
    print(f"numbers      {out / NUMBERS}")
