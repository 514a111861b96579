"""What is exported: a trained network with its number formats inside, and names for what goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.data import in_units
from gankit.data.pack.values import Rule
from gankit.game import DataSpec, Generator, Translator
from gankit.game.prior import Codes, Normal, Prior, Uniform
from gankit.networks.translator_parts import KeptDropout

FLOAT, INTEGER, BYTE = "float32", "int64", "uint8"


@dataclass(frozen=True, kw_only=True)
class Port:
    """One tensor that goes in or comes out."""

    name: str
    dtype: str
    """float32, int64 or uint8."""
    shape: tuple[str | int, ...]
    """Its sides; those with a name may be of any length."""
    meaning: str
    values: dict[str, Any]
    """How a caller makes some: {"normal": bound} or {"uniform": [low, high]}, or {"classes": n}."""

    @property
    def free(self) -> dict[int, Any]:
        """Its sides that may be of any length, as `torch.export` takes them."""
        return {side: torch.export.Dim.AUTO for side, length in enumerate(self.shape) if isinstance(length, str)}

    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "meaning": self.meaning,
            "values": self.values,
        }


class Graph(nn.Module):
    """A network from named inputs to one named output. Called with tensors in the order of `inputs`."""

    inputs: tuple[Port, ...]
    output: Port

    def examples(self, n: int, *, seed: int = 0) -> tuple[Tensor, ...]:
        """`n` of each input, a function of `seed`."""
        raise NotImplementedError


def graph_of(
    network: Generator | Translator,
    spec: DataSpec,
    rule: Rule,
    *,
    uint8: bool = False,
    backwards: bool = False,
) -> Graph:
    """The graph of a trained `network`, in evaluation mode on the CPU, whose vectors went by `rule`.

    Images come out as [n, C, H, W] in [0, 1], or with `uint8` as 0 to 255; vectors in the units of the data. Raises
    `UserError` for what there is no such graph of.
    """
    if uint8 and not spec.is_image:
        raise UserError("uint8 is for images, and this run makes vectors")
    if isinstance(network, Translator):
        if backwards and not network.two_way:
            raise UserError("this translator knows one way only: train another run with the other --direction")
        return TranslatorGraph(network, spec, uint8=uint8, backwards=backwards)
    if backwards:
        raise UserError("backwards is for runs that translate pictures, and this is none")
    norms = [layer for layer in network.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    if not all(norm.track_running_stats for norm in norms):
        raise UserError(
            "this generator's samples depend on the batch they are made in, which no file keeps: train with "
            "--network.sample-norm running to export it"
        )
    return GeneratorGraph(network, spec, rule, uint8=uint8)


class GeneratorGraph(Graph):
    """Samples from latents, by their parts where they have codes, and labels where there are any."""

    def __init__(self, generator: Generator, spec: DataSpec, rule: Rule, *, uint8: bool) -> None:
        super().__init__()
        self.generator, self.uint8, self.bounded = generator, uint8, spec.is_image
        prior = generator.prior
        self.codes = list(prior.slices().items()) if isinstance(prior, Codes) else []
        ports = self._code_ports(prior) if isinstance(prior, Codes) else [_latents("latents", prior)]
        if generator.classes:
            meaning = "classes: " + ", ".join(spec.classes)
            ports.append(_whole("labels", generator.classes, meaning))
        self.inputs = tuple(ports)
        self.rule = rule
        self.output = _output(spec, spec.shape, uint8=uint8)

    def _code_ports(self, prior: Codes) -> list[Port]:
        ports = []
        for name, part in self.codes:
            size = part.stop - part.start
            if name.startswith("categorical"):
                ports.append(_whole(name.replace("-", "_"), size, "the category of a code"))
            elif size:
                ports.append(_latents(name.replace("-", "_"), Uniform(size, bound=prior.bound)))
        return ports

    def forward(self, *inputs: Tensor) -> Tensor:
        given = {port.name: value for port, value in zip(self.inputs, inputs, strict=True)}
        values = self.generator(self._latents(given), given.get("labels"))
        return _pixels(values, uint8=self.uint8) if self.bounded else in_units(values, self.rule)

    def _latents(self, given: dict[str, Tensor]) -> Tensor:
        if not self.codes:
            return given["latents"]
        parts = []
        for name, part in self.codes:
            value = given.get(name.replace("-", "_"))
            if value is not None and name.startswith("categorical"):
                value = torch.nn.functional.one_hot(value, part.stop - part.start).to(torch.float32)
            parts += [] if value is None else [value]
        return torch.cat(parts, 1)

    def examples(self, n: int, *, seed: int = 0) -> tuple[Tensor, ...]:
        chance = torch.Generator().manual_seed(seed)
        return tuple(_example(port, n, chance) for port in self.inputs)


class TranslatorGraph(Graph):
    """Pictures of the second side from those of the first, of any size. Noise by dropout is left out: what it is on
    average stays."""

    def __init__(self, translator: Translator, spec: DataSpec, *, uint8: bool, backwards: bool) -> None:
        super().__init__()
        assert spec.other_shape is not None
        for module in translator.modules():
            if isinstance(module, KeptDropout):
                module.kept = False
        self.translator, self.uint8, self.backwards = translator, uint8, backwards
        came, goes = (spec.other_shape, spec.shape) if backwards else (spec.shape, spec.other_shape)
        self.size = came[1:]
        shown = _output(spec, ("height", "width"), uint8=uint8)
        self.inputs = (
            replace(shown, shape=("n", came[0], "height", "width"), meaning=f"pictures to translate{_range(uint8)}"),
        )
        self.output = replace(shown, name="translated", shape=("n", goes[0], "height", "width"))

    def forward(self, *inputs: Tensor) -> Tensor:
        (pictures,) = inputs
        images = pictures.to(torch.float32) / 127.5 - 1 if self.uint8 else pictures * 2 - 1
        images = self.translator(images, backwards=True) if self.backwards else self.translator(images)
        return _pixels(images, uint8=self.uint8)

    def examples(self, n: int, *, seed: int = 0) -> tuple[Tensor, ...]:
        chance = torch.Generator().manual_seed(seed)
        channels = self.inputs[0].shape[1]
        assert isinstance(channels, int)
        height, width = (max(side + 5 * (seed % 3), 16) for side in self.size)  # a multiple of nothing, at times
        values = torch.rand(n, channels, height, width, generator=chance)
        return ((values * 255).round().to(torch.uint8) if self.uint8 else values,)


def _pixels(values: Tensor, *, uint8: bool) -> Tensor:
    """Images in [-1, 1] as what people's pictures hold."""
    if uint8:
        return values.clamp(-1, 1).mul(127.5).add(127.5).round().to(torch.uint8)
    return values.clamp(-1, 1).mul(0.5).add(0.5)


