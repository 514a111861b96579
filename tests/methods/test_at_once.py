"""Players that move at once: each learns from the other as it was before either moved, on the same samples."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data import Batches, open_data
from gankit.game.optimizers import SGD
from gankit.game.stabilisers import Stabilisers
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.networks import MLP, CGANNetwork
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


def test_in_turn_is_the_default_and_has_fresh_samples() -> None:
    assert [turn.player for turn in GAN().turns()] == [turn.player for turn in CGAN().turns()]
    assert [turn.player for turn in GAN().turns()] == ["discriminator", "generator"]
    assert [turn.player for turn in GAN(at_once=True).turns()] == ["generator", "discriminator"]
    assert GAN(discriminator_steps=3).turns()[0].repeat == 3
    assert "made" not in dict(DCGAN().players(open_data("digits").spec).named_buffers())


def test_what_cannot_be_at_once() -> None:
    with pytest.raises(UserError, match="leave discriminator-steps at 1"):
        GAN(at_once=True, discriminator_steps=2)
    with pytest.raises(UserError, match="leave replay out"):
        GAN(at_once=True, stabilisers=Stabilisers(replay=10))
