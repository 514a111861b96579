"""Configurations survive JSON, and their differences are named."""

from __future__ import annotations

import json

import pytest

from gankit.config import build, decode, differences, encode
from gankit.errors import UserError
from gankit.methods import METHODS
from gankit.methods.gan import GAN
from gankit.networks import MLP
from gankit.optimizers import Adam
from gankit.run import Options


@pytest.mark.parametrize("name", METHODS)
def test_a_method_survives_json(name: str) -> None:
    method = METHODS[name].load()()
    assert decode(json.loads(json.dumps(encode(method)))) == method


def test_nested_choices_survive_too() -> None:
    method = GAN(network=MLP(generator_widths=(3, 4)), generator_optimizer=Adam(betas=(0.1, 0.2)))
    assert decode(json.loads(json.dumps(encode(method)))) == method


def test_differences_name_the_field_and_both_values() -> None:
    old, new = encode(GAN()), encode(GAN(batch_size=7, network=MLP()))
    lines = list(differences(old, new))
    assert "batch_size: 100 -> 7" in lines
    assert "network.class: gankit.networks.maxout:MaxoutMLP -> gankit.networks.mlp:MLP" in lines
    assert not list(differences(old, encode(GAN())))


def test_an_unknown_option_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(UserError, match=r"no option 'stepz' .did you mean 'steps'"):
        build(Options, {"stepz": 3})


@pytest.mark.parametrize("name", ["os:system", "nowhere:Thing", "gankit.errors:UserError"])
def test_only_dataclasses_at_hand_are_built_from_a_file(name: str) -> None:
    with pytest.raises(UserError, match="not at hand"):
        decode({"class": name})
