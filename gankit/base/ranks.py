"""The processes that play one training together, as torchrun or a scheduler starts them.

Each is told in its environment how many there are (`WORLD_SIZE`), which of them it is (`RANK`) and where the first, who
leads, can be found (`MASTER_ADDR`, `MASTER_PORT`). They share a store of small notes, and a group that exchanges
tensors. Whoever waits for another longer than `PATIENCE`, or finds it gone, raises `LostError`.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from secrets import token_hex
from threading import Event, Thread
from typing import Any

import torch
from torch import Tensor

from gankit.base.devices import PREFERRED
from gankit.base.errors import UserError

MEETING = timedelta(minutes=10)
"""How long one waits for the others at the start."""
PATIENCE = timedelta(minutes=30)
"""How long one waits for another: longer than an evaluation or a checkpoint takes, for which all wait."""
BEAT = 60.0
"""Seconds after which one who is long at work says that it is."""
GLANCE = 0.05
"""Seconds between looks at the store, of one who waits for a note."""
LINGER = 3.0
"""Seconds in which those who are not gone learn that all end."""
ATTENTION = 1.0
"""Seconds between the leader's looks at whether another was asked to stop."""


class LostError(UserError):
    """Another process of this training is gone."""


def leads() -> bool:
    """Whether this process speaks for all that were started with it; so does one that was started alone."""
    return os.environ.get("RANK", "0") == "0"


def own_device(name: str) -> str:
    """The accelerator of this process, where `name` leaves open which of several it is: that of its number on its
    machine (`LOCAL_RANK`)."""
    if name == "auto":
        name = next((kind for kind in PREFERRED if torch.get_device_module(kind).is_available()), "cpu")
    alone = number("WORLD_SIZE", 1) == 1
    return name if alone or name == "cpu" or ":" in name else f"{name}:{number('LOCAL_RANK', 0)}"


def number(variable: str, usual: int) -> int:
    """A whole number from the environment. Raises `UserError` where it holds something else."""
    stated = os.environ.get(variable, str(usual))
    if not stated.isdecimal():
        raise UserError(f"{variable} is {stated!r} in the environment, and says how many processes there are: unset it")
    return int(stated)


