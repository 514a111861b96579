"""The parts of `benchmarks/gpu.py`. Each gives what it has found so far, again and again, until it has found all."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import reference
import torch
from measure import machine, seconds
from torch import Tensor
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

import gankit
from gankit.base.devices import module_of, repeatable, synchronize
from gankit.base.errors import UserError
from gankit.data import Batches, Pack, open_data
from gankit.game import Method
from gankit.game.batch import Paired, Unpaired
from gankit.game.optimizers import Adam
from gankit.methods import METHODS
from gankit.networks import MLP, DCGANNetwork
from gankit.training import checkpoint
from gankit.training.graphs import WARM_UP, Graphed, refusal
from gankit.training.precision import Format, products, resolve
from gankit.training.state import State

STEPS = 20
"""Of both engines, after which they are compared, and of a profile."""
RESUMED = 60
"""Steps of a run that is stopped half-way: one of them is looked at, and not replayed."""
LAUNCHES = ("cudaLaunch", "cuLaunch", "cudaGraphLaunch", "cudaMemcpyAsync", "cudaMemsetAsync")
Found = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """What is measured, and for how long."""

    device: torch.device
    seconds: float
    """Of a block."""
    blocks: int
    width: int
    """DCGAN-64's."""
    batch: int
    """DCGAN-64's; the tutorial's is 64."""

    @property
    def precision(self) -> Format:
        return resolve("auto", self.device)

    def method(self, kind: str) -> Method[Any]:
        if kind == "dcgan64":
            return gankit.DCGAN(network=DCGANNetwork(width=self.width), batch_size=self.batch)
        adam = Adam()
        return gankit.GAN(
            network=MLP(), batch_size=64, at_once=False, generator_optimizer=adam, discriminator_optimizer=adam
        )


@dataclass(frozen=True)
class Side:
    """One way of playing a game."""

    step: Callable[[], object]
    around: Callable[[], AbstractContextManager[object]]
    """How a device is to compute."""


def sides(kind: str, asked: Asked, scratch: Path) -> tuple[dict[str, Side], str]:
    """Ours by graphs and without, the reference, and the step of the reference alone, whose batch is there already;
    and why there are no graphs."""
    device, method = asked.device, asked.method(kind)
    if kind == "dcgan64":
        source: Any = reference.photos(scratch / kind, 4 * asked.batch)
        data: Any = reference.Folder(source)
        make = lambda: reference.dcgan(asked.width)  # noqa: E731
    else:
        source = np.random.default_rng(0).integers(0, 256, (10_000, 28, 28), np.uint8)
        data, make = reference.Array(source), reference.mlp
    loader = reference.endless(data, method.batch_size, workers=0 if device.type == "cpu" else 2)
    still = itertools.repeat(next(reference.endless(data, method.batch_size, workers=0)).to(device))
    pack = open_data(source)
    found = {}
    why = refusal(method, device)
    for engine in ("eager",) if why else ("graph", "eager"):
        state, batches = played(engine, method, pack, asked)
        found[engine] = Side(lambda s=state, b=batches: s.advance(b), lambda: as_ours(asked))
    for name, batches in (("reference", loader), ("its step alone", still)):
        found[name] = Side(reference.loop(make(), batches, device=str(device)), lambda: as_scripts(device))
    return found, why


def played(engine: str, method: Method[Any], pack: Pack, asked: Asked) -> tuple[State, Batches]:
    how: dict[str, Any] = {"device": asked.device, "precision": asked.precision}
    with as_ours(asked):
        state = State(method, pack.spec, **how) if engine == "eager" else Graphed(method, pack.spec, say=print, **how)
    budget = method.label_budget
    return state, Batches(pack, method.batch_type, method.batch_size, seed=0, device=asked.device, labels=budget)


@contextmanager
def as_ours(asked: Asked) -> Iterator[None]:
    with repeatable(asked.device, fast=False), products(asked.precision, asked.device):
        yield


