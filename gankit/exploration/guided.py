"""What excites a unit: guided backpropagation from its strongest activations, and the filters of the first layer.

Springenberg et al., "Striving for Simplicity: The All Convolutional Net", 2014. arXiv:1412.6806 (section 3.4)
Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
2015. arXiv:1511.06434 (section 6 and Figure 5)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from gankit.base.errors import UserError
from gankit.exploration.layers import Layer, activations, choose, layers
from gankit.networks.parts import Maxout
from gankit.pictures import grid
from gankit.pictures.panels import panels, stretched

BATCH = 250
RECTIFIERS: dict[Any, Callable[..., Tensor]] = {
    **dict.fromkeys((F.relu, torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_), torch.relu),
    F.leaky_relu: F.leaky_relu,
    F.elu: F.elu,
}
"""Activations that are the identity above 0, whatever spelling or place they are called with, out of place."""


class Guided(TorchFunctionMode):
    """Within it a backward pass goes through rectifiers by the guided rule: a gradient passes where it is positive
    and the unit is active. It holds for modules and for functions, in place or not.

    ReLU, leaky ReLU and ELU are active above 0; a maxout unit always is, through its winning piece (`rectify`). Every
    other function has its own derivative.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        options = {key: value for key, value in (kwargs or {}).items() if key != "inplace"}
        if func not in RECTIFIERS:
            return func(*args, **(kwargs or {}))
        limit = {"relu": 1, "leaky_relu": 2, "elu": 2}[RECTIFIERS[func].__name__]  # what comes before `inplace`
        output = RECTIFIERS[func](*args[:limit], **options)
        return rectify(output, output > 0)


def rectify(output: Tensor, active: Tensor | None = None) -> Tensor:
    """`output`, whose gradient passes where it is positive and, if that is given, where the unit is `active`."""
    if output.requires_grad:
        output.register_hook(lambda gradient: gradient.clamp(min=0) * (1 if active is None else active))
    return output


def guided_gradient(network: nn.Module, data: Tensor, labels: Tensor | None, layer: Layer, units: Tensor) -> Tensor:
    """For each of `data` [n, *shape], what of it raises its unit in `units` [n] of `layer`, in the shape of `data`.

    A unit with a map is taken where it is strongest.
    """
    leaf = data.detach().float().requires_grad_()
    with ExitStack() as stack:
        for part in network.modules():
            if isinstance(part, Maxout):
                handle = part.register_forward_hook(_rectify_output)
                stack.callback(handle.remove)
        stack.enter_context(Guided())
        (outputs,) = activations(network, [layer], leaf, labels)
    peaks = outputs.flatten(2).amax(2) if outputs.dim() > 2 else outputs
    chosen = peaks.gather(1, units[:, None]).sum()
    return torch.autograd.grad(chosen, leaf)[0]


