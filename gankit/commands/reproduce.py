"""gankit reproduce."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gankit.base.errors import UserError
from gankit.base.text import aligned, tell
from gankit.commands.main import COMMANDS
from gankit.reproduce import RECIPES, recipe_called
from gankit.reproduce.recipe import Recipe
from gankit.reproduce.record import RECORDED, Record, recorded


@dataclass(frozen=True, kw_only=True)
class Reproduce:
    seeds: int | None = None
    """Runs, with seeds from 0 on; by default the recipe's number."""
    fraction: float = 1.0
    """Share of the recipe's steps, above 0; below 1 the figure is a reduced run's, and says so."""
    out: Path | None = None
    """Where runs and result.json go; by default runs/reproduce-NAME, with the fraction where it is not 1."""
    record: bool = False
    """For maintainers: keep the result within the package as well, where the list of recipes shows it."""


def reproduce(arguments: list[str]) -> None:
    """Without a NAME it lists the recipes: what the paper has and what this release has. Repeating the command
    continues it, bit for bit; a seed that is finished is not repeated.
    """
    if not arguments:
        tell("\n".join(listing()))
        return
    from gankit.commands.parsing import docstring, parse
    from gankit.reproduce.play import reproduce as run_recipe

    description = f"{COMMANDS['reproduce']}\n\n{docstring(reproduce)}"
    if arguments[0] in ("-h", "--help"):
        parse(Reproduce, arguments, "gankit reproduce [NAME]", description)
    if arguments[0].startswith("-"):
        raise UserError("name the recipe first: gankit reproduce NAME --seeds 1; gankit reproduce lists them")
    recipe = recipe_called(arguments[0])
    description += f"\n\n{recipe.name}: {recipe.figure}. {recipe.protocol} Paper: {recipe.paper}."
    options = parse(Reproduce, arguments[1:], f"gankit reproduce {recipe.name}", description)
    record = run_recipe(recipe, seeds=options.seeds, fraction=options.fraction, out=options.out)
    tell("\n".join(outcome(recipe, record)))
    if options.record:
        tell(f"recorded  {record.save(RECORDED / f'{recipe.name}.json')}")


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
    verdict = [("reached", ("yes" if recipe.reached(record.mean) else "no") + reduced)] if recipe.targets else []
    rows = [
        ("figure", recipe.figure),
        ("paper", recipe.paper),
        *wanted,
        *((f"our {name}", record.text(name)) for name in record.mean),
        *verdict,
        ("protocol", recipe.protocol),
        ("command", record.command),
    ]
    return aligned([list(row) for row in rows])
