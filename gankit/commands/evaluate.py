"""gankit evaluate."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gankit.base.ranks import leads
from gankit.base.text import aligned, tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import config_of, docstring, parse
from gankit.evaluation.card import conditions, table
from gankit.evaluation.metrics import METRICS
from gankit.runs.evaluate import evaluate as evaluate_run
from gankit.runs.from_config import from_file
from gankit.runs.protocol import Protocol


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    run: tyro.conf.Positional[Path]
    """A run's directory, or a folder of images that any program made."""
    data: str | None = None
    """What to compare with: a data set's name, a folder of images, or an .npy or .npz file; a run knows its own."""
    out: Path | None = None
    """Where card.json and pictures go; by default the run, or runs/evaluated-FOLDER."""
    config: Path | None = None
    """Take the protocol of a YAML file; options here win."""
    protocol: Annotated[Protocol, tyro.conf.arg(name="")] = dataclasses.field(default=Protocol())


def evaluate(arguments: list[str]) -> None:
    """Figures go into the run's card.json with all that is needed to compare them; evaluating again with the same
    protocol puts the new ones in their place.
    """
    metrics = "\n\n".join(
        f"{name}: {metric.about}{'' if metric.usual or metric.usual_of_translators else ' (*)'}"
        for name, metric in METRICS.items()
    )
    description = f"{COMMANDS['evaluate']}\n\n{docstring(evaluate)}"
    description += f"\n\nThe metrics, of which (*) only when asked for:\n\n{metrics}"
    usual = None
    if config := config_of(arguments):
        usual = Evaluate(run=tyro.MISSING, protocol=from_file(Protocol(), config))
    options = parse(Evaluate, arguments, "gankit evaluate", description, usual)
    is_run = (options.run / "config.json").is_file()
    out = options.out or (options.run if is_run else Path("runs") / f"evaluated-{options.run.resolve().name}")
    card = evaluate_run(options.run, options.data, out=out, **vars(options.protocol))
    if not leads():
        return
    tell(*aligned(table(card.figures)))
    tell(*conditions(card.figures))
    tell(f"card         {out / 'card.json'}")