class Ranks:
    """`world` processes, of which this is number `rank`: by itself, the only one."""

    def __init__(self, rank: int = 0, world: int = 1, store: Any = None) -> None:
        self.rank, self.world = rank, world
        self._store = store
        self._group: Any = None
        """Through which small things go, on the CPU."""
        self._looked = 0.0

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def mine(self, shards: int) -> range:
        """Which of `shards` parts this process plays."""
        each = shards // self.world
        return range(self.rank * each, (self.rank + 1) * each)

    @contextmanager
    def of_one_mind(self) -> Iterator[None]:
        """What one can't do, none does: whoever fails first tells the others why, and they end without a word."""
        if self.world == 1:
            yield
            return
        _AT_WORK.append(self)
        try:
            yield
        except UserError as error:
            own = self._note_first("failed", f"{self.rank}")
            self._linger()
            if not own:
                raise SystemExit(2) from error
            if self.leads or isinstance(error, LostError):
                raise
            raise UserError(f"rank {self.rank}: {error}") from error
        except SystemExit:
            self._linger()
            raise
        finally:
            _AT_WORK.pop()

    def _linger(self) -> None:
        """Note that this process ends; the leader, who may keep the store, waits a little until all have."""
        self._note_first(f"{self.rank} ends", "so")
        end = time.monotonic() + LINGER
        ends = [f"{rank} ends" for rank in range(self.world)]
        with suppress(RuntimeError):
            while self.leads and time.monotonic() < end and not self._store.check(ends):
                time.sleep(GLANCE)

    @contextmanager
    def first_of_a_machine(self) -> Iterator[None]:
        """The first process of each machine does this before its others, who find it done; it may take hours, for which
        nobody is taken to be gone."""
        local = number("LOCAL_RANK", 0) if self.world > 1 else 0
        first = f"done by {self.rank - local}"
        if local:
            self._note(first)
        if self.world == 1 or local:
            yield
            return
        done = Event()
        beating = Thread(target=self._beat, args=(done,), daemon=True)
        beating.start()
        try:
            yield
        finally:
            done.set()
            beating.join()
        self._store.set(first, "")

    def _beat(self, done: Event) -> None:
        """Tell whoever waits, again and again, that this process is at work."""
        with suppress(RuntimeError):
            while not done.wait(BEAT):
                self._store.add("beats", 1)

    def agree(self, facts: Mapping[str, str]) -> None:
        """Raise `UserError` in the leader, and `SystemExit` in the others, where one has other `facts` than the leader;
        their names say what they are about."""
        if self.world == 1:
            return
        for name, fact in facts.items():
            self._store.set(f"{name} of {self.rank}", fact)
        for rank in range(1, self.world):
            other = [name for name in facts if self._note(f"{name} of {rank}") != self._note(f"{name} of 0")]
            if other:
                where = f"rank {rank} has other {' and other '.join(other)} than rank 0"
                line = f"{where}: start every process with the same gankit, data and options"
                raise UserError(line) if self.leads else SystemExit(2)

    def connect(self, device: torch.device) -> None:
        """Let tensors on `device` be exchanged from now on."""
        import torch.distributed as dist

        if self.world == 1:
            return
        with _together():
            if not dist.is_initialized():
                backend = dist.get_default_backend_for_device(device)
                how: dict[str, Any] = {"store": self._store, "rank": self.rank, "world_size": self.world}
                dist.init_process_group(backend, timeout=PATIENCE, **how)
                atexit.register(dist.destroy_process_group)
            kept = dist.get_backend() == "gloo"
            self._group = dist.group.WORLD if kept else dist.new_group(backend="gloo", timeout=PATIENCE)

    def mean(self, parts: Iterable[Tensor], count: int) -> Tensor:
        """The mean of `count` vectors of one length, of which `parts` are those of this process.

        They are summed in their order, whoever has them, so that it is the same to the bit for any number of processes.
        Each process sums one slice of them all and sends it to the others: of two vectors, in two processes, an
        all-reduce is the same sum, and cheaper.
        """
        if self.world == 1:
            total: Tensor | None = None
            for part in parts:
                total = part if total is None else total.add_(part)
            assert total is not None
            return total.div_(count)
        import torch.distributed as dist

        own = list(parts)
        length = len(own[0])
        with _together():
            if self.world == count == 2:
                dist.all_reduce(own[0])
                return own[0].div_(count)
            slice_length = -(-length // self.world)
            cut = own[0].new_zeros(len(own), self.world * slice_length)
            for row, part in zip(cut, own, strict=True):
                row[:length] = part
            sent = cut.view(len(own), self.world, slice_length).transpose(0, 1).contiguous()
            got = torch.empty_like(sent)
            dist.all_to_all_single(got, sent)
            slices = got.view(count, slice_length)
            total = slices[0].clone()
            for other in slices[1:]:
                total += other
            whole = total.new_empty(self.world * slice_length)
            dist.all_gather_single(whole, total)
        return whole[:length].div_(count)

    def tell(self, numbers: Sequence[float]) -> list[float]:
        """The leader's `numbers`, in every process; the others give as many of their own, which don't matter."""
        import torch.distributed as dist

        told = torch.tensor(numbers, dtype=torch.float64)
        with _together():
            dist.broadcast(told, 0, group=self._group)
        return told.tolist()

    def give(self, content: bytes | None, giver: int = 0) -> bytes:
        """What the process `giver` has, in every process."""
        import torch.distributed as dist

        length = torch.tensor([len(content or b"")])
        with _together():
            dist.broadcast(length, giver, group=self._group)
            held = bytearray(content) if content is not None and giver == self.rank else bytearray(int(length))
            if held:
                dist.broadcast(torch.frombuffer(held, dtype=torch.uint8), giver, group=self._group)
        return bytes(held)

    def exchange(self, own: Mapping[int, bytes], count: int) -> Iterator[bytes]:
        """`count` pieces in their order, in every process: piece k is of the process k modulo their number, and those
        of this one are `own`."""
        return (self.give(own.get(number), number % self.world) for number in range(count))

    def ask_to_stop(self) -> None:
        """Tell the leader that this process was asked to stop."""
        self._note_first("stop", f"{self.rank}")

    def hear(self) -> None:
        """Where another process was asked to stop, be asked to stop as well, as if by a SIGTERM of one's own."""
        if self.world == 1 or time.monotonic() - self._looked < ATTENTION:
            return
        self._looked = time.monotonic()
        with _together():
            asked = self._store.check(["stop"])
        if asked:
            self._looked = float("inf")
            signal.raise_signal(signal.SIGTERM)

    def _note(self, name: str) -> bytes:
        """What is noted under `name`, once it is; `LostError` where another failed before that."""
        begun, beats = time.monotonic(), 0
        with _together():
            while not self._store.check([name]):
                if beats != (beats := self._store.add("beats", 0)):
                    begun = time.monotonic()
                if self._store.check(["failed"]) or time.monotonic() - begun > PATIENCE.total_seconds():
                    raise LostError(gone())
                time.sleep(GLANCE)
            return self._store.get(name)

    def _note_first(self, name: str, value: str) -> bool:
        """Note `value`, unless there is a note already; whether it is one's own that stands."""
        try:
            return self._store.compare_set(name, "", value) == value.encode()
        except RuntimeError:  # who kept the store is gone, and nobody else can be told
            return True


def joined() -> Ranks:
    """The processes that this one was started with; none within what they do together, as what a callback of the leader
    does, say, is its own. Raises `UserError` where they can't find each other."""
    from torch.distributed import PrefixStore, rendezvous

    rank, world = number("RANK", 0), number("WORLD_SIZE", 1)
    if world == 1 or _AT_WORK:
        return Ranks()
    missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if missing:
        raise UserError(f"WORLD_SIZE is {world} in the environment, and {' and '.join(missing)} not: use torchrun")
    if not _STORES:
        try:
            shared = next(iter(rendezvous("env://", timeout=MEETING)))[0]
            _STORES.append(PrefixStore(_met(shared, rank, world), shared))
        except (RuntimeError, ValueError, OSError) as error:
            raise error if isinstance(error, UserError) else UserError(_unmet(str(error))) from error
    _STORES.append(PrefixStore(f"training {len(_STORES)}", _STORES[0]))
    return Ranks(rank, world, _STORES[-1])


def _met(store: Any, rank: int, world: int) -> str:
    """A name for the notes of these very processes: torchrun's store outlives those that it starts again, and holds
    what was noted before. The leader makes it up, and answers whoever calls; one who called before never hears it."""
    own, end = token_hex(8), time.monotonic() + MEETING.total_seconds()

    def wait() -> None:
        if time.monotonic() > end:
            raise UserError(_unmet(f"{world} were to meet"))
        time.sleep(GLANCE)

    if rank:
        store.set(f"call of {rank}", own)
        while not store.check([f"answer to {own}"]):
            wait()
        name = store.get(f"answer to {own}").decode()
        store.set(f"{name} has {rank}", "")
        return name
    missing = list(range(1, world))
    while missing:
        for other in missing:
            if store.check([f"call of {other}"]):
                store.set(f"answer to {store.get(f'call of {other}').decode()}", own)
        missing = [other for other in missing if not store.check([f"{own} has {other}"])]
        if missing:
            wait()
    return own


_STORES: list[Any] = []
"""The store that the processes share, and for every training together a part of it."""


_AT_WORK: list[Ranks] = []
"""Those that this process does something with at the moment."""


def gone() -> str:
    return (
        f"another process of this training is gone, or did not answer for {PATIENCE.seconds // 60} minutes: the same "
        "command, on as many machines as are left, goes on from the newest checkpoint"
    )


def _unmet(why: str) -> str:
    """Why the processes can't find each other."""
    port, address = os.environ["MASTER_PORT"], os.environ["MASTER_ADDR"]
    if "EADDRINUSE" in why or "address already in use" in why.lower():
        return (
            f"port {port} of {socket.gethostname()} is in use: set another MASTER_PORT, or take torchrun --standalone"
        )
    return (
        f"no other process answers at {address}, port {port} (MASTER_ADDR, MASTER_PORT): {' '.join(why.split())[:200]}"
    )


@contextmanager
def _together() -> Iterator[None]:
    """Word what goes wrong where another process is needed."""
    try:
        yield
    except LostError:
        raise
    except RuntimeError as error:
        raise LostError(gone()) from error
