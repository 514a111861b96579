"""Batch norms that have seen data alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gankit.game.batch import DataSpec
from gankit.networks import DCGANNetwork
from gankit.networks.batch_statistics import recalibrate


def test_recalibration_gives_batch_norms_the_data_s_averages() -> None:
    torch.manual_seed(0)
    network, data = DCGANNetwork(width=4).discriminator(DataSpec(shape=(3, 16, 16))), torch.rand(64, 3, 16, 16) * 2 - 1
    fresh = network(data)  # in training: normalised by this batch
    network(data + 3)  # which leaves its traces
    recalibrate(network, lambda: network(data))
    assert not network.training
    assert {part.momentum for part in network.modules() if isinstance(part, nn.BatchNorm2d)} == {0.1}
    torch.testing.assert_close(network(data), fresh, rtol=0.02, atol=0.02)


def test_without_batch_norms_nothing_is_looked_at() -> None:
    network = recalibrate(nn.Linear(2, 2), lambda: pytest.fail("nothing to recalibrate"))
    assert not network.training
