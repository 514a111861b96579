"""The recipes on points and lines, cut short: what they train is what they say, and what they return is judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.evaluation.card import read_card
from gankit.losses import divergences
from gankit.reproduce import one_gaussian, recipe_called
from gankit.reproduce.recipe import Trial, Values
from gankit.reproduce.toys import released, small, wgan_gp

NAMES = {
    **{f"{name}-ring": 512 for name in ("gan", "lsgan", "dragan")},
    **{f"{name}-ring-small": 256 for name in ("gan", "lsgan", "dragan")},
    "wgan-gp-ring": 256,
    "wgan-gp-grid": 256,
}
"""The batches of each."""


def run(name: str, out: Path, steps: int) -> Values:
    return recipe_called(name).run(Trial(seed=0, steps=steps, fraction=1.0, out=out, say=lambda line: None))


@pytest.mark.parametrize("name", NAMES)
def test_a_toy_gives_the_figures_that_its_targets_are_of(name: str, tmp_path: Path) -> None:
    values = run(name, tmp_path, steps=1)
    assert {target.figure for target in recipe_called(name).targets} <= values.keys()
    assert next(iter(values)) in ("modes", "all-modes")
    trained = gankit.load(tmp_path)
    assert trained.config["precision"] == "fp32"
    assert trained.config["method"]["batch_size"] == NAMES[name]
    assert {figure.subject["weights"] for figure in read_card(tmp_path).figures} == {"last"}


@pytest.mark.parametrize("protocol", [released, small])
def test_the_ring_is_the_same_game_but_for_the_losses(protocol: Any) -> None:
    methods: list[Any] = [protocol(name) for name in ("gan", "lsgan", "dragan")]
    layers = {getattr(method.network, "mlp", method.network) for method in methods}
    assert len(layers) == 1
    assert len({method.moves_at_once for method in methods}) == 1
    for field in ("generator_optimizer", "discriminator_optimizer", "batch_size"):
        assert len({getattr(method, field) for method in methods}) == 1
    assert [type(method).__name__ for method in methods] == ["GAN", "LSGAN", "DRAGAN"]


def test_wgan_gp_plays_the_released_toy_whatever_the_length() -> None:
    method = wgan_gp()
    assert method == replace(gankit.WGANGP.preset("toy"), network=method.network)
    assert (method.penalty, method.network.mlp.init) == (0.1, "he")
    for optimizer in (method.generator_optimizer, method.discriminator_optimizer):
        assert optimizer.betas == (0.5, 0.9)
        assert optimizer.settings(0) == optimizer.settings(99_999) == {"lr": 1e-4}


@pytest.mark.long
def test_the_lines_are_measured(tmp_path: Path) -> None:
    values = run("wgan-lines", tmp_path, steps=300)
    assert recipe_called("wgan-lines").reached(values)
    assert (tmp_path / "lines.png").exists()


@pytest.mark.long
def test_one_gaussian_is_fitted_under_each_divergence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in set(divergences.DIVERGENCES) - {"js"}:
        monkeypatch.delitem(divergences.DIVERGENCES, key)
    monkeypatch.setattr(one_gaussian, "POINTS", 20_000)
    values = run("fgan-1d", tmp_path, steps=250)
    assert recipe_called("fgan-1d").reached(values)
    assert (tmp_path / "fits.png").exists()
