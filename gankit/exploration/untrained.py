"""A discriminator that has learned nothing, to look at beside a trained one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gankit.base.randomness import derive, seeded
from gankit.exploration.layers import activations
from gankit.game import Method
from gankit.game.batch import DataSpec
from gankit.networks.batch_statistics import recalibrate

SETTLING = 500
"""Images that its batch norms are given."""


def untrained_discriminator(
    method: Method[Any], spec: DataSpec, images: Tensor, labels: Tensor | None, *, seed: int
) -> nn.Module:
    """The discriminator of `method` with the weights that `seed` draws; its batch norms have seen some of `images`.

    It is on the device of `images` [n, C, H, W]; `labels` [n] are for one that takes them.
    """
    with seeded(torch.device("cpu"), derive(seed, "random discriminator")):
        network = method.players(spec).discriminator.to(images.device).requires_grad_(False)
    few = images[:SETTLING], None if labels is None else labels[:SETTLING]
    return recalibrate(network, lambda: activations(network, [], *few))
