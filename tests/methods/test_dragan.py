"""DRAGAN's penalty: where it is taken, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Players
from gankit.game.batch import DataSpec, Images
from gankit.losses.objectives import fake_cross_entropy, real_cross_entropy
from gankit.losses.penalties import brightened, near
from gankit.methods.dragan import DRAGAN
from gankit.networks import MLP

SPEC = DataSpec(shape=(1, 5, 3))
REAL = torch.randn(6, 1, 5, 3, generator=torch.Generator().manual_seed(0))


class Bowl(nn.Module):
    """The score |x|^2, whose slope at x is 2 |x|."""

    def forward(self, data: Tensor) -> Tensor:
        return data.flatten(1).square().sum(1)


def terms(method: DRAGAN) -> dict[str, Tensor]:
    torch.manual_seed(0)
    players = Players(MLP(generator_widths=(4,)).generator(SPEC), Bowl())
    torch.manual_seed(1)
    return method.discriminator_loss(players, Images(REAL))


@pytest.mark.parametrize("noise", ["gaussian", "released"])
def test_the_penalty_is_on_the_logit_s_slope_at_data_with_noise(noise: Literal["gaussian", "released"]) -> None:
    method = DRAGAN(noise=noise, penalty=3.0, slope=2.0, noise_variance=0.04)
    got = terms(method)["gradient_penalty"]
    torch.manual_seed(1)
    at = near(REAL, 0.04) if noise == "gaussian" else brightened(REAL)
    norms = torch.stack([2 * point.norm() for point in at])
    torch.testing.assert_close(got, 3 * (norms - 2).square().mean())
    assert not torch.allclose(got, 3 * (2 * REAL.flatten(1).norm(dim=1) - 2).square().mean())


def test_the_rest_is_the_first_game() -> None:
    torch.manual_seed(0)
    players = Players(MLP(generator_widths=(4,)).generator(SPEC), Bowl())
    torch.manual_seed(1)
    near(REAL, 0.01)
    fake = players.generator.sample(6)
    got = terms(DRAGAN())
    torch.testing.assert_close(got["real"], real_cross_entropy(Bowl()(REAL)))
    torch.testing.assert_close(got["fake"], fake_cross_entropy(Bowl()(fake)))


def test_mistakes_are_named() -> None:
    network = DRAGAN().network
    with pytest.raises(UserError, match="can't use batch norm"):
        DRAGAN(network=replace(network, conv=replace(network.conv, discriminator_norm="batch")))
    for wrong in ("penalty", "slope", "noise_variance"):
        with pytest.raises(UserError, match="can't be negative"):
            replace(DRAGAN(), **{wrong: -1e-9})
