"""BEGAN against its equations, and its controller step by step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gankit
from gankit.base.errors import UserError
from gankit.data import Batches, open_data
from gankit.game import Players, Turn
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import Adam
from gankit.methods.began import BEGAN, reconstruction_error
from gankit.networks import AutoencoderOrMLP, BEGANNetwork, MLPAutoencoder
from gankit.training.state import State
from gankit.training.turn import freeze
from tests.methods.digits import distances_to_digits
from tests.tiny import TINY

SMALL = BEGAN(
    network=AutoencoderOrMLP(
        conv=BEGANNetwork(filters=4, repeats=1, code=3, latent=3),
        mlp=MLPAutoencoder(generator_widths=(8,), encoder_widths=(8,), code=1, norm="none", autoencoder_init_sd=None),
    )
)


def players_at(k: float) -> Players:
    torch.manual_seed(0)
    players = SMALL.players(DataSpec(shape=(2, 9, 8)))
    players.get_buffer("k").fill_(k)
    return players


def by_hand(autoencoder: nn.Module, data: Tensor) -> float:
    errors = [abs(a - b) for a, b in zip(autoencoder(data).flatten().tolist(), data.flatten().tolist(), strict=True)]
    return sum(errors) / len(errors)


@pytest.mark.parametrize("k", [0.0, 0.25, 1.0])
def test_the_terms_are_the_paper_s(k: float) -> None:
    players = players_at(k)
    generator, autoencoder = players
    batch = Images(torch.randn(5, 2, 9, 8))
    torch.manual_seed(1)
    fake = by_hand(autoencoder, generator.sample(5))
    real = by_hand(autoencoder, batch.images)
    torch.manual_seed(1)
    terms = SMALL.discriminator_loss(players, batch)
    assert {name: term.item() for name, term in terms.items()} == pytest.approx({"real": real, "fake": -k * fake})
    torch.manual_seed(1)
    terms = SMALL.generator_loss(players, batch)
    assert {name: term.item() for name, term in terms.items()} == pytest.approx({"fake": fake})


def rates(measures: list[float], patience: int) -> list[float]:
    """What the rates are multiplied by after each step of an M that is so large."""
    method = replace(SMALL, diversity=0.0, patience=patience)
    players, found = method.players(DataSpec(shape=(2, 9, 8))), []
    for real in measures:
        balance(method, players, real, 0.0)
        found.append(method.rate(players))
    return found


def test_the_rates_are_halved_whenever_m_stalls() -> None:
    assert rates([3.0, 1.0, 1.5, 2.4, 1.0, 1.0], 2) == [1, 1, 1, 1, 1, 1], "means of 2, 1.95, 1: they fall"
    assert rates([2.0, 2.0, 1.0, 3.0, 9.0, 9.0, 1.0, 1.0, 1.0, 1.0], 2) == [
        1,
        1,
        1,
        0.5,
        0.5,
        0.25,
        0.25,
        0.25,
        0.25,
        0.125,
    ]
    assert rates([1.0, 2.0, 3.0], 0) == [1, 1, 1]
    assert "rate" not in replace(SMALL, patience=0).players(DataSpec(shape=(2, 9, 8))).state_dict()


def test_a_run_that_is_continued_after_a_stall_comes_to_the_same_bits(tmp_path: Path) -> None:
    tiny = TINY["began"].but(patience=2, generator_optimizer=Adam(lr=0.1), discriminator_optimizer=Adam(lr=0.1))
    whole, parts = tiny.train(tmp_path / "whole", steps=12), tmp_path / "parts"
    for steps in (4, 7, 12):
        tiny.train(parts, steps=steps)
    ours, theirs = (run.players(device="cpu").state_dict() for run in (whole, gankit.load(parts)))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert ours["rate"] < 1, "it stalled"


def test_the_optimisers_are_given_the_halved_rates() -> None:
    tiny = TINY["began"].but(patience=5)
    state, batches = tiny.start()
    state.players.get_buffer("rate").fill_(0.25)
    state.advance(batches)
    for name, optimizer in state.optimizers.items():
        assert optimizer.param_groups[0]["lr"] == getattr(tiny.method, f"{name}_optimizer").lr / 4


def turn(player: Any) -> Turn:
    return Turn(player=player, loss=SMALL.generator_loss)


def balance(method: BEGAN, players: Players, real: float, fake: float) -> dict[str, float]:
    """What is logged after one step with these errors."""
    seen = {"real": torch.tensor(real), "fake": torch.tensor(-0.1)}
    assert not method.after_turn(turn("discriminator"), players, seen)
    noted = method.after_turn(turn("generator"), players, {"fake": torch.tensor(fake)})
    return {name: value.item() for name, value in (noted or {}).items() if name != "rate"}


def test_k_and_m_follow_their_formulas_and_k_stays_between_0_and_1() -> None:
    method = replace(SMALL, diversity=0.4, gain=0.5)
    players = players_at(0.0)
    k, seen = 0.0, []
    steps = [(1.0, 0.2), (1.0, 0.9), (3.0, 0.1), (4.0, 0.1), (0.5, 0.2), (0.1, 2.0), (0.1, 0.5)]
    for real, fake in steps:
        k = min(max(k + 0.5 * (0.4 * real - fake), 0.0), 1.0)
        logged = balance(method, players, real, fake)
        assert logged == pytest.approx({"convergence": real + abs(0.4 * real - fake), "k": k}, abs=1e-6)
        assert players.get_buffer("k").item() == pytest.approx(k, abs=1e-6)
        seen.append(k)
    assert {0.0, 1.0} < set(seen), "the steps reach both ends and points between"


def test_the_controller_is_at_rest_where_the_errors_are_in_proportion() -> None:
    players = players_at(0.3)
    for real in (0.5, 2.0):
        assert balance(SMALL, players, real, 0.5 * real) == pytest.approx({"convergence": real, "k": 0.3})


def test_played_steps_feed_it_the_errors_of_that_very_step() -> None:
    pack = open_data("digits")
    method = replace(SMALL, gain=0.1)
    state = State(method, pack.spec)
    batches = Batches(pack, Images, method.batch_size, seed=0)
    k, real, logged = 0.0, 0.0, {}
    for _ in range(4):
        logged = {name: value.item() for name, value in state.advance(batches).items()}
        real, fake = logged["discriminator/real"], logged["generator/fake"]
        k = min(max(k + 0.1 * (0.5 * real - fake), 0.0), 1.0)
        assert set(logged) == {"discriminator/real", "discriminator/fake", "generator/fake", "convergence", "k", "rate"}
        assert logged["k"] == pytest.approx(k, abs=1e-6)
        assert logged["convergence"] == pytest.approx(real + abs(0.5 * real - fake), rel=1e-5)
    remembered = state.tensors()["players"]
    assert remembered["k"].item() == logged["k"]
    assert remembered["real"].item() == real


@pytest.mark.parametrize("term", ["real", "fake", "generator's fake"])
def test_each_term_s_gradient_reaches_the_player_that_moves(term: str) -> None:
    players = players_at(0.5)
    generator, autoencoder = players
    batch = Images(torch.randn(4, 2, 9, 8))
    mover, still, loss = (
        (autoencoder, generator, SMALL.discriminator_loss)
        if term in ("real", "fake")
        else (generator, autoencoder, SMALL.generator_loss)
    )
    freeze(still.parameters(), mover.parameters())
    loss(players, batch)[term.split()[-1]].backward()
    assert all(parameter.grad is None for parameter in still.parameters())
    assert all(parameter.grad is not None for parameter in mover.parameters())


def test_the_two_players_pull_a_sample_s_error_opposite_ways() -> None:
    """With k = 1 the auto-encoder's term on samples is minus the generator's loss."""
    players = players_at(1.0)
    batch = Images(torch.zeros(4, 2, 9, 8))
    torch.manual_seed(1)
    mine = SMALL.discriminator_loss(players, batch)["fake"]
    torch.manual_seed(1)
    assert mine.item() == -SMALL.generator_loss(players, batch)["fake"].item()


def test_the_error_is_a_mean_so_it_does_not_grow_with_the_picture() -> None:
    for size in (4, 32):
        assert reconstruction_error(nn.Hardtanh(-0.25, 0.25), torch.ones(2, 3, size, size)).item() == 0.75


@pytest.mark.long
def test_it_beats_an_untrained_generator_on_digits() -> None:
    fast = Adam(lr=2e-3)
    network = AutoencoderOrMLP(conv=BEGANNetwork(filters=8, repeats=1, code=16, latent=16))
    method = BEGAN(
        network=network, diversity=0.9, gain=0.05, batch_size=32, generator_optimizer=fast, discriminator_optimizer=fast
    )
    before, after = distances_to_digits(method, 150)
    assert after < before / 2


def test_what_makes_no_sense_is_refused() -> None:
    for diversity in (-0.1, 1.5, float("nan")):
        with pytest.raises(UserError, match="diversity must be at least 0 and at most 1"):
            BEGAN(diversity=diversity)
    with pytest.raises(UserError, match="gain can't be negative"):
        BEGAN(gain=-1e-3)
    with pytest.raises(UserError, match="patience can't be negative"):
        BEGAN(patience=-1)
