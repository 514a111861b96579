"""Five steps of every method, to the bit: where this kind of machine is recorded, the losses are what they were."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

import gankit
from tests.pin import PIN
from tests.rows import rows


def test_every_public_method_and_all_that_they_are_made_of_is_played() -> None:
    assert len(PIN.methods()) == 20
    assert set(PIN.methods()) <= PIN.PLAYED.keys()

    def within(value: Any) -> set[str]:
        inner = vars(value).values() if hasattr(type(value), "__dataclass_fields__") else ()
        return {type(value).__name__}.union(*map(within, inner))

    played = set().union(*(within(PIN.method_of(name)) for name in PIN.PLAYED))
    assert PIN.kinds().keys() - played == set()


@pytest.mark.parametrize("name", rows(PIN.methods(), ["BEGAN"]))
def test_its_losses_are_what_they_were(name: str) -> None:
    if not PIN.recorded_at().exists():
        pytest.skip(f"nothing is recorded for {PIN.machine()}: make pin BASE=commit compares there")
    assert PIN.difference(json.loads(PIN.recorded_at().read_text())[name], PIN.play(name)) is None


@pytest.mark.parametrize("name", ["DCGAN", "WGAN", "Pix2Pix"])
def test_an_altered_loss_is_caught_with_its_step_and_term(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PIN.play(name, steps=2)
    assert PIN.difference(before, PIN.play(name, steps=2)) is None
    kind = getattr(gankit, name)
    theirs = kind.generator_loss

    def altered(self: Any, players: Any, batch: Any) -> Any:
        return {term: value * (1 + 1e-6) for term, value in theirs(self, players, batch).items()}

    monkeypatch.setattr(kind, "generator_loss", altered)
    found = PIN.difference(before, PIN.play(name, steps=2))
    assert found is not None
    assert found.startswith("generator/")
    assert "at step 1: " in found


def test_a_gradient_that_is_altered_and_not_the_loss_is_caught_a_step_later(monkeypatch: pytest.MonkeyPatch) -> None:
    before = PIN.play("LSGAN", steps=2)
    theirs = gankit.LSGAN.generator_loss

    def altered(self: Any, players: Any, batch: Any) -> Any:
        terms = theirs(self, players, batch)
        return {term: value + 0.01 * (value - value.detach()) for term, value in terms.items()}

    monkeypatch.setattr(gankit.LSGAN, "generator_loss", altered)
    found = PIN.difference(before, PIN.play("LSGAN", steps=2))
    assert found is not None
    assert "at step 2: " in found


def test_what_is_missing_or_new_or_can_t_be_played_is_a_difference() -> None:
    play = {"generator/a": [1.0, 2.0], "average": [0.0]}
    assert PIN.difference(play, {**play}) is None
    assert PIN.difference(play, {"average": [0.0]}) == "other terms: generator/a"
    assert PIN.difference(play, {**play, "average": [-0.0]}) == "value 1 of the average's: 0.0 became -0.0"
    assert PIN.difference(play, {**play, "generator/a": [1.0]}) == "generator/a at step 2: 2.0 became "
    assert PIN.difference(play, "can't be played") == "can't be played"
    assert PIN.difference("was not played", play) == "before: was not played"


def test_the_machine_s_name_is_a_file_s() -> None:
    assert torch.__version__ in PIN.machine()
    assert PIN.recorded_at().parent.name == "pins"
