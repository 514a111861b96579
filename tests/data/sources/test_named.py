"""The data sets that have a name: digits is always there, the others where $GANKIT_DATA says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import describe, images, open_data
from gankit.data.sources import named
from tests.data.material import needs, write_idx, write_table


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    theirs: Any = load_digits()
    pack = open_data("digits")
    assert (len(pack), pack.spec.shape) == (1797, (1, 8, 8))
    assert pack.labels is not None
    assert np.array_equal(pack.labels.numpy(), theirs.target)
    assert np.array_equal(pack.values[..., 0].numpy(), np.rint(theirs.images * 255 / 16))
    assert images(pack, range(1797)).max() == 1  # type: ignore[arg-type]
    with pytest.raises(UserError, match="no test split"):
        open_data("digits", split="test")


def test_digits_can_be_resized() -> None:
    assert open_data("digits", size="16x12").spec.shape == (1, 16, 12)


def test_digits_import_no_scikit_learn() -> None:
    code = "import sys; from gankit.data import open_data; open_data('digits'); "
    code += "print([n for n in ('sklearn', 'pyarrow', 'matplotlib', 'scipy') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANKIT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_idx_files(data: Path) -> None:
    for index, (split, stem) in enumerate((("train", "train"), ("test", "t10k"))):
        pixels = np.random.default_rng(index).integers(0, 256, (30, 28, 28), dtype=np.uint8)
        labels = np.arange(30, dtype=np.uint8) % 10
        write_idx(data / "fashion-mnist" / f"{stem}-images-idx3-ubyte.gz", pixels)
        write_idx(data / "fashion-mnist" / f"{stem}-labels-idx1-ubyte.gz", labels)
        pack = open_data("fashion-mnist", split=split)  # type: ignore[arg-type]
        assert np.array_equal(pack.values[..., 0].numpy(), pixels)
        assert pack.labels is not None
        assert pack.labels.tolist() == labels.tolist()
        assert pack.spec.classes[9] == "Ankle boot"
    (data / "fashion-mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="is damaged"):
        open_data("fashion-mnist")


def test_parquet_serves_every_set_and_shards_are_in_order(data: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype=np.uint8)
    for shard in (1, 0):
        half = slice(6 * shard, 6 * shard + 6)
        path = data / "mnist" / "mnist" / f"train-0000{shard}-of-00002.parquet"
        write_table(path, image=pixels[half], label=list(range(10))[:6] if shard else [9] * 6)
    pack = open_data("mnist")
    assert np.array_equal(pack.values[..., 0].numpy(), pixels)
    assert pack.labels is not None
    assert [pack.spec.classes[label] for label in pack.labels] == list("999999012345")


def test_a_set_that_is_nowhere_says_what_to_put_where(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UserError, match=r"put train-images-idx3-ubyte.gz .* in '.*data/mnist'"):
        open_data("mnist")
    with pytest.raises(UserError, match=r"put train-\*.parquet .* in '.*data/cifar10'"):
        open_data("cifar10")


def test_a_set_is_fetched_from_the_hub_once(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def snapshot_download(repository: str, *, repo_type: str, allow_patterns: str, local_dir: Path) -> None:
        asked.append(repository)
        assert (repo_type, allow_patterns) == ("dataset", ["*.parquet", "*.tar"])
        pixels = np.zeros((2, 32, 32, 3), np.uint8)
        write_table(local_dir / "plain_text" / "train-0.parquet", img=pixels, label=[0, 9])

    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=snapshot_download))
    assert open_data("cifar10").spec.classes == ("airplane", "truck")
    assert open_data("cifar10", size=16).spec.shape == (3, 16, 16)
    assert asked == ["uoft-cs/cifar10"]
    assert (cache / "downloads" / "cifar10").is_dir()


def test_being_offline_is_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot_download(*_: object, **__: object) -> None:
        raise ConnectionError("no route to the hub\nand a long story")

    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=snapshot_download))
    with pytest.raises(UserError, match=r"could not be fetched \(no route to the hub\): put train-images") as caught:
        open_data("mnist")
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@needs("mnist")
def test_mnist(shared: Path) -> None:
    pack = open_data("mnist", cache=shared)
    assert (len(pack), pack.spec.shape) == (60_000, (1, 28, 28))
    unit = pack.values.float() / 255
    assert float(unit.mean()) == pytest.approx(0.1307, abs=5e-5)
    assert float(unit.std()) == pytest.approx(0.3081, abs=5e-5)
    assert pack.labels is not None
    assert pack.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert len(describe(pack)) >= 12


@needs("fashion-mnist")
def test_fashion_mnist(shared: Path) -> None:
    pack = open_data("fashion-mnist", split="test", cache=shared)
    assert (len(pack), pack.spec.shape) == (10_000, (1, 28, 28))
    assert pack.labels is not None
    assert torch.bincount(pack.labels).tolist() == [1000] * 10


@needs("cifar10")
def test_cifar10(shared: Path) -> None:
    pack = open_data("cifar10", split="test", cache=shared)
    assert (len(pack), pack.spec.shape, pack.spec.classes) == (10_000, (3, 32, 32), named.THINGS)
    assert pack.labels is not None
    assert torch.bincount(pack.labels).tolist() == [1000] * 10
    first = images(pack, [0])
    assert first.std() > 0.1
