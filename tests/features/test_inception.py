"""Inception: where its weights come from, how they are read, what the network is shown."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.features import extract, feature_network, inception
from tests.features.material import pictures, spec


class Small(nn.Module):
    """Takes and gives what torch-fidelity's network does."""

    shift: Tensor

    def __init__(self, name: str, features: list[str], feature_extractor_weights_path: Any) -> None:
        super().__init__()
        assert features == ["2048", "logits_unbiased"]
        self.register_buffer("shift", torch.zeros(1))
        self.load_state_dict(torch.load(feature_extractor_weights_path))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        assert images.dtype == torch.uint8
        assert images.shape[1] == 3
        sums = images.float().sum((1, 2, 3))[:, None] + self.shift
        return sums.expand(-1, 2048), sums.expand(-1, 1008)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, an empty hub and no network."""

    def download(*arguments: Any, **options: Any) -> None:
        raise URLError("Name or service not known")

    monkeypatch.setenv("GANKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    return tmp_path / "cache"


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_images_are_shown_in_8_bits_and_three_channels(tmp_path: Path) -> None:
    torch.save({"shift": torch.tensor([1.0])}, tmp_path / "weights.pth")
    network = inception.read_weights(tmp_path / "weights.pth", Small)
    found = extract(network, torch.tensor([-1.0, 0.0, 0.999, 1.0])[:, None, None, None].expand(4, 1, 2, 2))
    assert found.values[:, 0].tolist() == [12 * level + 1 for level in (0, 128, 255, 255)]
    assert found.logits is not None
    assert (found.values.shape[1], found.logits.shape[1], len(network.classes)) == (2048, 1008, 1008)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
def test_a_file_that_holds_no_weights(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "weights.pth", content)
    with pytest.raises(UserError, match=r"weights.pth' holds no weights of Inception v3 .*: fetch https://github.com"):
        inception.read_weights(path, Small)


class Code:
    """Unpickled, it would make a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def test_weights_of_something_else_are_refused_and_code_is_not_run(tmp_path: Path) -> None:
    torch.save({"other": torch.zeros(2)}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match="holds no weights of Inception v3"):
        inception.read_weights(tmp_path / "weights.pth", Small)
    torch.save({"shift": Code(tmp_path / "made")}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match="holds no weights of Inception v3"):
        inception.read_weights(tmp_path / "weights.pth", Small)
    assert not (tmp_path / "made").exists()


def test_offline_it_is_said_what_to_fetch_and_where_to_put_it(cache: Path) -> None:
    with pytest.raises(UserError, match=r"could not be fetched .*Name or service not known.*: fetch https") as caught:
        inception.weights()
    assert str(caught.value).endswith(f"put it at {str(cache / 'weights' / inception.FILE)!r}")


def test_weights_that_are_there_are_taken_if_they_are_whole(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception, "SHA256", hashlib.sha256(b"weights").hexdigest())
    hub = put(Path(torch.hub.get_dir()) / "checkpoints" / inception.FILE, b"weights")
    assert inception.weights() == hub
    own = put(cache / "weights" / inception.FILE, b"weights")
    assert inception.weights() == own
    own.write_bytes(b"weight")
    with pytest.raises(UserError, match="is damaged, or no file of 'inception': fetch https"):
        inception.weights()


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"'inception' needs torch-fidelity: pip install .*\[inception\]'"):
        feature_network("inception", spec(), "photos/")


def test_the_network_is_imported_without_what_needs_torchvision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "torch_fidelity"
    put(package / "__init__.py", b"raise ImportError('no torchvision that fits')")
    put(package / "helpers.py", b"NAME = 'helped'")
    code = b"from torch_fidelity.helpers import NAME\nclass FeatureExtractorInceptionV3:\n    name = NAME\n"
    put(package / "feature_extractor_inceptionv3.py", code)
    monkeypatch.syspath_prepend(tmp_path)
    assert inception.architecture().name == "helped"
    assert not [name for name in sys.modules if name.startswith("torch_fidelity")]


@pytest.mark.skipif(find_spec("torch_fidelity") is None, reason="needs torch-fidelity")
def test_the_real_architecture_with_weights_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = inception.architecture()
    torch.manual_seed(0)
    with monkeypatch.context() as patch:
        patch.setattr(kind, "load_state_dict", lambda self, state: None)
        empty = io.BytesIO()
        torch.save({}, empty)
        empty.seek(0)
        random = kind("random", ["2048"], feature_extractor_weights_path=empty)
    torch.save(random.state_dict(), tmp_path / "weights.pth")
    network = inception.read_weights(tmp_path / "weights.pth", kind)
    found = extract(network, pictures(2, 1, 32, 20))
    assert found.logits is not None
    assert (found.values.shape, found.logits.shape) == ((2, 2048), (2, 1008))
    assert torch.equal(network.body.fc.weight, random.fc.weight)
    assert torch.allclose(found.logits, found.values @ random.fc.weight.T, atol=1e-4)
