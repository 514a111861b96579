"""Everything that training changes, and the one step that changes it."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.randomness import derive, reseed
from gankit.data import Batches
from gankit.game import Method, Terms, Turn
from gankit.game.batch import DataSpec
from gankit.training.ema import Average
from gankit.training.precision import Format, autocast, channels_last
from gankit.training.turn import freeze, play

PLAYERS: tuple[Literal["generator", "discriminator"], ...] = ("generator", "discriminator")


class State:
    """The players, their optimisers, the average generator and two counters.

    What happens at a step is a function of this state, the seed and the step's number: that is why a run
    that was killed continues to the same bits.
    """

    def __init__(
        self,
        method: Method[Any],
        data: DataSpec,
        *,
        seed: int = 0,
        device: torch.device | None = None,
        precision: Format = "fp32",
        ema: float = 0.999,
        ema_images: int = 0,
    ) -> None:
        if not 0 <= ema < 1:
            raise UserError(f"ema must be at least 0 and below 1, not {ema}")
        if ema_images < 0:
            raise UserError(f"ema-images counts images: it can't be negative, as {ema_images} is")
        self.method = method
        """The game, with the batch that a move is played on at once."""
        self.shards = 1
        """Such batches in a move."""
        self.seed = seed
        self.device = device or torch.device("cpu")
        self.step = 0
        """Steps of the game played: generator updates, for a game whose last turn is one generator's."""
        self.images = 0
        """Real examples seen."""
        self.watched = False
        """Whether hooks are to see this step, so that it must be played operation by operation."""
        reseed(self.device, derive(seed, "players"))
        self.rates = dict.fromkeys(PLAYERS, 1.0)
        """What the players' learning rates are multiplied by, where care has lowered them."""
        self.players = method.start(data).to(self.device)
        channels_last(self.players)
        self._parameters = {
            name: [p for p in getattr(self.players, name).parameters() if p.requires_grad] for name in PLAYERS
        }
        configs = {"generator": method.generator_optimizer, "discriminator": method.discriminator_optimizer}
        self._configs = configs
        self.optimizers = {name: configs[name].build(self._parameters[name]) for name in PLAYERS}
        self.average = Average(self.players.generator, ema, ema_images)
        self._autocast = autocast(precision, self.device)
        self._turns = method.turns()
        self._rate: float | None = None

    def advance(self, batches: Batches) -> Terms:
        """Play one step: every turn of the method, each repeat of a turn on a fresh batch.

        Turns of one step share a batch where they can, as the players of a pair must. Returns the terms of
        every turn's last move as `player/term`, and what `after_turn` returned, on the device.
        """
        reseed(self.device, derive(self.seed, "step", self.step))
        self.players.train()
        if self._rate is None or self.method.rate_may_change(self.step):
            self._rate = self.method.rate(self.players)
        for name in PLAYERS:
            settings = self._configs[name].settings(self.step, self.images / batches.epoch)
            settings["lr"] *= self.rates[name] * self._rate
            self._tune(name, settings)
        terms: Terms = {}
        before = self.images
        drawn = None
        for turn in self._turns:
            opponent = PLAYERS[turn.player == "generator"]
            freeze(self._parameters[opponent], self._parameters[turn.player])
            moved: Terms = {}
            for repeat in range(turn.moves(self.step)):
                if drawn is None or repeat:
                    drawn = self._draw(batches)
                moved = self._move(turn, drawn)
                # Copies, since a method may give the very tensor that it remembers, and change it later.
                noted = self._settle(turn, moved, self.shards * batches.batch_size)
                terms |= {name: value.clone() for name, value in noted.items()}
            terms |= {f"{turn.player}/{name}": value for name, value in moved.items()}
        self.average.update(self.step, images=self.images, new=self.images - before)
        self.step += 1
        return terms

    def _tune(self, name: str, settings: dict[str, float]) -> None:
        """Give the optimiser of the player called `name` its settings for this step."""
        self.optimizers[name].param_groups[0].update(settings)

    @torch.no_grad()
    def _draw(self, batches: Batches) -> Any:
        """What the next move, and those that share its batch, are played on."""
        batch = self.method.prepared(batches.at(self.images))
        self.images += len(batch)
        return batch

    def _move(self, turn: Turn, drawn: Any) -> Terms:
        """One optimiser step of `turn.player` on what was drawn; returns its terms."""
        steadied = self.method.stabilisers.applied(turn, self.step)
        return play(self.players, steadied, drawn, self.optimizers[turn.player], self._autocast)

    @torch.no_grad()
    def _settle(self, turn: Turn, moved: Terms, size: int) -> Terms:
        """Have method and stabilisers remember what `moved`, the terms of a move on `size` examples, says; returns what
        is logged beside them."""
        steadied = self.method.stabilisers.after_turn(self.players, moved, size)
        return {**(self.method.after_turn(turn, self.players, moved) or {}), **steadied}

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """Every tensor of the state, by file and name, as references."""
        return {
            "players": dict(self.players.state_dict()),
            "average": dict(self.average.module.state_dict()),
            "optimizers": {
                f"{player}/{index}/{name}": value
                for player in PLAYERS
                for index, parameter in enumerate(self._parameters[player])
                for name, value in self.optimizers[player].state[parameter].items()
                if isinstance(value, Tensor)
            },
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step, "images": self.images}

    @torch.no_grad()
    def restore(self, tensors: dict[str, dict[str, Tensor]], counters: dict[str, int]) -> None:
        """Take up the state that `tensors()` and `counters()` described."""
        self.players.load_state_dict(tensors["players"])
        self.average.module.load_state_dict(tensors["average"])
        for optimizer in self.optimizers.values():
            optimizer.state.clear()  # a state from before the first step has no slots
        for name, value in tensors["optimizers"].items():
            player, index, slot = name.split("/")
            parameter = self._parameters[player][int(index)]
            optimizer = self.optimizers[player]
            group = optimizer.param_groups[0]
            like = slot_like(parameter, value, there=bool(group.get("fused") or group.get("capturable")))
            optimizer.state[parameter][slot] = like.copy_(value)
        self.step, self.images = counters["step"], counters["images"]
        self._rate = None


def slot_like(parameter: Tensor, value: Tensor, *, there: bool) -> Tensor:
    """A place for `value`, a slot of `parameter`'s optimiser, as the optimiser would have made it.

    One shaped like its parameter is laid out like it; the count of steps of an optimiser that is fused, or may be part
    of a graph, is `there` where the parameter is, and that of any other on the CPU.
    """
    if value.shape == parameter.shape:
        return torch.empty_like(parameter)
    return torch.empty_like(value, device=parameter.device if there else None)