@contextmanager
def as_scripts(device: torch.device) -> Iterator[None]:
    """As torch computes on a CUDA device unless it is told otherwise, with cuDNN's search for the fastest kernels as
    is usual."""
    if device.type != "cuda":
        yield
        return
    cudnn: Any = torch.backends.cudnn
    before = cudnn.deterministic, cudnn.benchmark, cudnn.conv.fp32_precision
    cudnn.deterministic, cudnn.benchmark, cudnn.conv.fp32_precision = False, True, "tf32"
    try:
        yield
    finally:
        cudnn.deterministic, cudnn.benchmark, cudnn.conv.fp32_precision = before


def card(asked: Asked, scratch: Path) -> Found:
    """What it is measured on."""
    device = asked.device
    about: dict[str, Any] = {"machine": machine(), "precision": asked.precision, "cuda": torch.version.cuda}
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        about |= {"name": properties.name, "memory": properties.total_memory, "cards": torch.cuda.device_count()}
        about |= {"capability": f"{properties.major}.{properties.minor}", "cudnn": torch.backends.cudnn.version()}
    yield {"name": f"{device}, which is no card", **about}


def speed(kind: str) -> Callable[[Asked, Path], Found]:
    """Milliseconds of a step of each side, by a watch: medians of blocks that take turns."""

    def part(asked: Asked, scratch: Path) -> Found:
        found, why = sides(kind, asked, scratch)

        def now() -> float:
            synchronize(asked.device)
            return time.perf_counter()

        def block(side: Side, steps: int) -> float:
            with side.around():
                return 1e3 * seconds(side.step, steps, now)

        for side in found.values():
            block(side, WARM_UP + 2)
        steps = {name: max(1, round(1e3 * asked.seconds / block(side, 2))) for name, side in found.items()}
        taken: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(asked.blocks):
            for name, side in found.items():
                taken[name].append(block(side, steps[name]))
            yield {"no graph": why, "blocks": taken, "ms": {name: median(each) for name, each in taken.items() if each}}

    return part


def gaps(kind: str) -> Callable[[Asked, Path], Found]:
    """Of each side the share of the time in which the device has nothing to do, and launches and kernels of a step."""

    def part(asked: Asked, scratch: Path) -> Found:
        found, why = sides(kind, asked, scratch)
        here = asked.device.type == "cpu"
        seen: dict[str, Any] = {"no graph": why}
        for name, side in found.items():
            with side.around():
                for _ in range(WARM_UP + 2):
                    side.step()
                synchronize(asked.device)
                with profile(activities=[ProfilerActivity.CPU, *([] if here else [ProfilerActivity.CUDA])]) as profiled:
                    for _ in range(STEPS):
                        side.step()
                    synchronize(asked.device)
            events, kind_of = profiled.events() or [], DeviceType.CPU if here else DeviceType.CUDA
            busy = [
                (event.time_range.start, event.time_range.end)
                for event in events
                if event.device_type == kind_of and not event.is_user_annotation
            ]
            launched = sum(event.name.startswith(LAUNCHES) for event in events)
            seen[name] = {"idle": idle(busy), "kernels": len(busy) / STEPS, "launches": launched / STEPS}
            yield seen

    return part


def idle(busy: list[tuple[float, float]]) -> float:
    """The share of the time from the first of some spans to the end of the last in which there is none; they may lie on
    top of each other."""
    if not busy:
        return 1.0
    first, reached, free = min(busy)[0], min(busy)[0], 0.0
    for start, end in sorted(busy):
        free += max(start - reached, 0.0)
        reached = max(reached, end)
    return free / (reached - first) if reached > first else 0.0


