"""What a turn's loss sees and adds under each stabiliser, and that nobody else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

import gankit
from gankit.base.errors import UserError
from gankit.game import Generator, Players, Terms, Turn
from gankit.game.batch import Batch, DataSpec, Images, Labelled
from gankit.game.optimizers import SGD
from gankit.game.prior import Normal
from gankit.game.stabilisers import Stabilisers, swapped
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.methods.infogan import InfoGAN
from gankit.networks import MLP, DCGANNetwork
from gankit.training.state import State
from gankit.training.turn import freeze
from tests.tiny import Tiny

Player = Literal["generator", "discriminator"]
POINTS = DataSpec(shape=(2,), bounded=False)


class Numbered(Generator):
    """Its n-th sample is (n, n), plus a weight that is 0."""

    def __init__(self) -> None:
        super().__init__(Normal(1))
        self.zero = nn.Parameter(torch.zeros(()))
        self.made = 0

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        self.made += len(latents)
        return torch.arange(self.made - len(latents), self.made).float()[:, None].expand(-1, 2) + self.zero


def pair(stabilisers: Stabilisers) -> Players:
    players = Players(Numbered(), nn.Linear(2, 1))
    stabilisers.attach(players, POINTS)
    return players


def seen(
    stabilisers: Stabilisers, players: Players, batch: Any, *, step: int = 0, player: Player
) -> tuple[Any, Tensor]:
    """The batch that a loss of `player` is given on `step`, and the samples that it draws."""
    found: list[Any] = []

    def loss(players: Players, batch: Batch) -> Terms:
        found.extend([batch, players.generator.sample(len(batch))])
        return {"none": torch.zeros(())}

    stabilisers.applied(Turn(player=player, loss=loss), step).loss(players, batch)
    return found[0], found[1]


@pytest.mark.parametrize("player", ["generator", "discriminator"])
@pytest.mark.parametrize(("step", "sd"), [(0, 0.3), (5, 0.15), (9, 0.03), (10, 0), (11, 0)])
def test_noise_falls_linearly_to_nothing_on_data_and_on_samples(player: Player, step: int, sd: float) -> None:
    torch.manual_seed(0)
    stabilisers = Stabilisers(instance_noise=0.3, instance_noise_steps=10)
    players, data, labels = pair(stabilisers), torch.rand(20_000, 2), torch.arange(20_000)
    batch, samples = seen(stabilisers, players, Labelled(data, labels), step=step, player=player)
    noises = batch.images - data, samples - labels[:, None].expand(-1, 2)
    for noise in noises:
        if sd:
            assert noise.std().item() == pytest.approx(sd, rel=0.02)
            assert noise.mean().abs().item() < sd / 50
        else:
            assert not noise.any()
    assert torch.equal(batch.labels, labels)
    assert not sd or torch.corrcoef(torch.stack([noise.flatten() for noise in noises]))[0, 1].abs() < 0.02


def test_outside_of_a_turn_samples_are_the_generator_s_own() -> None:
    stabilisers = Stabilisers(instance_noise=1, replay=2)
    players = pair(stabilisers)

    def fail(players: Players, batch: Batch) -> Terms:
        raise KeyboardInterrupt

    for _ in range(3):
        seen(stabilisers, players, Images(torch.zeros(4, 2)), player="discriminator")
    with pytest.raises(KeyboardInterrupt):
        stabilisers.applied(Turn(player="generator", loss=fail), 0).loss(players, Images(torch.zeros(4, 2)))
    assert players.generator.sample(2)[:, 0].tolist() == [12, 13]
    assert not players.generator._forward_hooks


def test_the_average_generator_is_neither_noised_nor_swapped() -> None:
    method = DCGAN(
        batch_size=8, network=DCGANNetwork(width=4), stabilisers=Stabilisers(instance_noise=1, replay=8, history=1)
    )
    state, batches = Tiny(method).start(ema=0.0)
    for _ in range(2):
        state.advance(batches)
    latents = state.players.generator.prior.draw(4)
    held = state.players.get_buffer("replay_pool").clone()
    assert held.any()
    with torch.no_grad():
        average, last = state.average.module(latents), state.players.generator.eval()(latents)
    torch.testing.assert_close(average, last)
    assert average.abs().max() <= 1
    assert torch.equal(state.players.get_buffer("replay_pool"), held)
    assert state.average.module.state_dict().keys() == state.players.generator.state_dict().keys()


def test_the_pool_shows_earlier_samples_and_loses_none() -> None:
    torch.manual_seed(0)
    stabilisers = Stabilisers(replay=20)
    players, batch = pair(stabilisers), Images(torch.zeros(6, 2))
    pool, rounds = players.get_buffer("replay_pool"), 500
    swaps = 0
    for round in range(rounds):
        before = pool[:, 0].tolist()
        new = list(range(6 * round, 6 * round + 6))
        shown = seen(stabilisers, players, batch, player="discriminator")[1][:, 0].tolist()
        if round < 4:  # it fills: four batches of six reach 20
            assert shown == new
            assert players.get_buffer("replay_held") == min(6 * (round + 1), 20)
        else:
            assert sorted([*shown, *pool[:, 0].tolist()]) == sorted([*before, *new])
            swaps += sum(value not in new for value in shown)
        assert pool.shape == (20, 2)
    assert len(set(pool[:, 0].tolist())) == 20
    assert swaps / (6 * (rounds - 4)) == pytest.approx(0.5, abs=0.03)


def test_the_generator_s_turn_sees_its_own_samples_and_leaves_the_pool() -> None:
    stabilisers = Stabilisers(replay=4)
    players, batch = pair(stabilisers), Images(torch.zeros(4, 2))
    seen(stabilisers, players, batch, player="discriminator")
    held = players.get_buffer("replay_pool").clone()
    for number in range(1, 9):
        samples = seen(stabilisers, players, batch, player="generator")[1]
        assert samples[:, 0].tolist() == list(range(4 * number, 4 * number + 4))
        assert samples.requires_grad
    assert torch.equal(players.get_buffer("replay_pool"), held)


def test_a_pool_smaller_than_the_batch_swaps_no_more_than_it_holds() -> None:
    torch.manual_seed(0)
    pool, held = torch.zeros(3, 1), torch.tensor(0)
    assert torch.equal(swapped(torch.arange(8.0)[:, None], pool, held), torch.arange(8.0)[:, None])
    counts = set()
    for _ in range(50):
        shown = swapped(torch.arange(100.0, 108.0)[:, None].bfloat16(), pool, held)
        assert torch.equal(shown[3:], torch.arange(103.0, 108.0)[:, None])
        counts.add(int((shown < 100).sum()))
        pool.copy_(torch.arange(3.0)[:, None])
    assert counts == {0, 1, 2, 3}


def weights(player: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in player.parameters()])


def test_history_is_the_distance_to_the_mean_of_past_weights() -> None:
    network = MLP(generator_widths=(4,), discriminator_widths=(4,), dropout=0.0)
    fast = SGD(lr=0.5)
    method = GAN(
        network=network,
        batch_size=8,
        generator_optimizer=fast,
        discriminator_optimizer=fast,
        stabilisers=Stabilisers(history=0.1),
    )
    state, batches = Tiny(method).start()
    past: dict[str, list[Tensor]] = {"generator": [], "discriminator": []}
    terms: Terms = {}
    for _ in range(4):
        for name, values in past.items():
            values.append(weights(getattr(state.players, name)))
        terms = state.advance(batches)
        for name, values in past.items():
            expected = 0.1 * (values[-1] - torch.stack(values).mean(0)).square().sum()
            torch.testing.assert_close(terms[f"{name}/history"], expected)
    assert all(terms[f"{name}/history"] > 1e-6 for name in past)
    assert set(terms) == {
        "discriminator/real",
        "discriminator/fake",
        "discriminator/history",
        "generator/non-saturating",
        "generator/history",
    }


@pytest.mark.parametrize("mover", ["generator", "discriminator"])
def test_history_pulls_the_mover_alone_towards_its_mean(mover: Player) -> None:
    torch.manual_seed(0)
    stabilisers = Stabilisers(history=0.5)
    network = MLP(generator_widths=(3,), discriminator_widths=(3,))
    players = Players(network.generator(POINTS), network.discriminator(POINTS))
    stabilisers.attach(players, POINTS)
    own = getattr(players, mover)
    other = players.discriminator if mover == "generator" else players.generator
    players.get_buffer(f"history_{mover}").copy_(weights(own) - 1)
    players.get_buffer(f"history_{mover}_moves").fill_(3)
    untouched = {name: value.clone() for name, value in players.named_buffers() if mover not in name}
    freeze(other.parameters(), own.parameters())
    turn = stabilisers.applied(Turn(player=mover, loss=lambda players, batch: {}), 0)
    term = turn.loss(players, Images(torch.zeros(2, 2)))["history"]
    term.backward()
    # The mean moves a quarter of the way, and so 3/4 remain of the distance, which is 1 in every weight.
    assert term.item() == pytest.approx(0.5 * 0.75**2 * len(weights(own)), rel=1e-5)
    for parameter in own.parameters():
        torch.testing.assert_close(parameter.grad, torch.full_like(parameter, 0.75))
    assert all(parameter.grad is None for parameter in other.parameters())
    assert all(torch.equal(players.get_buffer(name), value) for name, value in untouched.items())


def test_off_the_turn_is_itself_and_nothing_is_remembered() -> None:
    turn = Turn(player="generator", loss=lambda players, batch: {})
    assert Stabilisers().applied(turn, 0) is turn
    over = Stabilisers(instance_noise=0.1, instance_noise_steps=3)
    assert over.applied(turn, 2) is not turn
    assert over.applied(turn, 3) is turn
    assert not dict(pair(over).named_buffers())


def test_a_weight_of_nothing_changes_no_bit() -> None:
    """The engine's path through a stabiliser that does nothing yet leaves the steps as they are without one."""
    network = DCGANNetwork(width=4)
    plain, batches = Tiny(DCGAN(batch_size=8, network=network)).start()
    idle, same = Tiny(DCGAN(batch_size=8, network=network, stabilisers=Stabilisers(history=1e-45))).start()
    for _ in range(3):
        terms, others = plain.advance(batches), idle.advance(same)
        assert all(torch.equal(terms[name], others[name]) for name in terms)


