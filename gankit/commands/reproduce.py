"""gankit reproduce."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from gankit.base.bounds import Between, Positive, Units
from gankit.base.errors import UserError
from gankit.base.text import aligned, tell
from gankit.commands.main import COMMANDS
from gankit.reproduce import RECIPES, recipe_called
from gankit.reproduce.recipe import Recipe
from gankit.reproduce.record import RECORDED, Record, keep, recorded


@dataclass(frozen=True, kw_only=True)
class Reproduce:
    seeds: Units | None = None
    """Runs, with seeds from 0 on; by default the recipe's number."""
    fraction: Annotated[float, Between(0, 1, above=True)] = 1.0
    """Share of the recipe's steps, above 0; below 1 the figure is a reduced run's, and says so."""
    out: Path | None = None
    """Where runs and result.json go; by default runs/reproduce-NAME, with the fraction where it is not 1."""
    record: bool = False
    """For maintainers: keep the result within the package as well, where the list of recipes shows it."""


@dataclass(frozen=True, kw_only=True)
class Next:
    hours: Positive | None = None
    """Stop by then, with a checkpoint; by default when nothing is missing."""
    out: Path = Path("runs")
    """Above reproduce-NAME/, where the runs of each recipe are."""


@dataclass(frozen=True, kw_only=True)
class Status:
    out: Path = Path("runs")
    """Above reproduce-NAME/, where the runs of each recipe are."""


OUT = "Where runs go: by default runs/reproduce-NAME with the fraction if it is not 1; runs, with --next or --status."
NEXT = "In the place of NAME: play what is missing of all recipes, the cheapest seed first, and record it."
HOURS = "With --next: stop by then, with a checkpoint; by default when nothing is missing."
STATUS = "In the place of NAME: say what is recorded of each recipe, what is missing, and how long that takes here."
KINDS: dict[str, type[Next | Status]] = {"--next": Next, "--status": Status}


def reproduce(arguments: list[str]) -> None:
    """Without a NAME it lists the recipes: what the paper has and what this release has. Repeating the command
    continues it, bit for bit; a seed that is finished is not repeated.

    With --status it says what is recorded of each recipe, what is missing, and how long that takes here. With --next
    [--hours H] it plays what is missing, the cheapest seed first, on one thread and with low priority, and records it;
    the same command goes on after any interruption, and several of them share the work.
    """
    if not arguments:
        tell(*listing())
        return
    if "--next" in arguments:
        _stay_in_the_background()
    from gankit.commands.parsing import docstring, parse

    description = f"{COMMANDS['reproduce']}\n\n{docstring(reproduce)}"
    if arguments[0] in ("-h", "--help"):
        parse(_all_options(), arguments, "gankit reproduce [NAME]", description)
    if flag := next((word for word in arguments if word in KINDS), None):
        rest = [word for word in arguments if word != flag]
        _queue(parse(KINDS[flag], rest, f"gankit reproduce {flag}", description))
        return
    from gankit.reproduce.play import reproduce as run_recipe

    if arguments[0].startswith("-"):
        raise UserError("name the recipe first: gankit reproduce NAME --seeds 1; gankit reproduce lists them")
    recipe = recipe_called(arguments[0])
    description += f"\n\n{recipe.name}: {recipe.figure}. {recipe.protocol} Paper: {recipe.paper}."
    options = parse(Reproduce, arguments[1:], f"gankit reproduce {recipe.name}", description)
    record = run_recipe(recipe, seeds=options.seeds, fraction=options.fraction, out=options.out)
    tell(*outcome(recipe, record))
    if options.record:
        stands = keep(record, recipe, RECORDED)
        weaker = ", of longer runs, stays" if stands.fraction > record.fraction else ""
        tell(f"recorded  {stands.text()}{weaker}")


def _all_options() -> type[Reproduce]:
    """What help shows where no recipe is named: the options of a recipe and those of the queue."""
    import tyro  # which takes a while, and a list of recipes does without

    def told(kind: Any, words: str) -> Any:
        return Annotated[kind, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help=words)]

    more = [
        ("out", told(Path | None, OUT), None),
        ("next", told(bool, NEXT), False),
        ("hours", told(float | None, HOURS), None),
        ("status", told(bool, STATUS), False),
    ]
    return dataclasses.make_dataclass("AllOptions", more, bases=(Reproduce,), frozen=True, kw_only=True)


def _queue(options: Next | Status) -> None:
    from gankit.reproduce.evidence import summary, table
    from gankit.reproduce.queue import status, work

    recipes = [recipe_called(name) for name in RECIPES]
    if isinstance(options, Next):
        work(options.out, hours=options.hours, recipes=recipes, results=RECORDED, say=_print)
    else:
        evidence = status(options.out, recipes=recipes, results=RECORDED)
        tell(*aligned(table(evidence)), *summary(evidence))


def _print(line: str) -> None:
    print(line, flush=True)


def _stay_in_the_background() -> None:
    """Leave this machine to whoever else wants it: one thread, before a library starts more, and the last turn."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if hasattr(os, "nice"):
        os.nice(10)


def listing() -> list[str]:
    """Every recipe with the paper's figure and ours, where one is recorded; a row of a table would be too long."""
    lines = []
    for name in RECIPES:
        recipe, ours = recipe_called(name), recorded(name)
        lines += [
            f"{name:16} {recipe.method}: {recipe.figure}",
            f"{'':16} paper    {recipe.paper}",
            f"{'':16} ours     {ours.text() if ours else 'not recorded'}",
            f"{'':16} command  {ours.command if ours else f'gankit reproduce {name}'}",
        ]
    return lines


def outcome(recipe: Recipe, record: Record) -> list[str]:
    """One recipe's figures beside the paper's."""
    reduced = "" if record.fraction == 1 else ", by a reduced run"
    wanted = [("target", ", ".join(map(str, recipe.targets)))] if recipe.targets else []
    verdict = (
        [("reached", ("yes" if recipe.reached(record.mean, record.median) else "no") + reduced)]
        if recipe.targets
        else []
    )
    rows = [
        ("figure", recipe.figure),
        ("paper", recipe.paper),
        *wanted,
        *((f"our {name}", "; ".join(filter(None, (record.text(name), record.span(name))))) for name in record.mean),
        *verdict,
        ("protocol", recipe.protocol),
        ("command", record.command),
    ]
    return aligned([list(row) for row in rows])
