"""What watches over a training: the signals of its game, beside data that it does not see where there are any."""

from __future__ import annotations

from collections.abc import Callable

from gankit.data import DataSource, Pack
from gankit.features import feature_network
from gankit.features.choose import choose
from gankit.health.verdict import Verdict
from gankit.health.watch import EVERY, Watch
from gankit.training.state import State


def watch_over(
    state: State, source: DataSource, pack: Pack, log_every: int, *, remedy: Callable[[Verdict], str]
) -> Watch:
    """Looks at the game of `state` with a line of the log, every 50 steps at most."""

    def held_out() -> Pack | None:
        found, split = source.held_out(pack, missing=lambda why: None)
        return found if split == "test" else None

    name = choose(pack.spec, pack.source)
    classifier = feature_network(name, pack.spec, pack.source) if name.endswith("-cnn") else None
    every = -(-EVERY // log_every) * log_every
    return Watch(state, pack, held_out, classifier, every=every, remedy=remedy)
