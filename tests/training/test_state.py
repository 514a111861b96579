"""State: what a step changes is a function of the state, the seed and the step alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gankit.data import Batches
from gankit.game import Method, Players, Terms, Turn
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import Adam
from gankit.methods.gan import GAN
from gankit.networks import MLP, DCGANNetwork
from gankit.training import checkpoint
from gankit.training.ema import Average
from gankit.training.state import State, slot_like
from tests.tiny import OTHERWISE, PRECISELY, TINY, Tiny

ROWS = {**TINY, **OTHERWISE}


def flat(state: State) -> dict[str, Tensor]:
    return {f"{file}/{name}": value.clone() for file, group in state.tensors().items() for name, value in group.items()}


def images_at(batches: Batches, position: int) -> Tensor:
    batch = batches.at(position)
    assert isinstance(batch, Images)
    return batch.images


def assert_same(first: State, second: State) -> None:
    a, b = flat(first), flat(second)
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []
    assert first.counters() == second.counters()


@pytest.mark.parametrize(("name", "precision"), PRECISELY)
def test_six_steps_equal_three_and_three_more_to_the_last_bit(name: str, precision: Any, tmp_path: Path) -> None:
    tiny = ROWS[name]
    whole, batches = tiny.start(precision=precision)
    for _ in range(6):
        whole.advance(batches)
    first, batches = tiny.start(precision=precision)
    for _ in range(3):
        first.advance(batches)
    path = checkpoint.write(tmp_path, first.tensors(), first.counters())
    second, batches = tiny.start(precision=precision)
    torch.manual_seed(1234)  # whatever happens to the global generator between the sessions
    second.restore(*checkpoint.read(path))
    assert_same(first, second)
    for _ in range(3):
        second.advance(batches)
    assert_same(whole, second)


@pytest.mark.parametrize("name", TINY)
def test_the_seed_decides(name: str) -> None:
    states = []
    for seed in (0, 0, 1):
        state, batches = TINY[name].start(seed=seed)
        state.advance(batches)
        states.append(state)
    assert_same(states[0], states[1])
    assert not torch.equal(flat(states[0])["average/" + next(iter(states[0].tensors()["average"]))], torch.zeros(1))
    weights = [next(state.players.generator.parameters()) for state in states]
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize("name", TINY)
def test_bf16_stays_near_fp32(name: str) -> None:
    terms = []
    for precision in ("fp32", "bf16"):
        state, batches = TINY[name].start(precision=precision)
        terms.append(state.advance(batches))
    for term in terms[0]:
        assert terms[1][term].item() == pytest.approx(terms[0][term].item(), rel=0.05, abs=0.05)


@dataclass(frozen=True, kw_only=True)
class Spy(Method[Images]):
    """Remembers, as memory must be, what each turn saw."""

    network: MLP = MLP(generator_widths=(4,), discriminator_widths=(4,))
    batch_size: int = 4
    generator_optimizer: Adam = Adam(decay_after=1, decay_steps=2)

    def players(self, data: DataSpec) -> Players:
        plain = super().players(data)
        return Players(plain.generator, plain.discriminator, seen=torch.zeros(2), moves=torch.zeros(2))

    def discriminator_loss(self, players: Players, batch: Images) -> Terms:
        players.get_buffer("seen")[0] += batch.images.sum()
        return {"score": players.discriminator(batch.images).mean()}

    def generator_loss(self, players: Players, batch: Images) -> Terms:
        players.get_buffer("seen")[1] += batch.images.sum()
        return {"score": players.discriminator(players.generator.sample(4)).mean()}

    def turns(self) -> tuple[Turn, ...]:
        return (
            Turn(player="discriminator", loss=self.discriminator_loss, repeat=3),
            Turn(player="generator", loss=self.generator_loss, every=2),
        )

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> Terms | None:
        assert not torch.is_grad_enabled()
        players.get_buffer("moves")[int(turn.player == "generator")] += 1


def test_repeat_every_memory_and_the_shared_batch() -> None:
    state, batches = Tiny(Spy()).start()
    for _ in range(4):
        state.advance(batches)
    assert state.images == 4 * 3 * 4
    assert state.players.get_buffer("moves").tolist() == [12, 2]
    # The generator's turn sees the last batch of the discriminator's, on steps 0 and 2.
    expected = sum(images_at(batches, 4 * (3 * step + 2)).sum().item() for step in (0, 2))
    assert state.players.get_buffer("seen")[1].item() == pytest.approx(expected, rel=1e-5)
    assert "players" in state.tensors()
    assert "seen" in state.tensors()["players"]


@dataclass(frozen=True, kw_only=True)
class Noting(Spy):
    """Has its own memory logged, the tensor itself."""

    def after_turn(self, turn: Turn, players: Players, terms: Terms) -> Terms:
        super().after_turn(turn, players, terms)
        return {"moves": players.get_buffer("moves")[0]}


def test_what_a_method_notes_is_logged_as_it_was_then() -> None:
    state, batches = Tiny(Noting()).start()
    lines = [state.advance(batches) for _ in range(3)]
    assert [line["moves"].item() for line in lines] == [3, 6, 9]
    assert set(lines[0]) == {"discriminator/score", "generator/score", "moves"}


@dataclass(frozen=True, kw_only=True)
class Phased(Spy):
    """Its discriminator moves 1, 3, 0, 1, 3, 0, ... times."""

    def turns(self) -> tuple[Turn, ...]:
        return (
            Turn(player="discriminator", loss=self.discriminator_loss, repeat=lambda step: (1, 3, 0)[step % 3]),
            Turn(player="generator", loss=self.generator_loss),
        )


def test_a_repeat_that_depends_on_the_step_resumes_in_its_phase(tmp_path: Path) -> None:
    whole, batches = Tiny(Phased()).start()
    moves = []
    for _ in range(7):
        whole.advance(batches)
        moves.append(whole.players.get_buffer("moves").tolist())
    assert [discriminator for discriminator, _ in moves] == [1, 4, 4, 5, 8, 8, 9]
    assert [generator for _, generator in moves] == [1, 2, 3, 4, 5, 6, 7]
    # A step on which only the generator moves takes a batch of its own.
    assert whole.images == 4 * (9 + 2)
    first, batches = Tiny(Phased()).start()
    for _ in range(4):
        first.advance(batches)
    path = checkpoint.write(tmp_path, first.tensors(), first.counters())
    second, batches = Tiny(Phased()).start()
    second.restore(*checkpoint.read(path))
    for _ in range(3):
        second.advance(batches)
    assert_same(whole, second)


def test_settings_follow_the_step_that_is_played() -> None:
    state, batches = Tiny(Spy()).start()
    rates = []
    for _ in range(4):
        state.advance(batches)
        rates.append(state.optimizers["generator"].param_groups[0]["lr"])
    assert rates == pytest.approx([2e-4, 2e-4, 1e-4, 0])


def test_the_average_trails_the_generator() -> None:
    generator = DCGANNetwork(width=4).generator(DataSpec(shape=(1, 16, 16)))
    average = Average(generator, decay=0.75)
    start = {name: value.clone() for name, value in generator.state_dict().items()}
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(1.0)
    average.update(step=100, images=6464, new=64)
    name = "body.0.linear.weight"
    torch.testing.assert_close(average.module.state_dict()[name], start[name] + 0.25)
    average.update(step=0, images=64, new=64)  # early on it follows faster: decay 1/10
    torch.testing.assert_close(average.module.state_dict()[name], start[name] + 0.25 + 0.9 * 0.75)
    assert not average.module.training
    assert not any(parameter.requires_grad for parameter in average.module.parameters())


def test_an_average_by_images_forgets_half_in_so_many_but_sooner_at_first() -> None:
    generator = DCGANNetwork(width=4).generator(DataSpec(shape=(1, 16, 16)))
    name = "body.0.linear.weight"
    for images, new, left in (
        (2000, 100, 0.5),
        (2000, 50, 0.5**0.5),
        (10**6, 500, 0.5),
        (10**6, 1000, 0.25),
        (0, 0, 1),
    ):
        average = Average(generator, decay=0.999, half_life=500)
        own = average.module.state_dict()[name]
        with torch.no_grad():
            own.copy_(generator.state_dict()[name] + 1)
        average.update(3, images=images, new=new)
        torch.testing.assert_close(own, generator.state_dict()[name] + left)


def test_a_decay_of_0_is_the_generator_itself() -> None:
    state, batches = TINY["dcgan"].start(ema=0.0)
    state.advance(batches)
    for name, value in state.players.generator.state_dict().items():
        torch.testing.assert_close(state.average.module.state_dict()[name], value)


def test_gan_and_its_tutorial_take_the_same_turns() -> None:
    method = GAN(network=MLP(), generator_optimizer=Adam(), discriminator_optimizer=Adam(), batch_size=64)
    state, batches = Tiny(method).start()
    assert set(state.advance(batches)) == {"discriminator/real", "discriminator/fake", "generator/non-saturating"}


def test_a_fused_optimiser_counts_its_steps_where_its_parameter_is() -> None:
    weight = torch.empty(4, 3, device="meta").t()
    assert slot_like(weight, torch.zeros(3, 4), there=True).stride() == weight.stride()
    assert slot_like(weight, torch.zeros(()), there=True).device.type == "meta"
    assert slot_like(weight, torch.zeros(()), there=False).device.type == "cpu"
