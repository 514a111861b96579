"""Moves that are played shard by shard, by one process or by several, to the same bits.

A batch is cut into shards of one size. Each is a batch of its own to all that looks at a batch as a whole (batch norm,
say), with chance of its own, a function of the seed, the step, the move and the shard; and with its own memory of
samples, a pool say. A move goes by the mean over shards: of gradients, of terms, and of how far what the networks
remember (running statistics) and other memory have come. So what a run becomes depends on how many shards there are,
and not on how many processes share them.

The first process leads: it alone runs the loop, and tells the others, who `follow`, what to do.
"""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import IntEnum
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.randomness import derive, reseed
from gankit.base.ranks import LostError, Ranks
from gankit.data import Batches
from gankit.game import Method, Terms, Turn
from gankit.game.batch import DataSpec
from gankit.training.checkpoint import snapshot
from gankit.training.interrupt import Interrupt
from gankit.training.state import PLAYERS, State
from gankit.training.turn import differentiate


class Order(IntEnum):
    """What the leader tells the others to do."""

    PLAY = 1
    TAKE = 2
    """Take up the leader's state, which follows."""
    GIVE = 3
    """Give what they remember of samples, and a hash of their weights."""
    SCORE = 4
    """Do one's part of scoring the average generator."""
    END = 5
    FAIL = 6


def of_a_shard(method: Method[Any], shards: int) -> Method[Any]:
    """`method` with the batch of one of `shards`. Raises `UserError` where its batch can't be cut so."""
    size, rest = divmod(method.batch_size, shards)
    if rest:
        near = shards * max(round(method.batch_size / shards), 1)
        raise UserError(
            f"a batch of {method.batch_size} can't be cut into {shards} shards of one size: take --batch-size {near}"
        )
    return replace(method, batch_size=size) if shards > 1 else method


