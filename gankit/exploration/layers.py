"""Any discriminator, looked into: what it says of data as one score, and what each of its layers says."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError, nearest
from gankit.losses.objectives import real_class_score
from gankit.networks import Autoencoder, Heads
from gankit.networks.parts import Maxout

WEIGHTS = {nn.Conv2d: "conv", nn.ConvTranspose2d: "deconv", Maxout: "maxout", nn.Linear: "linear"}
"""Modules that begin a layer, and what the layer is called."""
FOLLOWERS = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.InstanceNorm2d, nn.LayerNorm)
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.PReLU, nn.SiLU, nn.GELU, nn.Softplus, nn.Tanh, nn.Sigmoid)


def takes_labels(network: nn.Module) -> bool:
    """Whether `network` is a discriminator of data and labels, as a conditional GAN's is."""
    needed = [p for p in inspect.signature(network.forward).parameters.values() if p.default is p.empty]
    return len([p for p in needed if p.kind is p.POSITIONAL_OR_KEYWORD]) > 1


def score_map(network: nn.Module, data: Tensor, labels: Tensor | None = None) -> Tensor:
    """What a discriminator says of `data` [n, *shape]: higher for more real, [n] or a map [n, 1, h, w].

    An auto-encoder scores every place by minus its error there, averaged over channels; one that names K classes by
    log Z, as in `objectives.real_class_score`; one that only sorts into categories by how sure it is, in nats.
    """
    given = network(data, labels) if takes_labels(network) else network(data)
    if isinstance(network, Autoencoder):
        error = (given.float() - data).abs()
        return -error.mean(1, keepdim=True) if error.dim() == 4 else -error.flatten(1).mean(1)
    if isinstance(given, dict):
        if "score" in given:
            return given["score"].float()
        if "classes" in given:
            return real_class_score(given["classes"])
        if "categories" in given:
            logs = given["categories"].float().log_softmax(-1)
            return (logs.exp() * logs).sum(-1)
        raise UserError(f"none of its answers is a score: {', '.join(given)}")
    if given.dim() == 4 and given.shape[1] == 1:
        return given.float()
    if given.numel() == len(data):
        return given.float().flatten()
    raise UserError(f"it answers {list(given.shape[1:])} for each image, where a score or a map of scores is needed")


def scores(network: nn.Module, data: Tensor, labels: Tensor | None = None) -> Tensor:
    """The same as one number for each of `data`, [n]: the mean of a map."""
    return score_map(network, data, labels).reshape(len(data), -1).mean(1)


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
    found: list[Layer] = []
    counts: dict[str, int] = {}
    state = network.training
    with torch.no_grad(), _listen(_trunk(network)) as calls:
        _answer(network.eval(), data[:2], labels)
    network.train(state)
    for index, (part, given) in enumerate(calls):
        kind = next((name for weighted, name in WEIGHTS.items() if isinstance(part, weighted)), None)
        if kind:
            counts[kind] = counts.get(kind, 0) + 1
            found.append(Layer(f"{kind}{counts[kind]}", part, index, tuple(given.shape[1:])))
        elif found and found[-1].call == index - 1 and isinstance(part, (*FOLLOWERS, *ACTIVATIONS)):
            last = found[-1]
            found[-1] = Layer(last.name, last.module, index, last.shape)
    return found


def hidden(found: list[Layer]) -> list[Layer]:
    """The convolutions among the layers of a discriminator; where there are none, all layers but the last."""
    convolutions = [layer for layer in found if layer.name.startswith("conv") and math.prod(layer.shape) > 1]
    return convolutions or found[:-1]


def choose(found: list[Layer], name: str | None) -> Layer:
    """The layer called `name`; by default the last convolution, or the last hidden layer."""
    if not found:
        raise UserError("this discriminator has no layer that is known here: convolutional, linear or maxout")
    if name is None:
        return (hidden(found) or found)[-1]
    for layer in found:
        if layer.name == name:
            return layer
    names = [layer.name for layer in found]
    raise UserError(f"no layer {name!r}{nearest(name, names)}: this discriminator has {', '.join(names)}")


def activations(network: nn.Module, wanted: list[Layer], data: Tensor, labels: Tensor | None = None) -> list[Tensor]:
    """What each of the layers `wanted` says of `data`, [n, *layer.shape] each, with a graph where there is one."""
    with _listen(_trunk(network), {layer.call for layer in wanted}) as calls:
        _answer(network, data, labels)
    return [calls[layer.call][1] for layer in wanted]


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
def _listen(network: nn.Module, wanted: set[int] | None = None) -> Iterator[list[tuple[nn.Module, Tensor]]]:
    """Every call of a part of `network`, with what it gave: of the `wanted` numbers alone, or of all.

    A part is a module without others inside, or a maxout layer. What an activation in place overwrites is seen
    overwritten: ask for the activation's call instead.
    """
    calls: list[tuple[nn.Module, Tensor]] = []
    empty = torch.empty(0)

    def note(module: nn.Module, inputs: object, output: Tensor) -> None:
        calls.append((module, output if wanted is None or len(calls) in wanted else empty))

    inside = {part for outer in network.modules() if isinstance(outer, Maxout) for part in outer.children()}
    parts = [part for part in network.modules() if isinstance(part, Maxout) or not any(part.children())]
    handles = [part.register_forward_hook(note) for part in parts if part not in inside]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()
