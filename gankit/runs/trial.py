"""A trial before a training: how large the players are, what memory they take, and how long a step is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gankit.base.config import build
from gankit.base.devices import pick_device, repeatable
from gankit.base.errors import warn
from gankit.base.memory import in_words, peak, within_memory
from gankit.base.progress import clock
from gankit.base.randomness import kept_chance
from gankit.base.threads import threads
from gankit.game import Method
from gankit.game.batch import check_offer
from gankit.methods import name_of
from gankit.runs.assembly import batches_of, state_of, with_few
from gankit.runs.capacity import REMEDY, parameters, refuse_too_large
from gankit.runs.engine import engine_of
from gankit.runs.options import Options
from gankit.runs.timing import timed
from gankit.training.precision import products, resolve
from gankit.training.progress import USUAL

SECONDS = 5.0
"""How long steps are timed, after the first."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a trial found."""

    generator: int
    """Parameters."""
    discriminator: int
    memory: int
    """Bytes that the process held at most."""
    checkpoint: int
    """Bytes of a checkpoint."""
    seconds: float
    """Of a step, in the mean."""
    steps: int
    """How many were asked for."""

    def lines(self) -> list[str]:
        return [
            f"generator      {self.generator:,} parameters",
            f"discriminator  {self.discriminator:,} parameters",
            f"memory         {in_words(self.memory)} at most, {in_words(self.checkpoint)} in a checkpoint",
            f"a step         {self.seconds:.3g} s: {self.steps:,} take about {clock(self.steps * self.seconds)}",
        ]


def dry_run(method: Method[Any], *, say: Callable[[str], None] | None = None, **options: Any) -> Trial:
    """Play a few steps that nobody keeps, for some five seconds; the keywords are the fields of `Options`.

    Raises `UserError` where the players alone are larger than the memory that is left, before they are made.
    """
    asked: Options = build(Options, options)
    device = pick_device(asked.device)
    precision = resolve(asked.precision, device)
    pack = asked.source(method.batch_type, say or warn).open()
    check_offer(
        method.batch_type, pack.spec, method=name_of(method), source=pack.source, attributes=method.takes_attributes
    )
    method = with_few(method, pack, say or warn)
    batches = batches_of(method, pack, asked, device)
    exactly = repeatable(device, fast=asked.fast), products(precision, device)
    with kept_chance(device), threads(asked.threads), exactly[0], exactly[1]:
        refuse_too_large(method, pack.spec, device)
        with within_memory("a trial step", REMEDY):
            engine = engine_of(method, pack, asked, device, precision, say=say or warn)
            state = state_of(method, pack, asked, device, precision, engine=engine, say=say or warn)
            seconds = timed(state, batches, SECONDS)
    tensors = (tensor for group in state.tensors().values() for tensor in group.values())
    return Trial(
        generator=parameters(state.players.generator),
        discriminator=parameters(state.players.discriminator),
        memory=peak(device),
        checkpoint=sum(tensor.nbytes for tensor in tensors),
        seconds=seconds,
        steps=asked.steps or (USUAL if asked.minutes is None else max(round(60 * asked.minutes / seconds), 1)),
    )
