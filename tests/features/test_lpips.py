"""LPIPS: the published formula, where its weights come from, and how files of another kind are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.features import lpips

PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
"""Where torchvision's list of VGG-16's layers has convolutions."""


def weights() -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Files' contents as published, with small random numbers: of the body and of the heads."""
    random = torch.Generator().manual_seed(0)
    widths = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    body = {"classifier.0.weight": torch.zeros(2, 2)}
    for place, inputs, outputs in zip(PLACES, widths, widths[1:], strict=False):
        scale = (2 / (9 * inputs)) ** 0.5
        body[f"features.{place}.weight"] = torch.randn(outputs, inputs, 3, 3, generator=random) * scale
        body[f"features.{place}.bias"] = torch.randn(outputs, generator=random) * 0.1
    heads = {
        f"lin{number}.model.1.weight": torch.rand(1, width, 1, 1, generator=random)
        for number, width in enumerate((64, 128, 256, 512, 512))
    }
    return body, heads


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("lpips")
    paths = folder / "body.pth", folder / "heads.pth"
    for path, tensors in zip(paths, weights(), strict=True):
        torch.save(tensors, path)
    return paths


def pictures(seed: int, channels: int = 3) -> Tensor:
    return torch.rand(2, channels, 20, 35, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def by_the_book(first: Tensor, second: Tensor) -> Tensor:
    """Equation 1 of the paper, layer by layer as torchvision lists them."""
    body, heads = weights()
    mean, sd = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    total = torch.zeros(len(first))
    values = [((images + 1) / 2 - mean[:, None, None]) / sd[:, None, None] for images in (first, second)]
    stage = 0
    for place in PLACES:
        if place in (5, 10, 17, 24):
            values = [F.max_pool2d(each, 2) for each in values]
        weight, bias = body[f"features.{place}.weight"], body[f"features.{place}.bias"]
        values = [F.conv2d(each, weight, bias, padding=1).relu() for each in values]
        if place in (2, 7, 14, 21, 28):
            one, other = (F.normalize(each, dim=1) for each in values)
            total += F.conv2d((one - other) ** 2, heads[f"lin{stage}.model.1.weight"]).mean((1, 2, 3))
            stage += 1
    return total


def test_it_is_the_published_formula(files: tuple[Path, Path]) -> None:
    network = lpips.read_weights(*files)
    found = network(pictures(0), pictures(1))
    assert found.tolist() == pytest.approx(by_the_book(pictures(0), pictures(1)).tolist(), rel=1e-3)
    assert (found > 0).all()
    assert network(pictures(0), pictures(0)).tolist() == [0.0, 0.0]
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_grey_pictures_have_three_equal_channels(files: tuple[Path, Path]) -> None:
    network = lpips.read_weights(*files)
    one, other = pictures(0, 1), pictures(1, 1)
    colours = network(one.expand(-1, 3, -1, -1), other.expand(-1, 3, -1, -1))
    assert torch.allclose(network(one, other), colours)
    with pytest.raises(UserError, match="images of 16x16 pixels at least"):
        network(one[..., :8, :8], other[..., :8, :8])


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_published_heads_fit(files: tuple[Path, Path]) -> None:
    """torchmetrics comes with the heads; the body has to be fetched."""
    torchmetrics = pytest.importorskip("torchmetrics")
    heads = Path(torchmetrics.__file__).parent / "functional" / "image" / "lpips_models" / "vgg.pth"
    if not heads.is_file():
        pytest.skip("this version of torchmetrics has no heads of LPIPS")
    assert sha256(heads) == lpips.SHA256[lpips.HEADS]
    network = lpips.read_weights(files[0], heads)
    assert all((head >= 0).all() for head in network.heads)
    assert float(network(pictures(0), pictures(1)).min()) > 0


def test_files_of_another_kind_are_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "text.pth").write_text("not a network")
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "linear.pth")
    for wrong in (tmp_path / "text.pth", tmp_path / "linear.pth", tmp_path / "none.pth"):
        with pytest.raises(UserError, match="hold no weights of LPIPS"):
            lpips.read_weights(wrong, files[1])
        with pytest.raises(UserError, match="hold no weights of LPIPS"):
            lpips.read_weights(files[0], wrong)


def test_weights_that_can_t_be_had_say_where_to_put_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*arguments: Any, **options: Any) -> None:
        raise URLError("Name or service not known")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    monkeypatch.setenv("GANKIT_CACHE", str(tmp_path / "cache"))
    with pytest.raises(
        UserError, match=r"could not be fetched .*: fetch https://.*vgg16-.*pth and put it at '.*weights"
    ):
        lpips.weights_path()


def test_weights_are_found_in_the_cache(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("GANKIT_CACHE", str(tmp_path))
    for path, url in zip(files, (lpips.BODY, lpips.HEADS), strict=True):
        (folder / url.rpartition("/")[2]).symlink_to(path)
    with pytest.raises(UserError, match="is damaged, or no file of 'lpips': fetch https"):
        lpips.weights_path.__wrapped__()
    monkeypatch.setattr(
        lpips, "SHA256", {url: sha256(path) for path, url in zip(files, (lpips.BODY, lpips.HEADS), strict=True)}
    )
    assert lpips.weights_path.__wrapped__().hash == lpips.read_weights(*files).hash
