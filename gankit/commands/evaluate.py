"""gankit evaluate, gankit compare and gankit benchmark."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gankit import pictures
from gankit.base import text as tables
from gankit.base.errors import warn
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import about, parse
from gankit.evaluation.card import conditions, table
from gankit.evaluation.metrics import METRICS
from gankit.runs import benchmark as matched
from gankit.runs import compare as comparing
from gankit.runs import evaluate as evaluating
from gankit.runs.protocol import Protocol


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    run: tyro.conf.Positional[Path]
    """A run's directory, or a folder of images that any program made."""
    data: str | None = None
    """What to compare with: a data set's name, a folder of images, or an .npy or .npz file; a run knows its own."""
    out: Path | None = None
    """Where card.json and pictures go; by default the run, or runs/evaluated-FOLDER."""
    protocol: Annotated[Protocol, tyro.conf.arg(name="")] = dataclasses.field(default=Protocol())


def evaluate(arguments: list[str]) -> None:
    """Figures go into the run's card.json with all that is needed to compare them; evaluating again with the same
    protocol puts the new ones in their place.
    """
    listed = "\n\n".join(
        f"{name}: {metric.about}{'' if metric.usual or metric.usual_of_translators else ' (*)'}"
        for name, metric in METRICS.items()
    )
    text = [COMMANDS["evaluate"].about, about(evaluate), f"The metrics, of which (*) only when asked for:\n\n{listed}"]
    asked = parse(Evaluate, arguments, "gankit evaluate", "\n\n".join(text))
    folder = not (asked.run / "config.json").is_file()
    out = asked.out or (Path("runs") / f"evaluated-{asked.run.resolve().name}" if folder else asked.run)
    card = evaluating.evaluate(asked.run, asked.data, out=out, **vars(asked.protocol))
    print("\n".join(tables.aligned(table(card.figures))))
    print("\n".join(conditions(card.figures)))
    print(f"card         {out / 'card.json'}")


@dataclass(frozen=True)
class Compare:
    runs: tuple[Path, ...]
    """Directories of runs that have been evaluated, two or more."""
    figures: Annotated[tuple[str, ...], tyro.conf.arg(aliases=["--metrics"])] = ()
    """Names of figures; by default all that the runs have."""
    out: Path = Path("runs/compare.png")
    """Where the plot goes."""


def compare(arguments: list[str]) -> None:
    asked = parse(Compare, arguments, "gankit compare", COMMANDS["compare"].about)
    found = comparing.compare(asked.runs, figures=asked.figures)
    print("\n".join(tables.aligned(found.table())))
    for line in found.refused:
        warn(line)
    print(f"plot         {pictures.save(found.picture(), asked.out)}")


def benchmark(arguments: list[str]) -> None:
    """Each method plays on the same data, for as many steps, with the same batches and, where its own network is of
    that family, on the same convolutions; what its paper says of losses, norms and optimisers stands. Repeating the
    command goes on where it was.
    """
    text = f"{COMMANDS['benchmark'].about}\n\n{about(benchmark)}"
    plan = parse(matched.Plan, arguments, "gankit benchmark", text)
    found = matched.benchmark(**vars(plan))
    print("\n".join(tables.aligned(found.table())))
    print(f"table, plot and samples: {found.directory}")