def agreement(asked: Asked, scratch: Path) -> Found:
    """Whether every method is recorded, or why not; and how far losses and weights are from those without graphs, as
    shares of the largest of each kind, after some steps."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (2_000, 28, 28), np.uint8)
    np.savez(scratch / "labelled.npz", images=pixels, labels=np.arange(len(pixels)) % 10)
    pack, found = open_data(scratch / "labelled.npz"), dict[str, Any]()
    for name, entry in METHODS.items():
        kind: Any = entry.load()
        method = asked.method("mlp") if name == "gan" else kind.presets().get("small") or kind()
        if method.batch_type in (Paired, Unpaired):
            continue
        try:
            found[name] = refusal(method, asked.device) or apart(method, pack, asked)
        except (UserError, RuntimeError) as error:  # of this method alone
            found[name] = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        yield {"methods": found}


def apart(method: Method[Any], pack: Pack, asked: Asked) -> dict[str, float] | str:
    """How far both engines come apart; where one is found to be of no use, why."""
    (ours, batches), (theirs, others) = (played(engine, method, pack, asked) for engine in ("graph", "eager"))
    assert isinstance(ours, Graphed)
    losses = 0.0
    with as_ours(asked):
        for _ in range(STEPS):
            terms, plain = ours.advance(batches), theirs.advance(others)
            losses = max(losses, *(distance(term, plain[name]) for name, term in terms.items()))
    if ours.refused:
        return ours.refused
    pairs = zip(ours.players.parameters(), theirs.players.parameters(), strict=True)
    return {"losses": losses, "weights": max(distance(one.detach(), other.detach()) for one, other in pairs)}


def distance(one: Tensor, other: Tensor) -> float:
    """The largest difference, by the largest number of the `other`."""
    return ((one - other).abs().max() / other.abs().max().clamp(min=1e-12)).item()


def resumed(asked: Asked, scratch: Path) -> Found:
    """Whether a run by graphs that is stopped half-way and continued ends in the bits of one that is not."""
    np.save(scratch / "pixels.npy", np.random.default_rng(0).integers(0, 256, (2_000, 28, 28), np.uint8))
    method = gankit.DCGAN(network=DCGANNetwork(width=max(asked.width // 4, 4)), batch_size=32)
    said: list[str] = []
    how: dict[str, Any] = {"data": str(scratch / "pixels.npy"), "engine": "graph", "device": str(asked.device)}
    how |= {"preview_every": 0, "say": said.append}
    for out, steps in (("whole", RESUMED), ("stopped", RESUMED // 2), ("stopped", RESUMED)):
        gankit.train(method, out=scratch / out, steps=steps, **how)
    yield {"different": different(scratch / "whole", scratch / "stopped"), "steps": RESUMED, "said": sorted({*said})}


def different(one: Path, other: Path) -> list[str]:
    """What is not equal to the bit in the last checkpoints of two runs."""
    ours, theirs = (checkpoint.read(checkpoint.listed(run / "checkpoints")[-1])[0] for run in (one, other))
    return [
        f"{group}/{name}"
        for group, tensors in ours.items()
        for name, value in tensors.items()
        if not torch.equal(value, theirs[group][name])
    ]


def cards(asked: Asked, scratch: Path) -> Found:
    """Whether two cards (NCCL) end in the bits of one that plays both shards, and how long each took."""
    if asked.device.type != "cuda" or module_of(asked.device).device_count() < 2:
        yield {"left out": "it takes two CUDA devices"}
        return
    np.save(scratch / "pixels.npy", np.random.default_rng(0).integers(0, 256, (2_000, 28, 28), np.uint8))
    options = ["--data", str(scratch / "pixels.npy"), "--shards", "2", "--steps", "40", "--preview-every", "0"]
    starts = {"one": [], "two": ["-m", "torch.distributed.run", "--nproc-per-node", "2"]}
    took = {}
    for name, start in starts.items():
        command = [sys.executable, *start, "-m", "gankit", "train", "dcgan", *options, "--out", str(scratch / name)]
        begun = time.perf_counter()
        subprocess.run([*command, "--device", "cuda"], check=True)
        took[name] = time.perf_counter() - begun
        yield {"seconds": took}
    yield {"seconds": took, "different": different(scratch / "one", scratch / "two")}


PARTS: dict[str, tuple[Callable[[Asked, Path], Found], float]] = {
    "card": (card, 30),
    "dcgan64": (speed("dcgan64"), 110),
    "mlp": (speed("mlp"), 60),
    "dcgan64 gaps": (gaps("dcgan64"), 60),
    "mlp gaps": (gaps("mlp"), 40),
    "resume": (resumed, 80),
    "agreement": (agreement, 150),
    "two cards": (cards, 70),
}
"""With the seconds that each may take."""