class Sharded(State):
    """A state whose moves are played shard by shard, of which `ranks` says which are this process's."""

    def __init__(self, method: Method[Any], data: DataSpec, *, shards: int, ranks: Ranks, **how: Any) -> None:
        super().__init__(of_a_shard(method, shards), data, **how)
        if shards % ranks.world:
            raise UserError(
                f"{ranks.world} processes can't share the work of --shards {shards} evenly: take --shards "
                f"{ranks.world}, or another multiple"
            )
        self.shards, self.ranks = shards, ranks
        self._mine = ranks.mine(shards)
        first = self.players.of_samples()
        self._samples = [first, *({n: _copy(v) for n, v in first.items()} for _ in self._mine[1:])]
        self._moves = 0
        self.followed = ranks.world > 1 and ranks.leads
        """Whether there are others, who do as this process says."""
        self.at_rest = True
        """Whether those wait for an order."""
        self._known = False
        """Whether they have the state that the leader has."""
        self._theirs: dict[str, Tensor] = {}
        """What their shards remembered of samples in the checkpoint that was taken up."""

    def advance(self, batches: Batches) -> Terms:
        self.at_rest = False
        if self.followed:
            self.ranks.hear()
            if not self._known:
                self.tell(Order.TAKE)
                self.ranks.give(save(self._whole()))
                self._known, self._theirs = True, {}
            self.tell(Order.PLAY)
        self._moves = 0
        terms = super().advance(batches)
        self.at_rest = True
        return terms

    def _draw(self, batches: Batches) -> Any:
        first = [0] if self._starts else []
        drawn = [self._batch(batches, shard) for shard in (*first, *self._mine)]
        self.images += self.shards * batches.batch_size
        return drawn

    @torch.no_grad()
    def _batch(self, batches: Batches, shard: int) -> Any:
        reseed(self.device, derive(self.seed, "batch", self.step, self._moves, shard))
        return self.method.prepared(batches.at(self.images + shard * batches.batch_size))

    @property
    def _starts(self) -> bool:
        """Whether this process must be shown the first shard, of another one: in the first step, as there are networks
        that start from the first batch they see."""
        return self.step == 0 and self._mine.start > 0

    def _move(self, turn: Turn, drawn: Any) -> Terms:
        steadied = self.method.stabilisers.applied(turn, self.step)
        optimizer = self.optimizers[turn.player]
        before = {name: value.clone() for name, value in self._common().items()}
        learning: list[torch.nn.Parameter] = []
        names: list[str] = []
        if self._starts:
            reseed(self.device, derive(self.seed, "step", self.step, self._moves, 0))
            self.players.recall({name: _copy(value) for name, value in self._samples[0].items()})
            first, *drawn = drawn
            with self._autocast:
                steadied.loss(self.players, first)

        def parts() -> Iterator[Tensor]:
            for place, (shard, batch) in enumerate(zip(self._mine, drawn, strict=True)):
                reseed(self.device, derive(self.seed, "step", self.step, self._moves, shard))
                self._restore_common(before)
                self.players.recall(self._samples[place])
                terms = differentiate(self.players, steadied, batch, self._autocast)
                self._samples[place] = self.players.of_samples()
                learning[:] = [p for p in self._parameters[turn.player] if p.grad is not None]
                names[:] = terms
                moved = [value - before[name] for name, value in self._common().items() if value.is_floating_point()]
                numbers = [*(p.grad for p in learning), *terms.values(), *moved]
                yield torch.cat([number.detach().float().flatten() for number in numbers if number is not None])
                optimizer.zero_grad()

        mean = self.ranks.mean(parts(), self.shards)
        with torch.no_grad():
            mean = self._set_gradients(learning, mean)
            terms, mean = dict(zip(names, mean[: len(names)].unbind(), strict=True)), mean[len(names) :]
            for name, value in self._common().items():
                if value.is_floating_point():
                    come, mean = mean[: value.numel()], mean[value.numel() :]
                    value.copy_(before[name] + come.view(value.shape))
            self.players.recall(self._samples[0])
        optimizer.step()
        optimizer.zero_grad()
        self._moves += 1
        return terms

    def _set_gradients(self, learning: list[torch.nn.Parameter], mean: Tensor) -> Tensor:
        """Make the beginning of `mean` the gradients of those `learning`, and return the rest."""
        for parameter in learning:
            gradient, mean = mean[: parameter.numel()], mean[parameter.numel() :]
            parameter.grad = torch.empty_like(parameter).copy_(gradient.view(parameter.shape))
        return mean

    def _settle(self, turn: Turn, moved: Terms, size: int) -> Terms:
        before = {name: (value, value._version) for name, value in _tensors(self.players.of_samples()).items()}
        noted = super()._settle(turn, moved, size)
        for name, value in _tensors(self.players.of_samples()).items():
            if value is not before[name][0] or value._version != before[name][1]:
                raise UserError(
                    f"{type(self.method).__name__} changes {name!r}, its memory of samples, after a turn, where no "
                    "shard is at hand: change it in the loss, or take --shards 1"
                )
        return noted

    def _common(self) -> dict[str, Tensor]:
        """All that is remembered besides samples: what the networks remember of data, and the players' other memory."""
        samples = self.players.of_samples()
        return {name: value for name, value in self.players.named_buffers() if name not in samples}

    @torch.no_grad()
    def _restore_common(self, before: dict[str, Tensor]) -> None:
        for name, value in self._common().items():
            if value.dtype != torch.bool:  # a layer that has started from a batch has done so for all
                value.copy_(before[name])

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """As `State.tensors`, and as `shards` what all shards after the first remember of samples."""
        samples = self._saved_samples()
        if self.followed:
            self.tell(Order.GIVE)
            for rank in range(1, self.ranks.world):
                theirs = load(self.ranks.give(None, rank))
                if not torch.equal(theirs.pop("weights"), self._hash()):
                    raise UserError(
                        f"rank {rank} has come to other weights than rank 0: its hardware or its torch computes "
                        "otherwise; train on machines of one kind"
                    )
                samples |= theirs
        return {**super().tensors(), **({"shards": samples} if samples else {})}

    def restore(self, tensors: dict[str, dict[str, Tensor]], counters: dict[str, int]) -> None:
        super().restore(tensors, counters)
        self._known, self._theirs = False, tensors.get("shards", {})
        for shard, samples in zip(self._mine, self._samples, strict=True):
            for name, value in _tensors(samples).items():
                if (saved := self._theirs.get(f"{shard}/{name}")) is not None:
                    value.copy_(saved)

    def obey(self, order: Order, batches: Batches) -> None:
        """Do what the leader does."""
        if order is Order.PLAY:
            self.advance(batches)
        elif order is Order.TAKE:
            groups: dict[str, dict[str, Tensor]] = {"optimizers": {}}
            for name, value in load(self.ranks.give(None)).items():
                group, _, rest = name.partition("/")
                groups.setdefault(group, {})[rest] = value
            self.restore(groups, {name: int(value) for name, value in groups.pop("counters").items()})
        elif order is Order.GIVE:
            mine = snapshot({"": {**self._saved_samples(), "weights": self._hash()}})
            for rank in range(1, self.ranks.world):
                self.ranks.give(save(mine[""]) if rank == self.ranks.rank else None, rank)

    def tell(self, order: Order) -> None:
        self.ranks.tell([order, *self.rates.values()])

    def _saved_samples(self) -> dict[str, Tensor]:
        """What this process's shards remember of samples, but the first of all, whose memory is among the players'."""
        kept = self.players.state_dict().keys()
        return {
            f"{shard}/{name}": value
            for shard, samples in zip(self._mine, self._samples, strict=True)
            for name, value in _tensors(samples).items()
            if shard and name in kept
        }

    def _hash(self) -> Tensor:
        total = hashlib.blake2b(digest_size=16)
        for parameter in self.players.parameters():
            total.update(parameter.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
        return torch.frombuffer(bytearray(total.digest()), dtype=torch.uint8)

    def _whole(self) -> dict[str, Tensor]:
        """All that the others must know to play on, by one name each."""
        counters = {name: torch.tensor(value) for name, value in self.counters().items()}
        groups = {**State.tensors(self), "shards": self._theirs, "counters": counters}
        return {f"{group}/{name}": value for group, held in snapshot(groups).items() for name, value in held.items()}


@contextmanager
def leading(state: State) -> Iterator[None]:
    """The others follow for as long as this lasts, and end as it ends."""
    if not (isinstance(state, Sharded) and state.followed):
        yield
        return
    try:
        yield
    except BaseException as error:
        if state.at_rest and not isinstance(error, LostError):
            state.tell(Order.FAIL)
        raise
    state.tell(Order.END)


def scored_by_all(state: State, score: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`score`, a function of the average generator that the others do their part of."""
    if not (isinstance(state, Sharded) and state.followed):
        return score

    def told(generator: Any) -> Any:
        state.tell(Order.SCORE)
        return score(generator)

    return told


def follow(state: Sharded, batches: Batches, assist: Callable[[Any], None] = lambda generator: None) -> None:
    """Do what the leader does, until it ends; then raise `SystemExit` where it failed, or what a signal asks for.
    `assist` is given the average generator where that is scored by all."""
    with Interrupt() as interrupt:
        said = False
        while True:
            if interrupt.signal and not said:
                state.ranks.ask_to_stop()
                said = True
            number, *rates = state.ranks.tell([0.0, *state.rates.values()])
            state.rates = dict(zip(PLAYERS, rates, strict=True))
            order = Order(int(number))
            if order in (Order.END, Order.FAIL):
                break
            if order is Order.SCORE:
                assist(state.average.module)
            state.obey(order, batches)
    if order is Order.FAIL:
        raise SystemExit(2)
    if interrupt.signal:
        raise KeyboardInterrupt if interrupt.signal == signal.SIGINT else SystemExit(128 + interrupt.signal)


def _tensors(samples: dict[str, Any]) -> dict[str, Tensor]:
    return {name: value for name, value in samples.items() if isinstance(value, Tensor)}


def _copy(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value
