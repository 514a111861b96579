"""A run that starts from the weights of another: what fits is taken, what is new is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gankit import hub
from gankit.base.errors import UserError
from gankit.runs.directory import CHECKPOINTS, CONFIG, is_published
from gankit.runs.run import is_on_hub
from gankit.training import checkpoint
from gankit.training.state import State
from gankit.training.weights import MODEL, read_weights

NAMED = 3


@dataclass(frozen=True, eq=False)
class WarmStart:
    """The last weights of another run, and its average's."""

    run: Path
    step: int
    players: Mapping[str, Tensor]
    average: Mapping[str, Tensor]

    @classmethod
    def of(cls, run: Path, say: Callable[[str], None]) -> WarmStart:
        """From the newest whole checkpoint of `run`, or from the generator alone where it was published, on the hub
        say. Raises `UserError` where there is none."""
        place = hub.fetch(str(run)) if is_on_hub(run) else run
        if not (place / CONFIG).is_file():
            raise UserError(f"{run} holds no run to start from: there is no {CONFIG}")
        if is_published(place):
            generator, facts = read_weights(place / MODEL)
            players = {f"generator.{name}": value for name, value in generator.items()}
            return cls(run, facts["step"], players, generator)
        newest = checkpoint.newest(place / CHECKPOINTS, say, "players", "average")
        if newest is None:
            raise UserError(f"{run} has no checkpoint to start from: train it first")
        tensors, remembered = newest
        return cls(run, remembered["step"], tensors["players"], tensors["average"])

    @property
    def stated(self) -> dict[str, Any]:
        """What config.json says of it."""
        total = blake2b(digest_size=16)
        for name in sorted(self.players):
            value = self.players[name].contiguous().flatten().view(torch.uint8)
            total.update(name.encode() + value.numpy().tobytes())
        return {"run": str(self.run), "step": self.step, "weights": total.hexdigest()}

    def apply(self, state: State, say: Callable[[str], None]) -> None:
        """Give the players of `state` every weight of the same name and shape; what they remember starts anew."""
        new = _take(state.players, {name: value for name, value in self.players.items() if _is_a_weight(name)})
        new = [name for name in new if _is_a_weight(name)]
        weights = [name for name in state.players.state_dict() if _is_a_weight(name)]
        if len(new) == len(weights):
            raise UserError(f"no weight of {self.run} fits these players: take the method and network it was made with")
        _take(state.average.module, self.average)
        line = f"starts from {self.run} at step {self.step}: {len(weights) - len(new)} of {len(weights)} tensors fit"
        if new:
            more = f" and {len(new) - NAMED} more" if len(new) > NAMED else ""
            line += f"; new are {', '.join(new[:NAMED])}{more}"
        say(line)


def _is_a_weight(name: str) -> bool:
    return name.startswith(("generator.", "discriminator."))


def _take(module: nn.Module, weights: Mapping[str, Tensor]) -> list[str]:
    """Copy what fits of `weights` into `module`, and return the names of its tensors that nothing fits."""
    own = module.state_dict()
    fits = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    module.load_state_dict({**own, **fits})
    return [name for name in own if name not in fits]
