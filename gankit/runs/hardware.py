"""Settings that this machine can train in the minutes that were asked for: a few by name, told apart by a trial."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch

from gankit.base.devices import pick_device, repeatable
from gankit.base.errors import UserError
from gankit.base.memory import within_memory
from gankit.base.progress import clock
from gankit.base.randomness import kept_chance
from gankit.base.threads import threads
from gankit.data import Pack
from gankit.data.pack import Report
from gankit.game import DataSpec, Method
from gankit.networks import DCGANNetwork, InfoGANNetwork
from gankit.runs.assembly import batches_of, state_of, with_few
from gankit.runs.capacity import REMEDY, refuse_too_large
from gankit.runs.options import Options
from gankit.runs.timing import timed
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import products, resolve
from gankit.training.progress import FEW, USUAL

SECONDS = 1.0
"""How long the steps of one setting are timed, after the first."""
PLENTY = USUAL
"""Updates from which on a larger setting is tried than a method's usual one."""
AHEAD = 500
"""Updates after which InfoGAN was far ahead on grey pictures (docs/benchmark.md)."""
SMALLEST = 32
"""Side below which pictures are not shrunk to gain time."""


class Setting(NamedTuple):
    """What may be smaller or larger than a method has it."""

    name: str
    doublings: int
    """Of the pictures' sides, beside what they are by default."""
    width: int
    batch: int

    least: int = FEW
    """Updates that it takes to be worth it."""


Sized = DCGANNetwork | InfoGANNetwork
"""Networks that a width makes larger and smaller."""
SETTINGS = {
    "sngan": (
        Setting("large", 1, 64, 64, PLENTY),
        Setting("wide", 0, 64, 64, PLENTY),
        Setting("usual", 0, 32, 64),
        Setting("brief", 0, 32, 32),
        Setting("small", -1, 32, 32),
    ),
    "dcgan": (
        Setting("large", 1, 64, 128, PLENTY),
        Setting("usual", 0, 64, 128),
        Setting("narrow", 0, 32, 64),
        Setting("brief", 0, 32, 32),
        Setting("small", -1, 32, 32),
    ),
    "infogan": (
        Setting("usual", 0, 64, 128, AHEAD),
        Setting("narrow", 0, 32, 64, AHEAD),
    ),
}
"""Of the methods that `auto` takes for pictures, the largest first; `usual` is what the method has by itself."""


@dataclass(frozen=True)
class Fitted:
    """What was found to fit."""

    setting: Setting
    method: Method[Any]
    size: str | None
    """Of the pictures, where it is another than their usual one."""
    words: str


def fitted(name: str, method: Method[Any], pack: Pack, asked: Options, given: Mapping[str, int]) -> Fitted | None:
    """The largest setting of `method`, called `name`, that makes its `least` updates of pictures like those of `pack`
    in `asked.minutes` on this machine, or else the smallest; None where it has none. The size that was asked for
    stands, and so do the `width` and the `batch_size` that are `given`."""
    assert asked.minutes is not None
    network = method.network
    if name not in SETTINGS or not pack.spec.is_image or not isinstance(network, Sized):
        return None
    tried: dict[Setting, float] = {}

    def enough(setting: Setting) -> bool:
        made = _with(method, network, setting, given)
        tried[setting] = 60 * (asked.minutes or 0) / _seconds(made, _spec(pack.spec, setting), len(pack), asked)
        return tried[setting] >= setting.least

    offered = [setting for setting in SETTINGS[name] if _possible(setting, pack, asked)]
    at = next(number for number, setting in enumerate(offered) if setting.name == "usual")
    if enough(offered[at]):
        while at and tried[offered[at]] >= PLENTY and enough(offered[at - 1]):
            at -= 1
    else:
        while at + 1 < len(offered):
            at += 1
            if enough(offered[at]):
                break
    chosen = offered[at]
    spec = _spec(pack.spec, chosen)
    size = "x".join(map(str, spec.shape[1:])) if chosen.doublings else None
    made = _with(method, network, chosen, given)
    return Fitted(chosen, made, size, _words(made, spec, tried[chosen], asked))


def _possible(setting: Setting, pack: Pack, asked: Options) -> bool:
    """Whether pictures can be had at the size of `setting`: no larger than they are, and not where one was asked."""
    if not setting.doublings:
        return True
    if asked.size is not None:
        return False
    sides = _spec(pack.spec, setting).shape[1:]
    if setting.doublings < 0:
        return min(sides) >= SMALLEST
    own = [tuple(map(int, size.split("x"))) for size in pack.report.sizes]
    return bool(own) and all(height >= sides[0] and width >= sides[1] for height, width in own)


def _spec(spec: DataSpec, setting: Setting) -> DataSpec:
    channels, *sides = spec.shape
    mean = spec.mean if not setting.doublings else None
    return replace(spec, shape=(channels, *(int(side * 2.0**setting.doublings) for side in sides)), mean=mean)


def _with(method: Method[Any], network: Sized, setting: Setting, given: Mapping[str, int]) -> Method[Any]:
    if setting.name == "usual" and not given:
        return method
    width, batch = given.get("width", setting.width), given.get("batch_size", setting.batch)
    return replace(method, network=replace(network, width=width), batch_size=batch)


def _seconds(method: Method[Any], spec: DataSpec, count: int, asked: Options) -> float:
    """Seconds of a step on noise like `count` pictures of `spec`; infinite where memory has no room for it."""
    device = pick_device(asked.device)
    precision = resolve(asked.precision, device)
    channels, *sides = spec.shape
    if device.type == "cpu":
        keep_freed_memory()
    now = time.process_time if asked.clock == "cpu" else time.monotonic
    with ExitStack() as stack:
        stack.enter_context(kept_chance(device))
        stack.enter_context(threads(asked.threads))
        stack.enter_context(repeatable(device, fast=asked.fast))
        stack.enter_context(products(precision, device))
        values = torch.randint(0, 256, (min(count, method.batch_size), *sides, channels), dtype=torch.uint8)
        noise = Pack("noise", spec, values, None, key="", content="", report=Report())
        try:
            refuse_too_large(method, spec, device)
            with within_memory("a trial step", REMEDY):
                fitting = with_few(method, noise, lambda line: None)
                state = state_of(fitting, noise, asked, device, precision)
                return timed(state, batches_of(fitting, noise, asked, device), SECONDS, now)
        except UserError:
            return float("inf")


def _words(method: Any, spec: DataSpec, updates: float, asked: Options) -> str:
    height, width = spec.shape[1:]
    device = pick_device(asked.device)
    what = f"{height}x{width}, width {method.network.width}, batch {method.batch_size}"
    how = f"{resolve(asked.precision, device)} on {device}"
    minutes = f"{asked.minutes:g} minute{'' if asked.minutes == 1 else 's'}"
    found = f"about {_rounded(updates):,} steps in {minutes}"
    if updates >= asked.last_step:
        took = clock(60 * (asked.minutes or 0) * asked.last_step / updates)
        found = f"{asked.last_step:,} steps in about {took} of {minutes}, and more with --steps"
    return f"{what}, {how}: {found}, by a trial; --size, --network.width and --batch-size overrule it"


def _rounded(count: float) -> int:
    """`count` to two digits: a trial knows no more."""
    return int(float(f"{count:.2g}"))
