"""What two loss curves alone can say of a game, as another program logged them."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping
from typing import NamedTuple

import torch

from gankit.base.errors import UserError
from gankit.health import signals
from gankit.health.judge import CHOSEN, LEAST, Thresholds
from gankit.health.verdict import Verdict

CALLED = {
    "generator": r"^(loss|err|cost)?(g|gen|generator|netg)(loss|err|cost|total|adv|adversarial)?$",
    "discriminator": r"^(loss|err|cost)?(d|dis|disc|discriminator|critic|netd)(loss|err|cost|total)?$",
}
"""What a player's loss is called, without signs: G_loss, loss/generator, errD, ..."""
LEAST_POINTS = 40


class Curve(NamedTuple):
    """A scalar over the steps."""

    steps: list[int]
    values: list[float]


def players(curves: Mapping[str, Curve], named: Mapping[str, str | None], source: str) -> dict[str, Curve]:
    """The losses of both players among `curves`: by the names that `named` gives them, or by what they are called.

    Raises `UserError` for one that is not there, has gaps, or is no number somewhere.
    """
    found: dict[str, Curve] = {}
    for player, pattern in CALLED.items():
        wanted = named.get(player)
        fitting = [wanted] if wanted else [name for name in curves if re.match(pattern, _plain(name))]
        if len(fitting) != 1 or fitting[0] not in curves:
            has = ", ".join(sorted(curves)[:12]) or "none"
            why = f"no {wanted!r}" if wanted else f"{len(fitting) or 'no'} scalars that may be the {player}'s loss"
            raise UserError(f"{source} has {why}: name it with --{player}-loss NAME; its scalars are {has}")
        found[player] = whole(curves[fitting[0]], fitting[0], source)
    return found


def whole(curve: Curve, name: str, source: str) -> Curve:
    """`curve`, if it goes on without a gap and is a number everywhere; raises `UserError` where not."""
    bad = next((step for step, value in zip(*curve, strict=True) if not math.isfinite(value)), None)
    if bad is not None:
        raise UserError(f"{name!r} in {source} is no number at step {bad:,}: what comes after can't be judged")
    apart = [later - earlier for earlier, later in zip(curve.steps, curve.steps[1:], strict=False)]
    if any(distance <= 0 for distance in apart):
        raise UserError(f"the steps of {name!r} in {source} do not rise: give one run's scalars")
    usual = statistics.median(apart) if apart else 1
    gap = next((index for index, distance in enumerate(apart) if distance > 5 * usual), None)
    if gap is not None:
        raise UserError(
            f"{name!r} in {source} has a gap from step {curve.steps[gap]:,} to {curve.steps[gap + 1]:,}: no verdict"
        )
    return curve


def judge_losses(losses: Mapping[str, Curve], *, limits: Thresholds = CHOSEN) -> Verdict:
    """A verdict from the losses of both players, the discriminator's a cross-entropy of data and of samples.

    Diverging, oscillation and a discriminator that is too strong show in them; collapse and overfitting do not.
    """
    step = min(curve.steps[-1] for curve in losses.values())
    points = min(len(curve.steps) for curve in losses.values())
    if points < LEAST_POINTS or step < LEAST:
        words = f"{step:,} of {LEAST} steps" if step < LEAST else f"{points} of {LEAST_POINTS} lines"
        return Verdict(name="not enough evidence", step=step, since=step, words=words)
    figures: dict[str, float] = {}
    ends = {player: curve.values[-points // 4 :] for player, curve in losses.items()}
    starts = {player: curve.values[: points // 4] for player, curve in losses.items()}
    since = losses["generator"].steps[-points // 4]
    for player in losses:
        size = statistics.median(map(abs, ends[player]))
        first = statistics.median(map(abs, starts[player]))
        if size > limits.grown * max(first, 1.0):
            figures = {f"loss_{player}": size, "at_first": first}
            words = f"the {player}'s loss grew from {first:.3g} to {size:.3g}"
            return Verdict(name="diverging", step=step, since=since, words=words, figures=figures)
    low, high = (statistics.median(ends[player]) for player in ("discriminator", "generator"))
    figures = {"loss_discriminator": low, "loss_generator": high}
    if 0 <= low < 0.02 and high > 4 * math.log(2):
        words = f"its loss is {low:.3g}, where log 4 = 1.39 is undecided, and the generator's {high:.3g}"
        return Verdict(name="discriminator too strong", step=step, since=since, words=words, figures=figures)
    for player, curve in losses.items():
        recent = torch.tensor(curve.values[-512:])
        peak, swing = float(signals.spectral_peak(recent)), float(recent.std() / recent.abs().mean().clamp(min=1e-12))
        figures |= {f"peak_{player}": peak, f"swing_{player}": swing}
        if peak > limits.peak and swing > limits.swing:
            words = f"{peak:.0%} of the power of the {player}'s loss is in one period, and it swings by {swing:.0%}"
            return Verdict(name="oscillation", step=step, since=since, words=words, figures=figures)
    words = f"losses {low:.3g} and {high:.3g} neither grow, nor swing, nor vanish; a collapse would not show in them"
    return Verdict(name="healthy", step=step, since=since, words=words, figures=figures)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower().removeprefix("train"))
