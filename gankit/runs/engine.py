"""What plays a training: its state and its batches, operation by operation or by graphs of a device."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, get_args

import torch

from gankit.base.devices import repeatable, synchronize
from gankit.base.errors import warn
from gankit.base.randomness import derive, kept_chance
from gankit.base.ranks import Ranks
from gankit.data import Batches, Pack
from gankit.game import Method
from gankit.runs.options import Options
from gankit.training.graphs import WARM_UP, Engine, Graphed, refusal
from gankit.training.precision import Format, products
from gankit.training.shards import Sharded, of_a_shard
from gankit.training.state import State

SECONDS = 2.0
"""How long each engine is timed."""
Say = Callable[[str], None]


def engine_of(
    method: Method[Any],
    pack: Pack,
    asked: Options,
    device: torch.device,
    precision: Format,
    *,
    say: Say,
    stated: Engine | None = None,
) -> Engine:
    """The engine for what was `asked`; `stated` is that of the run that is continued, which auto takes. Where there can
    be no graph, and what auto takes and why, is said."""
    wanted = stated if stated and asked.engine == "auto" else asked.engine
    if wanted == "eager":
        return "eager"
    if why := refusal(method, device, asked.shards):
        say(f"engine eager, not {wanted}: {why}")
        return "eager"
    if wanted == "graph":
        return "graph"
    seconds: dict[Engine, float] = {}
    with kept_chance(device), repeatable(device, fast=asked.fast), products(precision, device):
        for engine in get_args(Engine):
            state = state_of(method, pack, asked, device, precision, engine=engine, say=say)
            seconds[engine] = _of_a_step(state, batches_of(method, pack, asked, device))
            if isinstance(state, Graphed) and state.refused:  # which has been said
                return "eager"
    taken: Engine = "graph" if seconds["graph"] < seconds["eager"] else "eager"
    figures = ", ".join(f"{engine} {1e3 * each:.3g} ms" for engine, each in seconds.items())
    say(f"engine auto takes {taken}: a step is {figures}")
    return taken


def _of_a_step(state: State, batches: Batches) -> float:
    """Seconds of a step, after those that warm up and record."""
    for _ in range(WARM_UP + 1):
        state.advance(batches)
    synchronize(state.device)
    begun, played = time.monotonic(), 0
    while not played or time.monotonic() - begun < SECONDS:
        state.advance(batches)
        played += 1
        synchronize(state.device)
    return (time.monotonic() - begun) / played


def state_of(
    method: Method[Any],
    pack: Pack,
    asked: Options,
    device: torch.device,
    precision: Format,
    ranks: Ranks | None = None,
    *,
    engine: Engine = "eager",
    say: Say = warn,
) -> State:
    """A training before its first step, shared by `ranks`."""
    how: dict[str, Any] = {"device": device, "precision": precision}
    how |= {"seed": asked.seed, "ema": asked.ema, "ema_images": asked.ema_images}
    ranks = ranks or Ranks()
    if engine == "graph":
        return Graphed(method, pack.spec, say=say, **how)
    if asked.shards == ranks.world == 1:
        return State(method, pack.spec, **how)
    return Sharded(method, pack.spec, shards=asked.shards, ranks=ranks, **how)


def batches_of(
    method: Method[Any], pack: Pack, asked: Options, device: torch.device, ranks: Ranks | None = None
) -> Batches:
    """Batches of the size that is played on at once."""
    ranks, size = ranks or Ranks(), of_a_shard(method, asked.shards).batch_size
    return Batches(
        pack,
        method.batch_type,
        size,
        seed=derive(asked.seed, "data"),
        device=device,
        flip=asked.flip,
        labels=method.label_budget,
        apart=method.batch_size if ranks.world == asked.shards else size,
    )
