"""What a training is made of, before its first step: a method that the data allow, the state, and batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from gankit.base.errors import warn
from gankit.base.randomness import derive
from gankit.base.ranks import Ranks
from gankit.base.text import plural
from gankit.data import Batches, Pack
from gankit.game import Method
from gankit.runs.options import Options
from gankit.training.graphs import Engine, Graphed
from gankit.training.precision import Format
from gankit.training.shards import Sharded, of_a_shard
from gankit.training.state import State


def with_few(method: Method[Any], pack: Pack, say: Callable[[str], None]) -> Method[Any]:
    """`method` with a batch that is no larger than what there is, and that said."""
    least = min(len(pack), len(pack.other)) if pack.other else len(pack)
    if method.batch_size <= least:
        return method
    say(
        f"{pack.source} has only {plural(least, 'image' if pack.spec.is_image else 'vector')}: the batch is {least}, "
        f"not {method.batch_size}"
    )
    return replace(method, batch_size=least)


def state_of(
    method: Method[Any],
    pack: Pack,
    asked: Options,
    device: torch.device,
    precision: Format,
    ranks: Ranks | None = None,
    *,
    engine: Engine = "eager",
    say: Callable[[str], None] = warn,
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