def _rectify_output(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
    return rectify(output)


@dataclass(frozen=True)
class Exciting:
    """The images that excite some units of a layer most, and what of them does."""

    images: Tensor
    """[units, k, C, h, w], the strongest first: of each image what the unit sees of it."""
    gradients: Tensor
    """The same shape: guided gradients."""
    units: list[int]
    peaks: list[float]
    """The strongest activation of each unit."""


@dataclass(frozen=True)
class Features:
    """What excites the units of one layer, in several discriminators."""

    layer: str
    of: dict[str, Exciting]
    """By the discriminator's name, such as "trained"."""

    def picture(self) -> Image.Image:
        sheets: dict[str, Image.Image] = {}
        for name, exciting in self.of.items():
            columns = exciting.images.shape[1]
            sheets[f"{name}: images that excite a unit most, a unit a row"] = grid(
                exciting.images.flatten(0, 1), columns=columns
            )
            sheets[f"{name}: what excites it, in {self.layer}"] = grid(
                stretched(exciting.gradients.flatten(0, 1)), columns=columns
            )
        return panels(sheets, columns=2)

    @property
    def numbers(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            **{name: {"units": exciting.units, "peaks": exciting.peaks} for name, exciting in self.of.items()},
        }


def features(
    networks: Mapping[str, nn.Module],
    images: Tensor,
    labels: Tensor | None = None,
    *,
    layer: str | None = None,
    units: int = 6,
    examples: int = 8,
) -> Features:
    """The strongest `units` of a layer in each of `networks`, of one architecture, on `images` [n, C, H, W].

    `layer` is a name that `layers` gives; by default the last convolution. Units are ranked by how far their strongest
    activation stands out of their own over all images, in standard deviations.
    """
    chosen = choose(layers(next(iter(networks.values())), images, labels), layer)
    return Features(
        chosen.name,
        {name: _exciting(network, images, labels, chosen, units, examples) for name, network in networks.items()},
    )


def _exciting(
    network: nn.Module, images: Tensor, labels: Tensor | None, layer: Layer, units: int, examples: int
) -> Exciting:
    parts: list[Tensor] = []
    with torch.no_grad():
        for batch, batch_labels in _batches(images, labels):
            (outputs,) = activations(network, [layer], batch, batch_labels)
            parts.append(outputs.flatten(2).amax(2) if outputs.dim() > 2 else outputs)
    peaks = torch.cat(parts)
    outstanding = (peaks.amax(0) - peaks.mean(0)) / peaks.std(0).clamp(min=1e-12)
    chosen = outstanding.topk(min(units, peaks.shape[1])).indices
    values, indices = peaks[:, chosen].T.topk(min(examples, len(images)))
    flat = indices.flatten()
    repeated = chosen.repeat_interleave(indices.shape[1])
    gradients = [
        guided_gradient(network, images[rows], None if labels is None else labels[rows], layer, units)
        for rows, units in zip(flat.split(BATCH), repeated.split(BATCH), strict=True)
    ]
    cropped = [part.unflatten(0, indices.shape).cpu() for part in crops(images[flat], torch.cat(gradients))]
    return Exciting(cropped[0], cropped[1], chosen.tolist(), values[:, 0].tolist())


def crops(images: Tensor, gradients: Tensor) -> tuple[Tensor, Tensor]:
    """Windows of one size on both [n, C, H, W], each around where its gradient is not 0."""
    touched = gradients.abs().amax(1) > 0
    windows = []
    for along in (2, 1):  # rows that hold any, then columns
        where = touched.any(along).float()
        first, last = where.argmax(1), where.shape[1] - 1 - where.flip(1).argmax(1)
        size = int((last - first + 1).max())
        start = ((first + last + 1 - size) // 2).clamp(0, where.shape[1] - size)
        windows.append(start[:, None] + torch.arange(size, device=start.device))
    rows, columns = windows
    item = torch.arange(len(images), device=images.device)[:, None, None]
    cropped = [part.permute(0, 2, 3, 1)[item, rows[:, :, None], columns[:, None, :]] for part in (images, gradients)]
    return cropped[0].permute(0, 3, 1, 2), cropped[1].permute(0, 3, 1, 2)


def _batches(images: Tensor, labels: Tensor | None) -> Iterable[tuple[Tensor, Tensor | None]]:
    label_batches = [None] * len(images) if labels is None else labels.split(BATCH)
    return zip(images.split(BATCH), label_batches, strict=False)


@dataclass(frozen=True)
class Filters:
    """The weights of the first layer of several discriminators, each filter over its own largest magnitude."""

    layer: str
    of: dict[str, Tensor]
    """[filters, C, h, w], strongest first."""
    strengths: dict[str, list[float]]
    """The length of each filter, in the same order."""

    def picture(self) -> Image.Image:
        sheets = {f"{name}: filters of {self.layer}": grid(stretched(weights)) for name, weights in self.of.items()}
        return panels(sheets, columns=2)

    @property
    def numbers(self) -> dict[str, Any]:
        return {"layer": self.layer, "strengths": self.strengths}


def filters(
    networks: Mapping[str, nn.Module], images: Tensor, labels: Tensor | None = None, *, most: int = 64
) -> Filters:
    """The strongest filters of the first layer, at `most` so many: kernels, or weights of whole images.

    `images` [n, C, H, W] are only passed through. What a filter says of labels that join the image is left out.
    """
    of, strengths, layer = {}, {}, ""
    for name, network in networks.items():
        first = choose(layers(network, images, labels)[:1], None)
        layer = first.name
        module = first.module.linear if isinstance(first.module, Maxout) else first.module
        weights = module.get_parameter("weight").detach().float().cpu()
        channels, size = images.shape[1], images[0].numel()
        if weights.dim() == 4:
            weights = weights[:, :channels]
        elif weights.shape[1] == size:
            weights = weights.unflatten(1, images.shape[1:])
        else:
            raise UserError(f"the weights of {first.name} are no pictures: it does not take the image itself")
        lengths = weights.flatten(1).norm(dim=1)
        strongest = lengths.topk(min(most, len(weights))).indices
        of[name], strengths[name] = weights[strongest], lengths[strongest].tolist()
    return Filters(layer, of, strengths)
