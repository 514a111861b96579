"""A row for every method, small where that is a preset: a step of ours beside the same losses and networks, played in
the plain loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import reference
import torch
from measure import Compared, compared

from gankit.base.errors import UserError
from gankit.data import Batches, open_data
from gankit.game import Method, Players
from gankit.game.batch import Batch, Images, Labelled, Paired, PartlyLabelled, Unpaired
from gankit.methods import METHODS
from gankit.training.precision import resolve
from gankit.training.state import State

CPU = torch.device("cpu")


def rows(scratch: Path, blocks: int) -> Iterator[Compared | str]:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (10_000, 28, 28), np.uint8)
    np.savez(scratch / "labelled.npz", images=pixels, labels=np.arange(len(pixels)) % 10)
    pack = open_data(scratch / "labelled.npz")
    for name, entry in METHODS.items():
        kind: Any = entry.load()
        method = kind.presets().get("small") or kind()
        if method.batch_type in (Paired, Unpaired):
            continue  # these have rows of their own
        try:
            state = State(method, pack.spec, precision=resolve("auto", CPU))
        except UserError as error:  # of pictures of another kind, or through a network that is not there
            yield f"{name}: {error}"
            continue
        batches = Batches(pack, method.batch_type, method.batch_size, seed=0, labels=method.label_budget)
        theirs = plain(method, method.players(pack.spec), plain_batches(pixels, method))
        yield compared(
            f"{name} 28x28, batch {method.batch_size}",
            partial(state.advance, batches),
            theirs,
            blocks=blocks,
            target=2.0,
        )


def plain_batches(pixels: np.ndarray, method: Method[Any]) -> Iterator[Batch]:
    """A Python object for every picture, and a stack of them for a batch."""
    stream, few = (
        reference.endless(reference.Array(part), method.batch_size, workers=0) for part in (pixels, pixels[:1000])
    )
    labels = torch.arange(method.batch_size) % 10
    while True:
        if method.batch_type is Images:
            yield Images(next(stream))
        elif method.batch_type is Labelled:
            yield Labelled(next(stream), labels)
        else:
            yield PartlyLabelled(next(stream), next(few), labels)


def plain(method: Method[Any], players: Players, batches: Iterator[Batch]) -> Callable[[], None]:
    """A step of `method` as most loops have it: NCHW, fp32, plain optimisers, losses read as they come, and the
    discriminator's weight gradients computed in the generator's turn. Samples are made without a graph in the
    discriminator's turn, as `detach` would have it."""
    configs = {"generator": method.generator_optimizer, "discriminator": method.discriminator_optimizer}
    optimizers = {name: config.build(getattr(players, name).parameters()) for name, config in configs.items()}
    for optimizer in optimizers.values():
        optimizer.param_groups[0].update(fused=False, foreach=False)
    steps = iter(range(10**9))

    def step() -> None:
        now = next(steps)
        for turn in method.turns():
            for _ in range(turn.moves(now)):
                players.generator.requires_grad_(turn.player == "generator")
                terms = turn.loss(players, next(batches))
                players.zero_grad()
                torch.stack(list(terms.values())).sum().backward()
                optimizers[turn.player].step()
                with torch.no_grad():
                    method.after_turn(turn, players, terms)
                for term in terms.values():
                    term.item()

    return step
