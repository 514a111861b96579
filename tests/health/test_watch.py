"""Watching changes no bit of a game, and goes on where it was."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from gankit.health.watch import Watch
from gankit.training.state import State
from tests.rows import rows
from tests.runs.material import assert_same_weights, lines
from tests.tiny import OTHERWISE, POINTS, TINY

ALL = {**TINY, **OTHERWISE, "points": POINTS}


def played(name: str, *, watched: bool, steps: int = 4) -> tuple[State, list[dict[str, float]]]:
    row = ALL[name]
    state, batches = row.start()
    looks = []
    watch = Watch(state, row.pack(), row.pack, every=2) if watched else None
    for _ in range(steps):
        if watch:
            watch.before(state.step + 1)
        terms = state.advance(batches)
        if watch:
            watch.after(terms)
            if watch.due(state.step):
                looks.append(watch.look())
    return state, looks


@pytest.mark.parametrize("name", rows(ALL, OTHERWISE))
def test_a_look_changes_no_bit_of_any_game(name: str) -> None:
    plain, _ = played(name, watched=False)
    watched, looks = played(name, watched=True)
    for part, group in plain.tensors().items():
        for key, value in group.items():
            assert torch.equal(value, watched.tensors()[part][key]), (part, key)
    assert all(
        buffer.equal(other) for buffer, other in zip(plain.players.buffers(), watched.players.buffers(), strict=True)
    )
    assert len(looks) == 2
    assert all(math.isfinite(value) for value in looks[-1].values())
    assert looks[-1].keys() >= {"health/separation", "health/gradient_ratio", "health/drift"}


def test_variety_and_what_is_known_by_heart_are_not_told_from_a_translator_s_four_pictures() -> None:
    of_many = {"health/diversity", "health/modes", "health/duplicates", "health/two_sample", "health/memorised"}
    _, looks = played("dcgan", watched=True)
    assert of_many <= looks[-1].keys()
    for translator in ("pix2pix", "cyclegan"):
        _, looks = played(translator, watched=True)
        assert not of_many & looks[-1].keys()


def test_a_critic_has_no_accuracy() -> None:
    _, looks = played("wgan", watched=True)
    assert "health/accuracy_real" not in looks[-1]
    _, looks = played("dcgan", watched=True)
    assert {"health/accuracy_real", "health/accuracy_fake", "health/accuracy_held_out"} <= looks[-1].keys()


def test_what_is_logged_does_not_depend_on_an_interruption(tmp_path: Path) -> None:
    often = {"steps": 60, "log_every": 1, "checkpoint_every": 0, "preview_every": 0, "precision": "fp32"}
    row = TINY["dcgan"]
    row.train(tmp_path / "whole", **often)
    for steps in (23, 57, 60):
        row.train(tmp_path / "parts", **{**often, "steps": steps})
    assert_same_weights(tmp_path / "whole", tmp_path / "parts")

    def told(out: Path) -> list[str]:
        looks = [{k: v for k, v in line.items() if k.startswith(("health", "verdict"))} for line in lines(out)]
        return [json.dumps(look) for look in looks if look]

    assert len(told(tmp_path / "whole")) == 1
    assert told(tmp_path / "whole") == told(tmp_path / "parts")
