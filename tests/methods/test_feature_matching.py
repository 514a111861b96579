"""Salimans' released classifier: weight norm that data start, scales that stay, and an average that classifies."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.game.batch import DataSpec
from gankit.game.optimizers import Adam
from gankit.methods.sgan import SGAN
from gankit.networks import WeightNormMLP
from gankit.networks.parts import WeightNorm
from tests.tiny import TINY, Tiny

DATA = DataSpec(shape=(1, 8, 8), classes=("a", "b", "c"))


def test_weight_norm_is_length_times_direction() -> None:
    torch.manual_seed(0)
    layer, inputs = WeightNorm(5, 3), torch.randn(4, 5)
    with torch.no_grad():
        layer.gain.copy_(torch.tensor([1.0, 2.0, -0.5]))
    lengths = layer.weight.detach().norm(dim=1)
    expected = (inputs @ (layer.weight.T / lengths)) * layer.gain + layer.bias
    torch.testing.assert_close(layer(inputs), expected)
    before = layer(inputs)
    with torch.no_grad():
        layer.weight *= 7  # the length of v means nothing
    torch.testing.assert_close(layer(inputs), before)


def test_the_first_batch_of_a_training_starts_weight_norm_s_layers() -> None:
    torch.manual_seed(0)
    network = SGAN(network=WeightNormMLP()).players(DATA).discriminator
    layers = [layer for layer in network.modules() if isinstance(layer, WeightNorm)]
    directions = [layer.weight.detach().clone() for layer in layers]
    assert all(0.08 < float(weights.std()) < 0.12 for weights in directions)
    seen: list[Tensor] = []
    for layer in layers:
        layer.register_forward_hook(lambda layer, inputs, output: seen.append(output.detach()))
    network.eval()(torch.randn(50, 1, 8, 8))
    assert all(bool((layer.gain == 1).all()) for layer in layers), "to look at it starts nothing"
    seen.clear()
    network.train()(torch.randn(50, 1, 8, 8) * 0.3 + 0.5)
    for output in seen:
        torch.testing.assert_close(output.mean(0), torch.zeros_like(output[0]), atol=1e-4, rtol=0)
        torch.testing.assert_close(output.std(0, correction=0), torch.ones_like(output[0]), atol=1e-4, rtol=0)
    gains = [layer.gain.clone() for layer in layers]
    network(torch.randn(50, 1, 8, 8))
    assert all(torch.equal(layer.gain, gain) for layer, gain in zip(layers, gains, strict=True)), "only the first does"
    assert all(torch.equal(layer.weight, weights) for layer, weights in zip(layers, directions, strict=True))


def test_a_restored_layer_does_not_start_again() -> None:
    first, second = (WeightNorm(5, 3, data_start=True) for _ in range(2))
    first(torch.randn(9, 5))
    second.load_state_dict(first.state_dict())
    inputs = torch.randn(9, 5) * 7 + 1
    torch.testing.assert_close(second(inputs), first(inputs))


def test_scales_stay_as_they_start_but_those_of_both_last_layers() -> None:
    state, batches = Tiny(SGAN.preset("feature-matching"), "digits").start()
    state.advance(batches)
    gains = {name: layer.gain.clone() for name, layer in state.players.named_modules() if isinstance(layer, WeightNorm)}
    for _ in range(3):
        state.advance(batches)
    moved = [name for name, gain in gains.items() if not torch.equal(state.players.get_parameter(f"{name}.gain"), gain)]
    assert [name for name in moved if "average" not in name] == ["generator.body.6", "discriminator.heads.classes.1"]
    assert SGAN(network=WeightNormMLP(learn_scales=True)).players(DATA).discriminator.trunk[3].gain.requires_grad


def test_the_average_is_that_of_all_the_weights_there_were_and_classifies() -> None:
    decay, (state, batches) = 0.7, TINY["sgan"].but(discriminator_ema=0.7).start()
    weights: list[Tensor] = []
    for _ in range(4):
        state.advance(batches)
        weights.append(state.players.discriminator.heads["classes"][1].weight.detach().clone())
    shares = [decay**age for age in (3, 2, 1, 0)]
    expected = sum(share * weight for share, weight in zip(shares, weights, strict=True)) / sum(shares)
    average = state.players.get_submodule("average").eval()
    torch.testing.assert_close(average.get_parameter("heads.classes.1.weight"), expected)
    pictures = torch.rand(5, 1, 8, 8)
    answers = state.method.classify(state.players.eval(), pictures)
    assert torch.equal(answers, average(pictures)["classes"])
    assert not torch.allclose(answers, state.players.discriminator(pictures)["classes"])


def test_feature_matching_as_released() -> None:
    method = SGAN.preset("feature-matching")
    assert method.generator_objective == "feature-matching"
    assert method.discriminator_optimizer == Adam(lr=3e-3, betas=(0.5, 0.999), root_eps=1e-8)
    assert method.generator_optimizer == method.discriminator_optimizer
    assert (method.discriminator_ema, method.network, method.batch_size) == (0.9999, WeightNormMLP(), 100)
    with pytest.raises(UserError, match="discriminator-ema must be at least 0 and below 1"):
        SGAN(discriminator_ema=1)
