"""What to do about a verdict, as one command that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gankit.base.text import command_line
from gankit.game import Method
from gankit.game.stabilisers import Stabilisers
from gankit.health.verdict import Name
from gankit.runs.recipe import training_command
from gankit.training.progress import USUAL


def remedy(
    name: Name, method: Method[Any], config: Mapping[str, Any], directory: Path, *, step: int = 0, steps: int = USUAL
) -> str:
    """The command for the verdict `name` after `step` on the run of `method` in `directory`, which was to take `steps`.

    What may be put right on the way continues the run (`--change lr`); what can't starts another one beside it.
    Empty where the command line can't say how the run was trained.
    """

    def command(changed: Method[Any], out: str = "", *more: str) -> str:
        whole = steps if steps > step or out else 2 * step
        place = directory.with_name(f"{directory.name}-{out}") if out else directory
        length = ["--steps", str(whole)] if whole != USUAL else []
        return training_command(directory, config, changed, "--out", str(place), *more, *length) or ""

    if name in ("healthy", "converged"):
        return command_line("translate" if config["spec"].get("other_shape") else "evaluate", directory)
    if name in ("starting up", "not enough evidence"):
        return command(method)
    if name == "discriminator too strong":
        return command(slower(method, discriminator=0.2), "", "--change", "lr")
    if name == "discriminator too weak":
        return command(slower(method, generator=0.25, discriminator=4.0), "", "--change", "lr")
    if name == "stalled":
        return command(slower(method, generator=4.0, discriminator=4.0), "", "--change", "lr")
    if name == "mode collapse":
        return command(slower(method, generator=0.2), "slower")
    if name == "diverging":
        return command(slower(method, generator=0.1, discriminator=0.1), "slower")
    if name == "overfitting":
        translates = config["spec"].get("other_shape")
        return command(slower(method, discriminator=0.2) if translates else noisier(method), "noise")
    calmer = slower(method, generator=0.2, discriminator=0.2)
    return command(calmer if config["spec"].get("other_shape") else noisier(calmer), "steadied")


def slower(method: Method[Any], *, generator: float = 1.0, discriminator: float = 1.0) -> Method[Any]:
    """`method` with its players' rates multiplied so."""
    rates = {"generator_optimizer": generator, "discriminator_optimizer": discriminator}
    changed = {
        field: replace(optimizer, lr=float(f"{optimizer.lr * by:.3g}"))
        for field, by in rates.items()
        if by != 1 and hasattr(optimizer := getattr(method, field), "lr")
    }
    return replace(method, **changed)


def noisier(method: Method[Any]) -> Method[Any]:
    """`method` with noise on data and samples, which blurs what a discriminator could cling to."""
    steadied = replace(method.stabilisers, instance_noise=max(0.2, 2 * method.stabilisers.instance_noise))
    assert isinstance(steadied, Stabilisers)
    return replace(method, stabilisers=steadied)
