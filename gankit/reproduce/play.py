"""Run a recipe: seed after seed, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gankit.base.errors import UserError, warn
from gankit.reproduce import recipe_called
from gankit.reproduce.recipe import Recipe, Trial
from gankit.reproduce.record import Record, read_record

Say = Callable[[str], None]


def reproduce(
    recipe: str | Recipe,
    *,
    seeds: int | None = None,
    fraction: float = 1.0,
    out: Path | None = None,
    say: Say | None = None,
) -> Record:
    """Train and score `seeds` seeds, from 0 on; by default the recipe's number.

    `fraction`, above 0 and at most 1, reduces the steps of each. In `out` (runs/reproduce-NAME, with the fraction in
    its name where it is not 1): seedK/ with its runs, and result.json. Repeating the call goes on where it was; a
    seed that is finished is not repeated.
    """
    from gankit.evaluation.evaluator import versions

    recipe = recipe if isinstance(recipe, Recipe) else recipe_called(recipe)
    say = say or warn
    count = recipe.seeds if seeds is None else seeds
    if count < 1:
        raise UserError(f"seeds must be at least 1, not {count}")
    if not 0 < fraction <= 1:
        raise UserError(f"fraction must be above 0 and at most 1, not {fraction:g}")
    reduced = "" if fraction == 1 else f"-{fraction:g}"
    out = out or Path("runs") / f"reproduce-{recipe.name}{reduced}"
    fresh = Record(
        recipe=recipe.name,
        method=recipe.method,
        figure=recipe.figure,
        protocol=recipe.protocol,
        command=_command(recipe, count, fraction),
        steps=max(1, round(recipe.steps * fraction)),
        fraction=fraction,
        versions=versions(),
    )
    found = read_record(out / "result.json") or fresh
    if (found.recipe, found.steps) != (fresh.recipe, fresh.steps):
        raise UserError(f"{out} holds {found.recipe} with {found.steps} steps, not {fresh.steps}: take another --out")
    if found.protocol != fresh.protocol:
        raise UserError(f"{out} holds {found.recipe} under another protocol: take another --out")
    record = replace(found, command=fresh.command)
    record.save(out / "result.json")  # before the first seed: what is trained here has so many steps
    for seed in range(count):
        directory = out / f"seed{seed}"
        if str(seed) not in record.seeds:
            say(f"{recipe.name}, seed {seed}: {fresh.steps:,} steps{f', {100 * fraction:.3g} %' if reduced else ''}")
            trial = Trial(seed=seed, steps=fresh.steps, fraction=fraction, out=directory, say=say)
            values = {name: float(value) for name, value in recipe.run(trial).items()}
            record = replace(
                record,
                seeds={**record.seeds, str(seed): values},
                images={**record.images, str(seed): _images(directory)},
            )
            record.save(out / "result.json")
        say(f"{recipe.name}, seed {seed}: {', '.join(f'{k} {v:.4g}' for k, v in record.seeds[str(seed)].items())}")
    chosen = {str(seed) for seed in range(count)}
    return replace(
        record,
        seeds={seed: values for seed, values in record.seeds.items() if seed in chosen},
        images={seed: images for seed, images in record.images.items() if seed in chosen},
    )


def _command(recipe: Recipe, seeds: int, fraction: float) -> str:
    words = ["gankit reproduce", recipe.name]
    words += [f"--seeds {seeds}"] if seeds != recipe.seeds else []
    words += [f"--fraction {fraction:g}"] if fraction != 1 else []
    return " ".join(words)


def _images(directory: Path) -> int:
    """Real examples seen, by the newest checkpoint of each run in `directory`."""
    seen: dict[Path, int] = {}
    for path in directory.rglob("checkpoints/step-*/state.json"):
        run = path.parent.parent
        seen[run] = max(seen.get(run, 0), json.loads(path.read_text())["images"])
    return sum(seen.values())
