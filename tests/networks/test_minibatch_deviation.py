"""The standard deviation over groups of a batch, as one more feature."""

from __future__ import annotations

import pytest
import torch

from gankit.base.errors import UserError
from gankit.methods.dragan import DRAGAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import ConvAutoencoder, ConvOrMLP, DCGANNetwork
from gankit.networks.parts import MinibatchDeviation


def test_minibatch_deviation_is_the_mean_spread_of_a_group() -> None:
    torch.manual_seed(0)
    features = torch.randn(8, 5)
    joined = MinibatchDeviation(4)(features)
    assert torch.equal(joined[:, :5], features)
    for group in (0, 1):
        spread = features[group::2].std(0, correction=0).mean()
        torch.testing.assert_close(joined[group::2, 5], spread.expand(4))
    assert MinibatchDeviation(4)(torch.ones(7, 3))[:, 3].max() < 1e-3  # a group of all, and all alike
    assert MinibatchDeviation(4)(features[:2]).shape == (2, 6)


def test_minibatch_deviation_is_refused_by_penalties_on_single_samples() -> None:
    network = ConvOrMLP(conv=DCGANNetwork(discriminator_norm="none", minibatch_deviation=4))
    for method in (WGANGP, DRAGAN):
        with pytest.raises(UserError, match="tie samples together"):
            method(network=network)
    with pytest.raises(UserError, match="can't be negative"):
        DCGANNetwork(minibatch_deviation=-1)
    with pytest.raises(UserError, match="nothing of the minibatch"):
        ConvAutoencoder(minibatch_deviation=4)
