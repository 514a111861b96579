"""Players that move at once: each learns from the other as it was before either moved, on the same samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data import Batches, open_data
from gankit.game.batch import Images
from gankit.game.optimizers import SGD
from gankit.game.stabilisers import Stabilisers
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.networks import MLP, CGANNetwork, ConditionalDCGAN, DCGANNetwork
from gankit.training.state import State

PLAIN = SGD(lr=0.1)
SMALL = MLP(generator_widths=(8,), discriminator_widths=(8,), latent=4, dropout=0.0)
CONDITIONAL = CGANNetwork(generator_widths=(8, 8, 8), units=(8, 8, 8), dropout=0.0)
METHODS: list[Any] = [
    GAN(network=SMALL, batch_size=6, generator_optimizer=PLAIN, discriminator_optimizer=PLAIN, at_once=True),
    CGAN(network=CONDITIONAL, batch_size=6, generator_optimizer=PLAIN, discriminator_optimizer=PLAIN, at_once=True),
]


@pytest.mark.parametrize("method", METHODS, ids=["gan", "cgan"])
def test_a_step_is_gradient_descent_of_both_from_one_place(method: Any) -> None:
    """Against both gradients taken at the first weights, on the samples that the step made."""
    state = State(method, open_data("digits").spec, ema=0.0)
    batches = Batches(open_data("digits"), method.batch_type, 6, seed=0)
    before = {name: value.clone() for name, value in state.players.named_parameters()}
    samples: list[Tensor] = []
    state.players.generator.register_forward_hook(lambda module, given, made: samples.append(made))
    state.advance(batches)
    assert len(samples) == 1
    assert torch.equal(state.players.get_buffer("made"), samples[0])
    after = {name: value.clone() for name, value in state.players.named_parameters()}

    with torch.no_grad():
        for name, value in state.players.named_parameters():
            value.copy_(before[name])
            value.requires_grad_(True)
    batch = batches.at(0)
    sum(method.discriminator_loss(state.players, batch).values(), torch.zeros(())).backward()
    for name, value in state.players.discriminator.named_parameters():
        assert value.grad is not None
        moved = before[f"discriminator.{name}"] - 0.1 * value.grad
        assert torch.allclose(after[f"discriminator.{name}"], moved, atol=1e-6)
    assert not all(torch.equal(after[name], before[name]) for name in after if name.startswith("generator"))


@pytest.mark.parametrize("method", [METHODS[0], METHODS[1]], ids=["gan", "cgan"])
def test_both_learn_from_the_samples_under_the_same_dropout_mask(method: Any) -> None:
    """The discriminator's pass over the samples is one pass in the released code: ours are two, of the same mask."""
    method = replace(method, network=replace(method.network, dropout=0.5))
    state = State(method, open_data("digits").spec, ema=0.0)
    dropped: list[list[Tensor]] = []
    for part in state.players.discriminator.modules():
        if isinstance(part, torch.nn.Dropout):
            masks: list[Tensor] = []
            dropped.append(masks)
            part.register_forward_hook(lambda module, given, out, masks=masks: masks.append(out == 0))
    state.advance(Batches(open_data("digits"), method.batch_type, 6, seed=0))
    assert dropped
    for of_generator, of_data, of_samples in dropped:
        assert torch.equal(of_generator, of_samples)
        assert not torch.equal(of_generator, of_data)


IN_TURN = ["discriminator", "generator"]
AT_ONCE = IN_TURN[::-1]


@pytest.mark.parametrize(
    ("method", "order"),
    [
        (GAN(), AT_ONCE),
        (CGAN(), AT_ONCE),
        (GAN(at_once=False), IN_TURN),
        (GAN(discriminator_steps=3), IN_TURN),
        (GAN(stabilisers=Stabilisers(replay=10)), IN_TURN),
        (GAN(network=MLP()), IN_TURN),
        (GAN(network=MLP(), at_once=True), AT_ONCE),
        (GAN(network=DCGANNetwork()), IN_TURN),
        (CGAN(network=ConditionalDCGAN()), IN_TURN),
        (DCGAN(), IN_TURN),
    ],
)
def test_at_once_is_the_default_where_the_papers_mnist_networks_are(method: Any, order: list[str]) -> None:
    assert [turn.player for turn in method.turns()] == order
    remembers = "made" in dict(method.players(open_data("digits").spec).named_buffers())
    assert remembers == (order == AT_ONCE)


def test_before_a_step_the_losses_are_of_new_samples_and_of_a_batch_of_any_size() -> None:
    """As those ask for them who look at a game that is not being played."""
    method = METHODS[0]
    players, batch = method.players(open_data("digits").spec), Images(torch.zeros(11, 1, 8, 8))
    first, second = (method.discriminator_loss(players, batch)["fake"] for _ in range(2))
    assert first != second
    method.generator_loss(players, batch)
    assert len(method.shown(players, 11)) == 11


def test_in_turn_the_discriminator_may_move_more_often() -> None:
    assert GAN(discriminator_steps=3).turns()[0].repeat == 3


def test_what_cannot_be_at_once() -> None:
    with pytest.raises(UserError, match="leave discriminator-steps at 1"):
        GAN(at_once=True, discriminator_steps=2)
    with pytest.raises(UserError, match="leave replay and ada out"):
        GAN(at_once=True, stabilisers=Stabilisers(replay=10))
