"""Run a recipe: seed after seed, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from gankit.base.errors import UserError, warn
from gankit.base.files import locked
from gankit.reproduce import recipe_called
from gankit.reproduce.recipe import Recipe, Trial
from gankit.reproduce.record import Record, read_record

Say = Callable[[str], None]
RESULT = "result.json"


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
    recipe = recipe if isinstance(recipe, Recipe) else recipe_called(recipe)
    say = say or warn
    count = recipe.seeds if seeds is None else seeds
    if count < 1:
        raise UserError(f"seeds must be at least 1, not {count}")
    if not 0 < fraction <= 1:
        raise UserError(f"fraction must be above 0 and at most 1, not {fraction:g}")
    out = out or place(recipe, Path("runs"), fraction)
    record = begun(recipe, out, fraction)
    for seed in range(count):
        record = play(recipe, seed, out, fraction=fraction, say=say)
        say(f"{recipe.name}, seed {seed}: {', '.join(f'{k} {v:.4g}' for k, v in record.seeds[str(seed)].items())}")
    chosen = {str(seed): record.seeds[str(seed)] for seed in range(count)}
    return record.holding(recipe, chosen, record.images)


def place(recipe: Recipe, root: Path, fraction: float = 1.0) -> Path:
    """Where runs of `recipe` go, under `root`."""
    return root / f"reproduce-{recipe.name}{'' if fraction == 1 else f'-{fraction:g}'}"


def begun(recipe: Recipe, out: Path, fraction: float = 1.0) -> Record:
    """What `out` has found for `recipe` so far; it is claimed for such runs if it is new.

    Raises `UserError` where it holds runs of another recipe, length or protocol.
    """
    with locked(out / "result.lock"):
        return _begun(recipe, out, fraction)


def _begun(recipe: Recipe, out: Path, fraction: float) -> Record:
    from gankit.evaluation.evaluator import versions

    steps = recipe.steps_of(fraction)
    if found := read_record(out / RESULT):
        if (found.recipe, found.steps) != (recipe.name, steps):
            raise UserError(f"{out} holds {found.recipe} with {found.steps} steps, not {steps}: take another --out")
        if found.protocol != recipe.protocol:
            raise UserError(f"{out} holds {found.recipe} under another protocol: take another --out")
        return found
    record = Record(
        recipe=recipe.name,
        method=recipe.method,
        figure=recipe.figure,
        protocol=recipe.protocol,
        command=recipe.command(recipe.seeds, fraction),
        steps=steps,
        fraction=fraction,
        versions=versions(),
    )
    record.save(out / RESULT)  # before the first seed: what is trained here has so many steps
    return record


def play(recipe: Recipe, seed: int, out: Path, *, fraction: float = 1.0, say: Say) -> Record:
    """Train and score one seed of `recipe` in `out`, if that is not done; returns all that `out` has found.

    Raises `UserError` where another process is at that seed.
    """
    with locked(out / f"seed{seed}.lock", f"another process is at seed {seed} of {recipe.name} in {out}"):
        record = begun(recipe, out, fraction)
        if str(seed) in record.seeds:
            return record
        share = "" if fraction == 1 else f", {100 * fraction:.3g} %"
        say(f"{recipe.name}, seed {seed}: {record.steps:,} steps{share}")
        trial = Trial(seed=seed, steps=record.steps, fraction=fraction, out=out / f"seed{seed}", say=say)
        values = {name: float(value) for name, value in recipe.run(trial).items()}
        with locked(out / "result.lock"):
            record = _begun(recipe, out, fraction)  # again, as others may have added seeds
            seeds, images = {**record.seeds, str(seed): values}, {**record.images, str(seed): _images(trial.out)}
            record = record.holding(recipe, seeds, images)
            record.save(out / RESULT)
    return record


def _images(directory: Path) -> int:
    """Real examples seen, by the newest checkpoint of each run in `directory`."""
    seen: dict[Path, int] = {}
    for path in directory.rglob("checkpoints/step-*/state.json"):
        run = path.parent.parent
        seen[run] = max(seen.get(run, 0), json.loads(path.read_text(encoding="utf-8"))["images"])
    return sum(seen.values())