@pytest.mark.parametrize("method", [CGAN(), InfoGAN()])
def test_replay_is_refused_where_a_sample_belongs_to_something(method: Any) -> None:
    method = replace(method, stabilisers=Stabilisers(replay=50))
    with pytest.raises(UserError, match="part samples from their labels or codes"):
        State(method, DataSpec(shape=(1, 8, 8), classes=("a", "b")))


@pytest.mark.parametrize("stabilisers", [Stabilisers(replay=1), Stabilisers(instance_noise=0.1)])
def test_two_generators_are_refused_rather_than_forgotten(stabilisers: Stabilisers) -> None:
    players = Players(nn.ModuleDict({"a": Numbered(), "b": Numbered()}), nn.Linear(2, 1))
    with pytest.raises(UserError, match="one generator, from latents to data"):
        stabilisers.attach(players, POINTS)
    Stabilisers(history=1.0).attach(players, POINTS)


@pytest.mark.parametrize(
    "options",
    [
        {"instance_noise": -0.1},
        {"replay": -1},
        {"history": -1.0},
        {"instance_noise_steps": 0},
        {"history": float("nan")},
    ],
)
def test_impossible_values_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"negative|at least 1"):
        Stabilisers(**options)


def test_a_run_with_all_of_it_is_sampled_and_its_players_are_found(tmp_path: Path) -> None:
    method = DCGAN(
        batch_size=8,
        network=DCGANNetwork(width=4, discriminator_norm="spectral", minibatch=2),
        smoothing=0.1,
        stabilisers=Stabilisers(instance_noise=0.1, replay=20, history=1e-3),
    )
    run = Tiny(method).train(tmp_path / "run", steps=2)
    assert run.sample(4).values.shape == (4, 1, 8, 8)
    assert gankit.load(tmp_path / "run").method == method
    assert run.players(device="cpu").get_buffer("replay_held") == 16
