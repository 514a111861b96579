"""Directions of the latent space that change much, found without labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.exploration.latents import labels_for, random
from gankit.game import Generator

LATENTS = 1000
"""What principal components are found of."""


@dataclass(frozen=True, eq=False)
class Directions:
    """Unit directions of the latent, the strongest first."""

    vectors: Tensor
    """[k, size]."""
    shares: Tensor
    """[k]: each one's share of the variance, all directions together having 1."""


def principal(generator: Generator, count: int, *, label: int | None = None, seed: int = 0) -> Directions:
    """Where the first hidden layer of `generator` varies most: `count` principal components, as moves of the latent.

    The layer is what the second layer with weights is given, for 1000 random latents; each component becomes a latent
    direction by the linear regression of latents on components.

    Härkönen et al., "GANSpace: Discovering Interpretable GAN Controls", 2020. arXiv:2004.02546 (section 2.2)
    """
    latents = random(generator, LATENTS, seed=seed, purpose="principal")
    with watched(generator) as seen, torch.inference_mode():
        generator(latents, labels_for(generator, LATENTS, label))
    if len(seen) < 2:
        raise UserError("principal components need a generator of two layers or more: take --directions sefa")
    hidden = seen[1][1].flatten(1).double()
    hidden = hidden - hidden.mean(0)
    # The components of n points in many more dimensions, from their n inner products.
    variances, places = torch.linalg.eigh(hidden @ hidden.T)
    k = min(count, generator.prior.size)
    places = places.flip(1)[:, :k]
    return Directions(unit(places.T @ (latents.double() - latents.double().mean(0))), shares(variances.flip(0), k))


def factorised(generator: Generator, count: int) -> Directions:
    """What the weight W of the first layer of `generator` stretches most: `count` eigenvectors of W^T W.

    Shen and Zhou, "Closed-Form Factorization of Latent Semantics in GANs", 2020. arXiv:2007.06600 (equation 5)
    """
    latents = random(generator, 2, seed=0, purpose="factorised")
    with watched(generator) as seen, torch.inference_mode():
        generator(latents, labels_for(generator, 2, None))
    weight = matrix(seen[0][0])[:, : generator.prior.size] if seen else torch.empty(0, 0)
    if weight.shape[1] != generator.prior.size or not torch.equal(seen[0][1][:, : generator.prior.size], latents):
        raise UserError("this generator's first layer does not take the latent: take --directions pca")
    values, vectors = torch.linalg.eigh(weight.double().T @ weight.double())
    k = min(count, generator.prior.size)
    return Directions(unit(vectors.flip(1)[:, :k].T), shares(values.flip(0), k))


@contextmanager
def watched(generator: Generator) -> Iterator[list[tuple[Any, Tensor]]]:
    """Fills a list with the layers that have weights, in the order in which they run, and what each is given."""
    seen: list[tuple[Any, Tensor]] = []
    with ExitStack() as hooks:
        for module in generator.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                # A copy, because the activation after it may be in place.
                handle = module.register_forward_pre_hook(lambda layer, given: seen.append((layer, given[0].clone())))
                hooks.callback(handle.remove)
        yield seen


def matrix(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> Tensor:
    """The weight of `layer` as [outputs, inputs]."""
    weight = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
    return weight.transpose(0, 1).flatten(1).T if weight.dim() == 4 else weight


def unit(vectors: Tensor) -> Tensor:
    """`vectors` [k, size] as float32 of length 1, signed so that the largest component is positive."""
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    signs = vectors.gather(1, vectors.abs().argmax(1, keepdim=True)).sign()
    return (vectors * signs).float()


def shares(variances: Tensor, count: int) -> Tensor:
    return (variances.clamp(min=0) / variances.clamp(min=0).sum())[:count].float()
