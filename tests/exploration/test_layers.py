"""Any discriminator, looked into."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.exploration.layers import activations, choose, enlarged, hidden, layers
from gankit.game import Network
from gankit.game.batch import DataSpec
from gankit.health.scoring import score_map, scores, takes_labels
from gankit.methods.catgan import CatGAN
from gankit.methods.infogan import InfoGAN
from gankit.methods.sgan import SGAN
from gankit.networks import (
    ACGANNetwork,
    BEGANNetwork,
    ConditionalDCGAN,
    ConvAutoencoder,
    DCGANNetwork,
    InfoGANNetwork,
    MaxoutMLP,
    MLPAutoencoder,
    WeightNormMLP,
)
from gankit.networks.cgan import CGANNetwork

SPEC = DataSpec(shape=(1, 16, 16), classes=tuple("abc"))
NETWORKS: dict[str, tuple[Network, list[str]]] = {
    "dcgan": (DCGANNetwork(width=4), ["conv1", "conv2", "linear1"]),
    "acgan": (ACGANNetwork(discriminator_widths=(4, 8)), ["conv1", "conv2", "linear1"]),
    "infogan": (InfoGANNetwork(width=4, hidden=8), ["conv1", "conv2", "linear1", "linear2"]),
    "maxout": (MaxoutMLP(units=6, pieces=2), ["maxout1", "maxout2", "linear1"]),
    "weight-norm": (WeightNormMLP(), ["linear1", "linear2", "linear3", "linear4", "linear5", "linear6"]),
    "auto-encoder": (ConvAutoencoder(width=4), ["conv1"]),
    "began": (BEGANNetwork(filters=4, repeats=1, code=3), ["conv1", "conv2"]),
    "conditional": (ConditionalDCGAN(width=4, hidden=8), ["conv1", "conv2", "linear1", "linear2"]),
}


def data(n: int = 5) -> torch.Tensor:
    return torch.rand(n, *SPEC.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("name", NETWORKS)
def test_every_family_has_its_layers_and_scores(name: str) -> None:
    torch.manual_seed(0)
    family, wanted = NETWORKS[name]
    network = family.discriminator(SPEC).eval()
    labels = torch.tensor([0, 1, 2, 0, 1])
    found = layers(network, data(), labels)
    assert [layer.name for layer in found][: len(wanted)] == wanted
    assert takes_labels(network) == (name == "conditional")
    said = activations(network, found, data(), labels)
    assert [tuple(part.shape[1:]) for part in said] == [layer.shape for layer in found]
    assert scores(network, data(), labels).shape == (5,)


def test_a_layer_is_what_its_norm_and_activation_make_of_it() -> None:
    torch.manual_seed(0)
    network = DCGANNetwork(width=4).discriminator(SPEC).eval()
    second = choose(layers(network, data()), "conv2")
    assert second.module is network.get_submodule("2")
    torch.testing.assert_close(
        activations(network, [second], data())[0], nn.Sequential(*list(network.children())[:5])(data())
    )


def test_looking_leaves_no_hook_and_no_mode_behind() -> None:
    network = DCGANNetwork(width=4).discriminator(SPEC)
    layers(network, data())
    assert network.training
    assert not any(part._forward_hooks for part in network.modules())


def test_hidden_layers_are_the_convolutions_or_all_but_the_last() -> None:
    convolutional = InfoGANNetwork(width=4, hidden=8).discriminator(SPEC)
    assert [layer.name for layer in hidden(layers(convolutional, data()))] == ["conv1", "conv2"]
    assert choose(layers(convolutional, data()), None).name == "conv2"
    flat = MLPAutoencoder(encoder_widths=(5, 4)).discriminator(SPEC)
    assert choose(layers(flat, data()), None).name == "linear1"


def test_a_layer_that_is_not_there() -> None:
    found = layers(DCGANNetwork(width=4).discriminator(SPEC), data())
    with pytest.raises(UserError, match=r"no layer 'conv9'.*this discriminator has conv1, conv2, linear1$"):
        choose(found, "conv9")


def test_the_score_of_many_answers() -> None:
    method = InfoGAN(network=InfoGANNetwork(width=4, hidden=8), batch_size=4)
    infogan = method.players(SPEC).discriminator.eval()
    torch.testing.assert_close(scores(infogan, data()), infogan(data())["score"])
    sgan = SGAN(network=DCGANNetwork(width=4)).players(SPEC).discriminator.eval()
    torch.testing.assert_close(scores(sgan, data()), sgan(data())["classes"].logsumexp(1))
    catgan = CatGAN(network=DCGANNetwork(width=4)).players(SPEC).discriminator.eval()
    sure = scores(catgan, data())
    assert ((sure <= 0) & (sure >= -torch.tensor(10.0).log() - 1e-5)).all()


def test_an_auto_encoder_scores_places() -> None:
    network = ConvAutoencoder(width=4).discriminator(SPEC).eval()
    error = (network(data()) - data()).abs()
    torch.testing.assert_close(score_map(network, data()), -error.mean(1, keepdim=True))
    torch.testing.assert_close(scores(network, data()), -error.flatten(1).mean(1))


def test_what_is_no_score() -> None:
    with pytest.raises(UserError, match=r"it answers \[3, 16, 16\]"):
        score_map(nn.Conv2d(1, 3, 1), data())
    with pytest.raises(UserError, match="can't be asked without"):
        layers(CGANNetwork().discriminator(SPEC), data())


def test_maps_lie_over_the_image() -> None:
    maps = torch.tensor([[[[0.0, 1.0], [2.0, 3.0]]]])
    large = enlarged(maps, (16, 12))
    assert large.shape == (1, 1, 16, 12)
    torch.testing.assert_close(large[0, 0, [0, 0, -1, -1], [0, -1, 0, -1]], maps.flatten())
    torch.testing.assert_close(large.mean(), maps.mean())


def test_layers_of_a_module_of_ones_own() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(1, 2, 3), nn.Conv2d(2, 1, 3)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.second(F.relu(self.first(images), inplace=True))

    network = Own()
    assert [layer.shape for layer in layers(network, data())] == [(2, 14, 14), (1, 12, 12)]
    assert score_map(network, data()).shape == (5, 1, 12, 12)
