"""How steep a discriminator is, and what that may cost it.

A penalty differentiates a gradient. It is computed in at least float32, whatever the precision around it; where that is
TF32, the way back from the penalty to the weights is in TF32 all the same.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from gankit.base.devices import full_float32


def input_gradient(
    network: Callable[[Tensor], Tensor], inputs: Float[Tensor, " n *shape"]
) -> Float[Tensor, " n *shape"]:
    """Gradient of the summed scores at `inputs`, with a graph to the weights.

    Its n-th entry is the gradient of the n-th score, so long as no sample's score depends on another sample
    (as it does under batch normalisation). `inputs` themselves get no gradient.
    """
    leaf = inputs.detach().to(torch.promote_types(inputs.dtype, torch.float32)).requires_grad_()
    with full_float32(leaf.device):
        return torch.autograd.grad(network(leaf).sum(), leaf, create_graph=True)[0]


def gradient_norms(network: Callable[[Tensor], Tensor], inputs: Float[Tensor, "n ..."]) -> Float[Tensor, " n"]:
    """Length of each sample's input gradient over all its dimensions; where it is 0 its slope is 0."""
    return torch.linalg.vector_norm(input_gradient(network, inputs).flatten(1), dim=1)


def between(real: Float[Tensor, " n *shape"], fake: Float[Tensor, " n *shape"]) -> Float[Tensor, " n *shape"]:
    """A uniform point of the segment from each sample of `fake` to its partner in `real`."""
    assert real.shape == fake.shape
    epsilon = torch.rand(len(real), *[1] * (real.dim() - 1), dtype=real.dtype, device=real.device)
    return torch.lerp(fake.to(real.dtype), real, epsilon)


def gradient_penalty(
    network: Callable[[Tensor], Tensor], real: Float[Tensor, " n *shape"], fake: Float[Tensor, " n *shape"]
) -> Float[Tensor, ""]:
    """E (|grad f(x)| - 1)^2 at x between `real` and `fake`.

    Gulrajani et al. 2017, Algorithm 1. arXiv:1704.00028
    """
    return slope_penalty(network, between(real, fake))


def slope_penalty(
    network: Callable[[Tensor], Tensor], points: Float[Tensor, "n ..."], slope: float = 1.0
) -> Float[Tensor, ""]:
    """E (|grad f(x)| - slope)^2 at x in `points`."""
    return (gradient_norms(network, points) - slope).square().mean()


def squared_slope(network: Callable[[Tensor], Tensor], points: Float[Tensor, "n ..."]) -> Float[Tensor, ""]:
    """E |grad D(x)|^2 at x in `points`, the squares summed over all dimensions: R1 at data, R2 at samples.

    Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018. arXiv:1801.04406 (equation 9)
    """
    return input_gradient(network, points).square().flatten(1).sum(1).mean()


def near(real: Float[Tensor, " n *shape"], variance: float) -> Float[Tensor, " n *shape"]:
    """Each sample of `real` moved by N(0, variance I).

    Kodali et al. 2017, Algorithm 1. arXiv:1705.07215
    """
    return real + variance**0.5 * torch.randn_like(real)


def brightened(real: Float[Tensor, " n *shape"]) -> Float[Tensor, " n *shape"]:
    """Each sample of `real` moved by alpha / 2 times the batch's standard deviation times U[0, 1].

    alpha is uniform on [0, 1], one for each sample; the last factor is drawn for every entry, and none is negative.
    The released code of Kodali et al. 2017.
    """
    alpha = torch.rand(len(real), *[1] * (real.dim() - 1), dtype=real.dtype, device=real.device)
    return real + alpha / 2 * real.std(correction=0) * torch.rand_like(real)
