"""DINOv2: what the network is shown, and loading one from a folder."""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.features import dinov2, extract, feature_network
from tests.features.material import pictures, spec


class Shown(nn.Module):
    """Means of its input as the class token, before a token of zeros."""

    def forward(self, images: Tensor) -> SimpleNamespace:
        assert images.shape[1:] == (3, 224, 224)
        means = images.mean((2, 3))
        return SimpleNamespace(last_hidden_state=torch.stack([means, torch.zeros_like(means)], 1))


def test_images_are_shown_at_224_with_imagenets_mean_and_deviation() -> None:
    ends = torch.tensor([-1.0, 1.0])[:, None, None, None].expand(2, 1, 30, 20)
    found = extract(dinov2.DINOv2(Shown()), ends)
    for level, values in enumerate(found.values):
        expected = [(level - mean) / sd for mean, sd in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
        assert values.tolist() == pytest.approx(expected, rel=1e-4)
    assert found.logits is None


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dinov2, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"'dinov2' needs transformers: pip install 'gankit\[dinov2\]'"):
        feature_network("dinov2", spec(), "photos/")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if find_spec("transformers") is None:
        pytest.skip("needs transformers")
    monkeypatch.setenv("GANKIT_CACHE", str(tmp_path))
    return tmp_path / "weights" / "dinov2"


def test_the_real_architecture_with_weights_of_our_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transformers = import_module("transformers")
    torch.manual_seed(0)
    config = transformers.Dinov2Config(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28)
    saved = transformers.Dinov2Model(config).eval()
    saved.save_pretrained(folder)
    with pytest.raises(UserError, match=r"model.safetensors' is damaged, or no file of 'dinov2': fetch config.json"):
        feature_network("dinov2", spec(), "photos/")
    held = hashlib.sha256((folder / dinov2.WEIGHTS).read_bytes()).hexdigest()
    monkeypatch.setattr(dinov2, "SHA256", held)
    network, images = feature_network("dinov2", spec(), "photos/"), pictures(3, 3, 224, 224)
    found = extract(network, images, 2)
    assert found.values.shape == (3, 16)
    assert torch.equal(network.state_dict()["body.layernorm.weight"], saved.state_dict()["layernorm.weight"])
    with torch.no_grad():
        shown = ((images + 1) / 2 - network.state_dict()["mean"]) / network.state_dict()["sd"]
        assert torch.allclose(found.values, saved(shown).pooler_output, atol=1e-5)
    assert len(network.hash) == 16


def test_a_folder_without_weights_is_said(folder: Path) -> None:
    folder.mkdir(parents=True)
    with pytest.raises(UserError, match=r"'dinov2' could not be loaded .*: fetch config.json and model") as caught:
        feature_network("dinov2", spec(), "photos/")
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
