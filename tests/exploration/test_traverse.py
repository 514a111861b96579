"""Sweeps change what they are of and nothing else; directions are found where they were planted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.exploration.directions import factorised, principal
from gankit.exploration.seeds import catalogue
from gankit.exploration.traverse import of_axis, of_code, of_direction, of_labels, traverse
from gankit.game.batch import DataSpec
from gankit.game.prior import Codes, Normal, Prior, Uniform
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.infogan import InfoGAN
from gankit.networks import CGANNetwork, ConditionalDCGAN, DCGANNetwork, InfoGANNetwork
from gankit.networks.parts import Stack
from tests.exploration.known import Halves, Plain, Sides, linear

DIGITS = DataSpec(shape=(1, 8, 8), classes=tuple("0123456789"))


def stretching(prior: Prior, strongest: Tensor) -> Stack:
    """Two layers, the first of which stretches the latent ten times as much along `strongest` [size]."""
    first, second = nn.Linear(prior.size, 32, bias=False), nn.Linear(32, 16)
    basis = torch.linalg.qr(torch.randn(32, prior.size, generator=torch.Generator().manual_seed(0)))[0]
    first.weight.data = basis @ (torch.eye(prior.size) + 9 * torch.outer(strongest, strongest))
    body = nn.Sequential(first, nn.LeakyReLU(0.5, inplace=True), second, nn.Unflatten(1, (1, 4, 4)))
    return Stack(prior, body).eval().requires_grad_(False)


@pytest.mark.parametrize("prior", [Uniform(6), Normal(6)], ids=str)
def test_directions_are_what_the_first_layer_stretches(prior: Prior) -> None:
    planted = torch.tensor([0.0, -0.6, 0.0, 0.8, 0.0, 0.0])
    generator = stretching(prior, planted)
    closed, components = factorised(generator, 3), principal(generator, 3)
    assert torch.allclose(closed.vectors[0], planted, atol=1e-4)
    assert float(components.vectors[0] @ planted) > 0.99
    for found in (closed, components):
        assert torch.allclose(found.vectors.norm(dim=1), torch.ones(3), atol=1e-5)
        assert (found.shares[:-1] >= found.shares[1:]).all()
        assert 0.5 < float(found.shares.sum()) <= 1


@pytest.mark.parametrize(
    "method",
    [
        DCGAN(network=DCGANNetwork(width=4)),
        InfoGAN(network=InfoGANNetwork(width=4, hidden=16)),
        CGAN(network=ConditionalDCGAN(width=4, hidden=16)),
        CGAN(network=CGANNetwork(generator_widths=(8, 8, 16))),
    ],
    ids=lambda method: f"{type(method).__name__}-{type(method.network).__name__}",
)
def test_directions_of_every_kind_of_first_layer(method: DCGAN | InfoGAN | CGAN) -> None:
    generator = method.players(DIGITS).generator.eval().requires_grad_(False)
    for found in (factorised(generator, 2), principal(generator, 2)):
        assert found.vectors.shape == (2, generator.prior.size)
        assert found.vectors.isfinite().all()


def test_generators_without_such_layers_are_said() -> None:
    with pytest.raises(UserError, match="take --directions pca"):
        factorised(Sides(), 2)
    with pytest.raises(UserError, match="take --directions sefa"):
        principal(linear(Uniform(5)), 2)


def test_a_sweep_changes_what_it_is_of_and_nothing_else() -> None:
    prior = Codes(3, (4,), 2)
    base = prior.draw(1)[0]
    parts = prior.slices()
    for sweep, part in (
        (of_code(prior, "categorical"), parts["categorical-1"]),
        (of_code(prior, "1"), parts["continuous-2"]),
        (of_code(prior, "continuous-1"), parts["continuous-1"]),
        (of_axis(prior, 2), slice(2, 3)),
    ):
        latents = sweep(base)
        changed = torch.zeros(prior.size, dtype=torch.bool)
        changed[part] = True
        assert torch.equal(latents[:, ~changed], base[~changed].expand(len(latents), -1))
        assert len({tuple(row.tolist()) for row in latents[:, changed]}) == len(latents) == len(sweep.columns)


def test_values_reach_as_far_as_they_say() -> None:
    prior = Codes(3, (4,), 2)
    assert torch.equal(of_code(prior, "categorical")(torch.zeros(9))[:, 3:7], torch.eye(4))
    assert of_code(prior, "0")(torch.zeros(9))[:, 7].tolist() == torch.linspace(-2, 2, 9).tolist()
    assert of_axis(Uniform(2, 0.5, 0.5), 1, columns=3)(torch.zeros(2))[:, 1].tolist() == [0, 0.5, 1]
    assert of_axis(Normal(2), 0, columns=3, reach=2)(torch.zeros(2))[:, 0].tolist() == [-2, 0, 2]
    moved = of_direction("d", torch.tensor([0.0, 1.0]), reach=4, columns=3)(torch.ones(2))
    assert moved.tolist() == [[1, -3], [1, 1], [1, 5]]


def test_a_row_for_each_latent_and_a_column_for_each_value() -> None:
    generator = linear(Uniform(5), classes=3)
    base = generator.prior.draw(2)
    found = traverse(generator, base, [of_labels(generator, ("a", "b", "c"))], features=Plain(), names=("x", "y"))
    assert found.columns == ("a", "b", "c")
    assert [row.name for row in found.rows] == ["x", "y"]
    for row, latent in zip(found.rows, base, strict=True):
        assert torch.allclose(row.images, generator(latent.expand(3, -1), torch.arange(3)), atol=1e-6)
    swept = traverse(generator, base[:1], [of_axis(generator.prior, 1), of_axis(generator.prior, 3)], features=Plain())
    assert [row["name"] for row in swept.numbers["rows"]] == ["axis 1", "axis 3"]
    assert np.asarray(swept.picture()).std() > 10


def test_how_far_a_row_moves_is_measured() -> None:
    found = traverse(Sides(), torch.zeros(1, 6), [of_axis(Uniform(6), axis) for axis in (0, 1, 2)], features=Plain())
    most, little, nothing = (row["moved"] for row in found.numbers["rows"])
    assert most == pytest.approx(8)  # sixteen pixels by 2 each
    assert little == pytest.approx(0.8, rel=1e-3)
    assert nothing == 0


def test_what_can_t_be_swept_is_said() -> None:
    with pytest.raises(UserError, match="no latent axis 6: this run's latents have 6, counted from 0"):
        of_axis(Uniform(6), 6)
    with pytest.raises(UserError, match="no latent axis -1"):
        of_axis(Uniform(6), -1)
    with pytest.raises(UserError, match="no codes"):
        of_code(Uniform(6), "0")
    with pytest.raises(UserError, match="no code '2': there are categorical-1, continuous-1, continuous-2, 0, 1"):
        of_code(Codes(), "2")
    with pytest.raises(UserError, match="takes no labels"):
        of_labels(linear(Uniform(5)), ())


def test_seeds_are_listed_with_their_classes() -> None:
    found = catalogue(Sides(), 20, features=Halves())
    brighter = found.images[:, 0, 0, 0] > found.images[:, 0, 0, -1]
    assert found.classes is not None
    assert [name == "left" for name in found.classes] == brighter.tolist()
    assert catalogue(Sides(), 3, features=Plain()).numbers == {"seeds": 3, "classes": None}
