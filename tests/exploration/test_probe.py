"""Features judged by a linear classifier."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gankit.data import images, open_data
from gankit.exploration.probe import Probe, of_layers, of_patches, of_pixels, probe_row
from gankit.game.batch import DataSpec
from gankit.networks import MLP, DCGANNetwork
from tests.exploration.known import Largest

SPEC = DataSpec(shape=(1, 16, 16))


def split() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """100 labelled digits, and 300 others."""
    pack = open_data("digits")
    assert pack.labels is not None
    sets = [torch.arange(100), torch.arange(1000, 1300)]
    train, test = ((images(pack, part), pack.labels[part]) for part in sets)
    return train, test


def test_every_convolution_is_pooled_to_a_grid() -> None:
    network = DCGANNetwork(width=4, base=2).discriminator(SPEC).eval()  # 8x8, 4x4 and 2x2
    data = torch.rand(3, 1, 16, 16)
    found = of_layers(network, data)(data)
    assert found.shape == (3, 4 * 16 + 8 * 16 + 16 * 4)
    first = torch.nn.Sequential(*list(network.children())[:2])(data)
    torch.testing.assert_close(found[:, :64], first.reshape(3, 4, 4, 2, 4, 2).amax((3, 5)).flatten(1))


def test_without_convolutions_the_hidden_layers_are_the_features() -> None:
    network = MLP(discriminator_widths=(7, 5)).discriminator(SPEC).eval()
    assert of_layers(network, torch.rand(2, 1, 16, 16))(torch.rand(3, 1, 16, 16)).shape == (3, 12)


def test_features_that_know_the_class_are_told_from_those_that_don_t() -> None:
    train, test = split()
    knowing = dict(zip(map(bytes, torch.cat([train[0], test[0]]).numpy()), torch.cat([train[1], test[1]]), strict=True))

    def told(some: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(torch.stack([knowing[bytes(one)] for one in some.numpy()]), 10).float()

    assert probe_row("told", told, train, test, seed=0).accuracy == 1
    noise = probe_row("noise", lambda some: torch.randn(len(some), 300), train, test, seed=0)
    assert noise.accuracy < 0.25
    pixels = probe_row("pixels", of_pixels, train, test, seed=0)
    assert 0.8 < pixels.accuracy < 1
    assert probe_row("pixels", of_pixels, train, test, seed=0) == pixels


def test_more_dimensions_than_images_change_nothing_but_the_speed() -> None:
    """Pixels repeated are the same pixels to the classifier."""
    train, test = split()
    few, many = (
        probe_row("x", lambda some, times=times: some.flatten(1).repeat(1, times) / times**0.5, train, test, seed=0)
        for times in (1, 4)
    )
    assert (few.dimensions, many.dimensions) == (64, 256)
    assert abs(few.accuracy - many.accuracy) < 0.02


def test_patches_have_features_that_follow_from_the_seed() -> None:
    train, test = split()
    first, again = (of_patches(train[0], centres=8, seed=3)(test[0]) for _ in range(2))
    assert first.shape == (300, 32)
    assert torch.equal(first, again)
    assert first.min() >= 0
    assert probe_row("patches", of_patches(train[0], centres=16, seed=0), train, test, seed=0).accuracy > 0.5


def test_patches_are_taken_of_some_images_at_a_time() -> None:
    with Largest() as largest:
        of_patches(torch.rand(50, 1, 8, 8), centres=2, seed=0)
    assert largest.values < 20_000 * 8 * 8


def test_a_table_and_a_plot() -> None:
    train, test = split()
    rows = [probe_row(name, of_pixels, train, test, seed=0) for name in ("trained D", "raw pixels")]
    found = Probe(rows=rows, labels=100, tested=300, split="the test split")
    assert [row[0] for row in found.table()] == ["features", "trained D", "raw pixels"]
    assert found.numbers["rows"][0]["standard error"] == rows[0].error(300) > 0
    assert np.asarray(found.picture()).std() > 10
