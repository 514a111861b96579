"""Discriminators that have learned nothing."""

from __future__ import annotations

import torch

from gankit.exploration.untrained import untrained_discriminator
from gankit.game.batch import DataSpec
from gankit.methods.dcgan import DCGAN
from gankit.networks import DCGANNetwork

SPEC = DataSpec(shape=(1, 8, 8))
METHOD = DCGAN(network=DCGANNetwork(width=4))


def test_it_follows_from_the_seed_and_has_seen_the_images() -> None:
    images = torch.rand(20, 1, 8, 8) * 2 - 1
    state = torch.random.get_rng_state()
    first, again, other = (untrained_discriminator(METHOD, SPEC, images, None, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(first(images), again(images))
    assert not torch.equal(first(images), other(images))
    assert not first.training
    assert not any(weight.requires_grad for weight in first.parameters())
    means = [value for name, value in first.state_dict().items() if name.endswith("running_mean")]
    assert means
    assert all(mean.any() for mean in means)
