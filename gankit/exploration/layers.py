"""Any discriminator, looked into: what it says of data as one score, and what each of its layers says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError, nearest
from gankit.health.scoring import takes_labels
from gankit.networks import Autoencoder, Heads
from gankit.networks.parts import Maxout

WEIGHTS = {nn.Conv2d: "conv", nn.ConvTranspose2d: "deconv", Maxout: "maxout", nn.Linear: "linear"}
"""Modules that begin a layer, and what the layer is called."""
FOLLOWERS = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.InstanceNorm2d, nn.LayerNorm)
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.PReLU, nn.SiLU, nn.GELU, nn.Softplus, nn.Tanh, nn.Sigmoid)


@dataclass(frozen=True)
class Layer:
    """A module with weights, and the norm and activation that follow it."""

    name: str
    """Its kind and its number among its kind, such as "conv2"."""
    module: nn.Module
    """The one with the weights."""
    call: int
    """Which call of a part, counted in the order of a forward pass, gives what the layer says."""
    shape: tuple[int, ...]
    """What it says of one sample: (channels, height, width), or (units,)."""


def layers(network: nn.Module, data: Tensor, labels: Tensor | None = None) -> list[Layer]:
    """The layers of a discriminator in the order in which they come; of an auto-encoder, those of its encoder.

    The last, which gives the score, is among them. `data` [n, *shape] are only passed through.
    """
    all_layers: list[Layer] = []
    counts: dict[str, int] = {}
    state = network.training
    with torch.no_grad(), _listen(_trunk(network)) as calls:
        _answer(network.eval(), data[:2], labels)
    network.train(state)
    for index, (part, output) in enumerate(calls):
        kind = next((name for weighted, name in WEIGHTS.items() if isinstance(part, weighted)), None)
        if kind:
            counts[kind] = counts.get(kind, 0) + 1
            all_layers.append(Layer(f"{kind}{counts[kind]}", part, index, tuple(output.shape[1:])))
        elif all_layers and all_layers[-1].call == index - 1 and isinstance(part, (*FOLLOWERS, *ACTIVATIONS)):
            last = all_layers[-1]
            all_layers[-1] = Layer(last.name, last.module, index, last.shape)
    return all_layers


def hidden(all_layers: list[Layer]) -> list[Layer]:
    """The convolutions among the layers of a discriminator; where there are none, all layers but the last."""
    convolutions = [layer for layer in all_layers if layer.name.startswith("conv") and math.prod(layer.shape) > 1]
    return convolutions or all_layers[:-1]


def choose(all_layers: list[Layer], name: str | None) -> Layer:
    """The layer called `name`; by default the last convolution, or the last hidden layer."""
    if not all_layers:
        raise UserError("this discriminator has no layer that is known here: convolutional, linear or maxout")
    if name is None:
        return (hidden(all_layers) or all_layers)[-1]
    for layer in all_layers:
        if layer.name == name:
            return layer
    names = [layer.name for layer in all_layers]
    raise UserError(f"no layer {name!r}{nearest(name, names)}: this discriminator has {', '.join(names)}")


def activations(network: nn.Module, chosen: list[Layer], data: Tensor, labels: Tensor | None = None) -> list[Tensor]:
    """What each of the layers `chosen` says of `data`, [n, *layer.shape] each, with a graph where there is one."""
    with _listen(_trunk(network), {layer.call for layer in chosen}) as calls:
        _answer(network, data, labels)
    return [calls[layer.call][1] for layer in chosen]


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps [n, 1, h, w] of a score at every patch as [n, 1, *size], over the image that the patches are of."""
    return F.interpolate(maps, size, mode="bilinear", align_corners=False)


def _trunk(network: nn.Module) -> nn.Module:
    if isinstance(network, Autoencoder):
        return network.encoder
    return network.trunk if isinstance(network, Heads) else network


def _answer(network: nn.Module, data: Tensor, labels: Tensor | None) -> None:
    if takes_labels(network):
        if labels is None:
            raise UserError("this discriminator is told the label of what it sees: its layers can't be asked without")
        network(data, labels[: len(data)])
    else:
        _trunk(network)(data)


@contextmanager
def _listen(network: nn.Module, numbers: set[int] | None = None) -> Iterator[list[tuple[nn.Module, Tensor]]]:
    """Every call of a part of `network`, with what it gave: of the calls with `numbers` alone, or of all.

    A part is a module without others inside, or a maxout layer. What an activation in place overwrites is seen
    overwritten: ask for the activation's call instead.
    """
    calls: list[tuple[nn.Module, Tensor]] = []
    empty = torch.empty(0)

    def note(module: nn.Module, inputs: object, output: Tensor) -> None:
        calls.append((module, output if numbers is None or len(calls) in numbers else empty))

    inside = {part for outer in network.modules() if isinstance(outer, Maxout) for part in outer.children()}
    parts = [part for part in network.modules() if isinstance(part, Maxout) or not any(part.children())]
    handles = [part.register_forward_hook(note) for part in parts if part not in inside]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()
