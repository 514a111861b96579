"""The method that data get where none is named: what a race on photos decided, DCGAN where it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gankit.base.devices import pick_device
from gankit.base.ranks import number
from gankit.game import DataSpec, Images, Method
from gankit.methods import method_class
from gankit.runs.config import stated
from gankit.runs.directory import has_begun, read_config, run_directory
from gankit.runs.entrants import augmented
from gankit.runs.hardware import fitted
from gankit.runs.options import Options

PHOTO_SIDE = 32
"""Pictures smaller than this are none that the race was about."""
RACED = 24, 32
"""Sides of the grey pictures that another race was about."""
FEW = 1_000
"""Photos up to which they are played under DiffAugment: 500 need it in a race, and 2,000 do not."""


class Choice(NamedTuple):
    """A method of `METHODS`, with settings that go by a name, or its defaults, under DiffAugment or not."""

    method: str
    preset: str
    why: str
    augment: bool = False

    def made(self) -> Method[Any]:
        kind = method_class(self.method)
        method = kind.preset(self.preset) if self.preset else kind()  # type: ignore[call-arg]
        return augmented(method) if self.augment else method

    def __str__(self) -> str:
        settings = f" with its preset {self.preset}" if self.preset else ""
        settings += " under DiffAugment" if self.augment else ""
        return f"auto takes {self.method}{settings}: {self.why}"


def choice(spec: DataSpec, count: int, *, on_cpu: bool) -> Choice:
    """What `count` data like `spec` get."""
    if not spec.is_image:
        return Choice("wgan-gp", "", "the data are points, which it covers evenly (docs/which-method.md)")
    if spec.shape[0] == 1 and RACED[0] <= min(spec.shape[1:]) <= max(spec.shape[1:]) <= RACED[1]:
        return Choice("infogan", "", "small grey pictures, by a race of three minutes (docs/benchmark.md)")
    if spec.shape[0] < 3 or min(spec.shape[1:]) < PHOTO_SIDE:
        return Choice("dcgan", "", "grey or small pictures, a start for most of them")
    if not on_cpu:
        return Choice("dcgan", "", "on an accelerator no race has been held")
    found = Choice("sngan", "small", "colour on a CPU, by a race of twenty minutes (docs/benchmark.md)")
    if count > FEW:
        return found
    return found._replace(
        why=f"{count:,} pictures in colour on a CPU, by races on 500 and 2,000 (docs/benchmark.md)", augment=True
    )


def auto(
    asked: Options, say: Callable[[str], None], given: Mapping[str, int] | None = None
) -> tuple[Method[Any], dict[str, Any]]:
    """The method for the data that `asked` names, and the options that go with it, said and why; with `minutes`, as
    large as this machine can train in them (`hardware`). `given` may hold the `width` and the `batch_size` that stand
    whatever the machine. A run that has begun stays as it is. Raises `UserError` where the data can't be had."""
    pack = asked.source(Images, lambda line: None).open()
    chosen = choice(pack.spec, len(pack), on_cpu=pick_device(asked.device).type == "cpu")
    say(str(chosen))
    method = chosen.made()
    if begun := _begun(Path(asked.out or run_directory(method, pack.source)), method):
        size = begun[1]
        return begun[0], {"size": size} if size and asked.size is None else {}
    if asked.minutes is None or number("WORLD_SIZE", 1) > 1:  # of several machines none speaks for all
        return method, {}
    found = fitted(chosen.method, method, pack, asked, given or {})
    if found is None:
        return method, {}
    say(found.words)
    return found.method, {"size": found.size} if found.size else {}


def _begun(directory: Path, method: Method[Any]) -> tuple[Method[Any], str | None] | None:
    """The method and the size that a run of `method` in `directory` was trained with so far, where there is one."""
    if not has_begun(directory):
        return None
    config = read_config(directory)
    if config["method"].get("class") != type(method).__name__:
        return None
    size = config["data"].get("size")
    return stated(config["method"], type(method)), None if size is None else str(size)
