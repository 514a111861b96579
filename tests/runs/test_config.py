"""Configurations survive JSON, and their differences are named."""

from __future__ import annotations

import json

import pytest

from gankit.base.config import build, differences
from gankit.base.errors import UserError
from gankit.game.optimizers import Adam
from gankit.methods import METHODS
from gankit.methods.began import BEGAN
from gankit.methods.gan import GAN
from gankit.networks import MLP
from gankit.runs.config import completed, decode, encode
from gankit.runs.options import Options


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
    assert "network.class: MaxoutMLP -> MLP" in lines
    assert not list(differences(old, encode(GAN())))


def test_a_field_that_is_newer_than_a_file_has_its_default_there() -> None:
    new = encode(GAN(network=MLP(), batch_size=7))
    old = json.loads(json.dumps(new))
    del old["stabilisers"], old["network"]["minibatch"]
    assert completed(old) == new
    assert list(differences(completed(old), encode(GAN(network=MLP(minibatch=3), batch_size=8)))) == [
        "network.minibatch: 0 -> 3",
        "batch_size: 7 -> 8",
    ]


def test_a_field_whose_default_is_another_than_what_was_done_before_keeps_that_in_older_files() -> None:
    old = json.loads(json.dumps(encode(BEGAN())))
    del old["patience"]
    assert BEGAN().patience
    assert decode(old) == BEGAN(patience=0)
    assert list(differences(completed(old), encode(BEGAN()))) == [f"patience: 0 -> {BEGAN().patience}"]


@pytest.mark.parametrize(
    "old", [{"class": "gankit.gone:Gone"}, {"class": "nowhere:Thing", "a": 1}, "0.1.0", {"a": [1]}]
)
def test_what_can_t_be_decoded_today_stays_as_it_is(old: object) -> None:
    assert completed(old) == old


def test_an_unknown_option_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(UserError, match=r"no option 'stepz' .did you mean 'steps'"):
        build(Options, {"stepz": 3})


@pytest.mark.parametrize("name", ["os:system", "nowhere:Thing", "gankit.base.errors:UserError"])
def test_only_dataclasses_at_hand_are_built_from_a_file(name: str) -> None:
    with pytest.raises(UserError, match="not at hand"):
        decode({"class": name})
