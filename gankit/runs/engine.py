"""By which engine a training is played: operation by operation, or by graphs of a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import torch

from gankit.base.devices import repeatable
from gankit.base.randomness import kept_chance
from gankit.data import Pack
from gankit.game import Method
from gankit.runs.assembly import batches_of, state_of
from gankit.runs.options import Options
from gankit.runs.timing import timed
from gankit.training.graphs import WARM_UP, Engine, Graphed, UnrecordableError, refusal
from gankit.training.precision import Format, products

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
    recorded = (WARM_UP + 1) * max(turn.every for turn in method.turns())  # steps
    with kept_chance(device), repeatable(device, fast=asked.fast), products(precision, device):
        for engine in get_args(Engine):
            state = state_of(method, pack, asked, device, precision, engine=engine, say=say)
            batches = batches_of(method, pack, asked, device)
            try:
                for _ in range(recorded):
                    state.advance(batches)
                seconds[engine] = timed(state, batches, SECONDS)
            except UnrecordableError as error:
                say(f"engine eager, not graph: {error.why}")
                return "eager"
            if isinstance(state, Graphed) and state.refused:  # which has been said
                return "eager"
    taken: Engine = "graph" if seconds["graph"] < seconds["eager"] else "eager"
    figures = ", ".join(f"{engine} {1e3 * each:.3g} ms" for engine, each in seconds.items())
    say(f"engine auto takes {taken}: a step is {figures}")
    return taken