def _range(uint8: bool) -> str:
    return ", 0 to 255" if uint8 else ", 0 to 1"


def _output(spec: DataSpec, shape: tuple[str | int, ...], *, uint8: bool) -> Port:
    if not spec.is_image:
        return Port(name="vectors", dtype=FLOAT, shape=("n", *shape), meaning="in the units of the data", values={})
    dtype = BYTE if uint8 else FLOAT
    return Port(name="images", dtype=dtype, shape=("n", *shape), meaning=f"images{_range(uint8)}", values={})


def _latents(name: str, prior: Prior) -> Port:
    if isinstance(prior, Normal):
        bound = None if prior.bound == float("inf") else prior.bound
        words = "from N(0, 1)" if bound is None else f"from N(0, 1) within {bound:g}"
        return Port(name=name, dtype=FLOAT, shape=("n", prior.size), meaning=words, values={"normal": bound})
    if isinstance(prior, Uniform):
        low, high = prior.centre - prior.bound, prior.centre + prior.bound
        words = f"uniform from {low:g} to {high:g}"
        return Port(name=name, dtype=FLOAT, shape=("n", prior.size), meaning=words, values={"uniform": [low, high]})
    raise UserError(f"a prior of one's own can't be described in a file: {type(prior).__name__}")


def _whole(name: str, classes: int, meaning: str) -> Port:
    return Port(name=name, dtype=INTEGER, shape=("n",), meaning=meaning, values={"classes": classes})


def _example(port: Port, n: int, chance: torch.Generator) -> Tensor:
    if "classes" in port.values:
        return torch.randint(port.values["classes"], (n,), generator=chance)
    size = port.shape[1]
    assert isinstance(size, int)
    if "normal" in port.values:
        bound = port.values["normal"]
        values = torch.randn(n, size, generator=chance)
        return values if bound is None else values.clamp(-bound, bound)
    low, high = port.values["uniform"]
    return torch.rand(n, size, generator=chance) * (high - low) + low
