"""The method that data get where none is named: what a race on photos decided, DCGAN where it says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from gankit.base.devices import pick_device
from gankit.game import DataSpec, Images, Method
from gankit.methods import method_class
from gankit.runs.options import Options

PHOTO_SIDE = 32
"""Pictures smaller than this are none that the race was about."""


class Choice(NamedTuple):
    """A method of `METHODS`, with settings that go by a name, or its defaults."""

    method: str
    preset: str
    why: str

    def made(self) -> Method[Any]:
        kind = method_class(self.method)
        return kind.preset(self.preset) if self.preset else kind()  # type: ignore[call-arg]

    def __str__(self) -> str:
        settings = f" with its preset {self.preset}" if self.preset else ""
        return f"auto takes {self.method}{settings}: {self.why}"


def choice(spec: DataSpec, *, on_cpu: bool) -> Choice:
    """What data like `spec` get."""
    if not spec.is_image:
        return Choice("wgan-gp", "", "the data are points, which it covers evenly (docs/which-method.md)")
    if spec.shape[0] < 3 or min(spec.shape[1:]) < PHOTO_SIDE:
        return Choice("dcgan", "", "grey or small pictures, a start for most of them")
    if not on_cpu:
        return Choice("dcgan", "", "on an accelerator no race has been held")
    return Choice("sngan", "small", "colour on a CPU, by a race of five minutes and one seed (docs/benchmark.md)")


def auto(asked: Options, say: Callable[[str], None]) -> Method[Any]:
    """The method for the data that `asked` names, and what was taken and why, said. Raises `UserError` where the data
    can't be had."""
    pack = asked.source(Images, lambda line: None).open()
    chosen = choice(pack.spec, on_cpu=pick_device(asked.device).type == "cpu")
    say(str(chosen))
    return chosen.made()
