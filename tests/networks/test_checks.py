"""Sizes that no network can have are refused before anything is built."""

from __future__ import annotations

from typing import Any

import pytest

from gankit.base.errors import UserError
from gankit.networks import (
    MLP,
    ACGANNetwork,
    CatGANNetwork,
    CGANNetwork,
    DCGANNetwork,
    FGANNetwork,
    InfoGANNetwork,
    MaxoutMLP,
    MLPAutoencoder,
    WeightNormMLP,
)


@pytest.mark.parametrize(
    ("kind", "field", "value", "message"),
    [
        (MaxoutMLP, "units", 0, "units must be at least 1, not 0"),
        (MaxoutMLP, "dropout", 1.5, "dropout must be at least 0 and below 1, not 1.5"),
        (CatGANNetwork, "generator_widths", (500, 0), "generator-widths must be at least 1, not 500 0"),
        (CatGANNetwork, "noise", -0.5, "noise can't be negative: -0.5"),
        (CGANNetwork, "pieces", (5, 0, 4), "pieces must be at least 1, not 5 0 4"),
        (WeightNormMLP, "latent", 0, "latent must be at least 1, not 0"),
        (MLP, "generator_widths", (-5,), "generator-widths must be at least 1, not -5"),
        (MLP, "dropout", 1.0, "dropout must be at least 0 and below 1, not 1.0"),
        (MLPAutoencoder, "decoder_widths", (0,), "decoder-widths must be at least 1, not 0"),
        (DCGANNetwork, "init_sd", -1.0, "init-sd can't be negative: -1.0"),
        (InfoGANNetwork, "width", 0, "width must be at least 1, not 0"),
        (FGANNetwork, "generator_init_sd", float("nan"), "generator-init-sd can't be negative: nan"),
        (ACGANNetwork, "noise", -0.1, "noise can't be negative: -0.1"),
    ],
)
def test_what_no_network_can_have(kind: Any, field: str, value: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        kind(**{field: value})
    assert str(caught.value) == message


def test_layers_may_be_left_out_and_spreads_unset() -> None:
    assert MLP(generator_widths=()).generator_widths == ()
    assert DCGANNetwork(init_sd=None).init_sd is None
