"""gankit translate."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import tyro

from gankit import pictures
from gankit.base.bounds import Number
from gankit.base.errors import warn
from gankit.base.files import refuse_foreign, sweep_partials, write_json
from gankit.base.memory import within_memory
from gankit.base.progress import Progress
from gankit.base.text import tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse
from gankit.runs.directory import inside
from gankit.runs.run import Weights, load
from gankit.training.memory import keep_freed_memory
from gankit.translation import Pipeline, TranslationOptions
from gankit.translation.comparison import comparison, mean
from gankit.translation.files import Answer, Job, translate_files
from gankit.translation.paths import COMPARISON, NUMBERS, outputs, picture_files, spelled
from gankit.translation.preprocessing import check_targets, preprocessor_for

MAKER = "gankit translate"


@dataclass(frozen=True, kw_only=True)
class Translate(TranslationOptions):
    run: tyro.conf.Positional[Path]
    """The run directory."""
    inputs: tyro.conf.Positional[tuple[str, ...]]
    """Pictures: files, folders, or patterns such as 'photos/*.jpg'; or a folder of data as for training."""
    split: Literal["test", "train"] | None = None
    """Which of such data; by default the test split, or training's where there is no other."""
    out: Path | None = None
    """The folder that they are written to, under their own names; by default RUN/translated."""
    raw: bool = False
    """Take every picture as what goes in, also where the run was trained on pairs side by side, or made by --pair."""
    targets: Path | None = None
    """A folder with what they should become, under the same names; they are then taken as with --raw."""
    sheet: Number = 8
    """How many of them comparison.png shows; 0 for no such sheet."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu, cuda, xpu or mps, or one of several, as cuda:1."""
    trust: bool = False
    """Run the method.py of a run that was not made here: it is a program, so read it first."""


def translate(arguments: list[str]) -> None:
    options = parse(Translate, arguments, "gankit translate", COMMANDS["translate"])
    run = load(options.run, trust=options.trust)
    translator, step = run.translator_at(weights=options.weights, device=options.device)
    pipeline = Pipeline(translator, run.spec, options, run.values)
    data = run.config["data"]
    from_b = (data.get("direction", "AtoB") == "BtoA") != options.backwards
    files = picture_files(options.inputs, "B" if from_b else "A", warn, options.split)
    read_picture = preprocessor_for(pipeline, data, aligned=run.spec.aligned, raw=options.raw, targets=options.targets)
    if warning := check_targets(files, read_picture):
        warn(warning)
    out = options.out or options.run / "translated"
    inside(run.directory, out / NUMBERS)
    if options.out:
        refuse_foreign(out / NUMBERS, MAKER)
    sweep_partials(out)
    reserved = [NUMBERS, *([COMPARISON] if options.sheet else [])]
    jobs = list(map(Job, files, outputs(files, out, pipeline.channels[1], reserved)))
    if translator.device.type == "cpu":
        keep_freed_memory()
    progress = Progress(len(jobs), "pictures")
    try:
        with within_memory("translation", "lower --tile or --batch"):
            answer = translate_files(pipeline, read_picture, jobs, sheet=options.sheet, say=warn, progress=progress.at)
    finally:
        progress.close()
    how = {field.name: getattr(options, field.name) for field in fields(TranslationOptions)}
    _report(answer, out, {"run": str(options.run), "step": step, "weights": options.weights, **how})


def _report(answer: Answer, out: Path, protocol: dict[str, Any]) -> None:
    """Say what became of the files, and write the sheet and the numbers."""
    for source, why in answer.skipped:
        warn(f"skipped {spelled(source)!r}: {why}")
    tell(f"pictures     {out} ({len(answer.pictures):,})")
    rows = [picture.shown for picture in answer.pictures if picture.shown]
    if rows:
        tell(f"comparison   {pictures.save(comparison(rows), out / COMPARISON)}")
    errors = {picture.job: picture.error for picture in answer.pictures if picture.error}
    if not errors:
        return
    count, average = len(errors), mean(list(errors.values()))
    tell(f"error        L1 {average.l1:.4f}, PSNR {average.psnr:.2f} dB (means of {count:,}, values from 0 to 1)")
    each = [{"input": spelled(job.source), "output": job.path.name, **error._asdict()} for job, error in errors.items()]
    write_json(out / NUMBERS, {**protocol, **average._asdict(), "pictures": each}, maker=MAKER)
    tell(f"numbers      {out / NUMBERS}")
