"""Extraction in chunks, conversion of channels and sizes, and hashes."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.features import FeatureNetwork, Features, extract
from gankit.features.network import weights_hash
from gankit.features.plain import Pixels, Points
from gankit.networks.colours import as_channels, as_size, conversion
from tests.features.material import pictures


class Counting(FeatureNetwork):
    """Sums of images, and their negatives for logits; remembers how many images it was shown at a time."""

    name = "counting"

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.seen: list[int] = []

    def forward(self, images: Tensor) -> Features:
        self.seen.append(len(images))
        sums = images.double().sum((1, 2, 3)) * self.weight
        return Features(sums[:, None], -sums[:, None])


def test_extraction_is_in_chunks_and_in_order() -> None:
    network, images = Counting(), pictures(10, 1, 3, 3)
    found = extract(network, images, 4)
    assert network.seen == [4, 4, 2]
    assert found.values.dtype == torch.float32
    assert found.logits is not None
    assert torch.allclose(found.values[:, 0], images.sum((1, 2, 3)), atol=1e-5)
    assert torch.equal(found.logits, -found.values)
    assert not found.values.requires_grad
    assert not found.values.is_inference()


def test_batches_of_a_loader_are_one_set() -> None:
    network, images = Counting(), pictures(10, 1, 3, 3)
    found = extract(network, (images[start : start + 6] for start in (0, 6)), 4)
    assert network.seen == [4, 2, 4]
    assert torch.equal(found.values, extract(network, images).values)


def test_no_image_at_all_is_refused() -> None:
    with pytest.raises(UserError, match="'counting' was given no images"):
        extract(Counting(), [])


def test_grey_is_the_mean_and_colours_of_grey_are_equal() -> None:
    images = pictures(2, 3, 4, 5)
    assert torch.equal(as_channels(images, 3), images)
    assert torch.allclose(as_channels(images, 1)[:, 0], images.mean(1))
    assert torch.equal(as_channels(images[:, :1], 3)[:, 2], images[:, 0])


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_transparent_lies_over_white(channels: int) -> None:
    colours = pictures(2, 3, 4, 5)

    def over(alpha: float) -> Tensor:
        return as_channels(torch.cat([colours, torch.full((2, 1, 4, 5), alpha)], 1), channels)

    assert torch.allclose(over(1.0), as_channels(colours, channels), atol=1e-6)
    assert torch.equal(over(-1.0), torch.ones(2, channels, 4, 5))
    assert torch.allclose(over(0.0), (as_channels(colours, channels) + 1) / 2, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 2, 4, 4), (2, 5, 4, 4), (2, 7)])
def test_other_channels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="1, 3 or 4 channels are needed, not"):
        as_channels(pictures(*shape), 3)


def test_resizing_leaves_what_fits_and_averages_what_is_larger() -> None:
    images = pictures(2, 1, 8, 8)
    assert as_size(images, 8) is images
    lines = torch.full((1, 1, 64, 64), -1.0)
    lines[:, :, 3::8] = lines[:, :, 4::8] = 1
    assert as_size(lines, 8)[:, :, 2:6].mean() == pytest.approx(-0.5, abs=0.1)
    assert as_size(images.sign(), 20, "bicubic").abs().max() <= 1


def test_the_hash_follows_the_weights() -> None:
    network = Counting()
    before = network.hash
    assert before == Counting().hash
    assert len(before) == 16
    assert int(before, 16) >= 0
    with torch.no_grad():
        network.weight[0] += 1e-6
    assert network.hash != before


def test_the_hash_follows_names_types_shapes_and_words() -> None:
    linear = nn.Linear(2, 2)
    found = {
        weights_hash(linear),
        weights_hash(linear, "a"),
        weights_hash(linear, "b"),
        weights_hash(nn.Sequential(linear)),
    }
    found |= {weights_hash(linear.bfloat16()), weights_hash(nn.Linear(2, 2))}
    assert len(found) == 6
    assert Points().hash != Pixels().hash


def test_nothing_optional_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import gankit.features, sys; from gankit.game.batch import DataSpec\n"
        "gankit.features.feature_network('auto', DataSpec(shape=(1, 8, 8)), 'digits')\n"
        "heavy = {'transformers', 'torch_fidelity', 'torchvision', 'sklearn', 'scipy', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_what_becomes_of_channels_is_said() -> None:
    transparent, grey, colours = "pictures with transparency", "grey pictures", "pictures in colours"
    assert conversion(4, 3) == f"{transparent} where {colours} are needed: laid over white"
    averaged = "laid over white, their red, green and blue averaged"
    assert conversion(4, 1) == f"{transparent} where {grey} are needed: {averaged}"
    assert conversion(1, 3) == f"{grey} where {colours} are needed: their grey taken for all three colours"
    assert [conversion(*pair) for pair in ((1, 1), (3, 3), (3, 4), (2, 3))] == ["", "", "", ""]
