"""Automatic care: back to the last healthy checkpoint, and on from there at a lower rate."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gankit.training import checkpoint
from gankit.training.state import State

MOST = 3
"""Times that one run is helped."""
SLOWER = 0.2
"""What a player's rate is multiplied by."""
SPARED = 3
"""Healthy checkpoints that are kept to go back to."""


class Trouble(NamedTuple):
    """What a game needs care for."""

    verdict: str
    before: int
    """A step at which it was not there yet."""
    players: tuple[str, ...]
    """Whose rate is to be lowered."""


class Care:
    """What was done so far, and which checkpoints were healthy: all of it goes into the facts of a checkpoint.

    Only checkpoints that are due by their schedule count, so that how often a run is interrupted changes nothing.
    """

    def __init__(self, checkpoints: Path, state: State, remembered: Mapping[str, Any]) -> None:
        self.checkpoints, self.state = checkpoints, state
        known = remembered.get("care", {})
        self.done: list[dict[str, Any]] = list(known.get("done", []))
        self.healthy: list[int] = list(known.get("healthy", []))
        self._set_rates()

    def facts(self) -> dict[str, Any]:
        return {"done": self.done, "healthy": self.healthy}

    def mark(self, step: int) -> None:
        """Note that the checkpoint of `step` is a healthy one."""
        self.healthy = [*self.healthy, step][-SPARED:]

    @property
    def left(self) -> bool:
        """Whether it may help once more."""
        return len(self.done) < MOST

    def go_back(self, trouble: Trouble, step: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Bring the game back to a step before `trouble`, and slow who caused it.

        Returns what that checkpoint held and remembers. Later checkpoints are deleted, the newest first: whoever is
        killed here meets the same trouble again, and the same help.
        """
        early = [kept for kept in self.healthy if kept <= trouble.before]
        back = early[-1] if early else self.healthy[0]
        tensors, facts = checkpoint.read(self.checkpoints / f"step-{back:06d}")
        for later in reversed(checkpoint.listed(self.checkpoints)):
            if checkpoint.step_of(later) > back:
                shutil.rmtree(later.rename(later.with_name(f".{later.name}.partial")))
        self.state.restore(tensors, facts)
        players = " and ".join(trouble.players)
        self.done.append({"verdict": trouble.verdict, "from": step, "back": back, "player": players, "rate": 1.0})
        self.healthy = [kept for kept in self.healthy if kept <= back]
        self._set_rates()
        return dict(tensors.get("health", {})), facts

    def _set_rates(self) -> None:
        """The rates that the help so far comes to, noted with each."""
        rates = dict.fromkeys(self.state.rates, 1.0)
        for note in self.done:
            for player in note["player"].split(" and "):
                rates[player] *= SLOWER
                note["rate"] = round(rates[player], 9)
        self.state.rates = rates


def said(note: Mapping[str, Any], count: int) -> str:
    """What was done, for people."""
    return (
        f"care: {note['verdict']} at step {note['from']:,}, so it goes back to step {note['back']:,}, and the "
        f"{note['player']} on at {note['rate']:.3g} of the rate ({count} of at most {MOST})"
    )
