"""Sets of the hub: fetched once, and whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.sides.opening import open_two_sides
from tests.data.material import noise, write_table


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANKIT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path], None]], list[str]]:
    """Put a stand-in in the place of the hub's client; what it was asked for is in the list."""

    def serve(fill: Callable[[Path], None]) -> list[str]:
        asked: list[str] = []

        def snapshot_download(repository: str, *, repo_type: str, allow_patterns: str, local_dir: Path) -> None:
            assert (repo_type, allow_patterns) == ("dataset", ["*.parquet", "*.tar"])
            asked.append(repository)
            fill(local_dir)

        monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=snapshot_download))
        return asked

    return serve


def test_a_set_of_the_hub_is_fetched_once(cache: Path, serve: Callable[..., list[str]]) -> None:
    sides: dict[str, dict[str, Any]] = {
        split: {"imageA": noise(n), "imageB": noise(n)} for split, n in (("train", 5), ("test", 3))
    }

    def fill(into: Path) -> None:
        for split, columns in sides.items():
            write_table(into / "data" / f"{split}-00000-of-00001-c0ffee.parquet", **columns)

    asked = serve(fill)
    pack = open_two_sides("hub:huggan/maps", aligned=True)
    assert np.array_equal(pack.values.numpy(), sides["train"]["imageA"])
    held = open_two_sides("hub:huggan/maps", aligned=False, split="test", direction="BtoA")
    assert held.spec.aligned
    assert np.array_equal(held.values.numpy(), sides["test"]["imageB"])
    assert np.array_equal(open_data("hub:huggan/maps", split="test").values.numpy(), sides["test"]["imageA"])
    assert len(open_two_sides("hub:huggan/maps", aligned=True, pair="tint")) == 5
    assert asked == ["huggan/maps"]
    assert (cache / "downloads" / "hub" / "huggan" / "maps").is_dir()


def test_what_lies_under_gankit_data_is_not_fetched(data: Path, serve: Callable[..., list[str]]) -> None:
    asked = serve(lambda into: None)
    write_table(data / "me" / "cats" / "cats.parquet", image=noise(4))
    assert len(open_data("hub:me/cats")) == 4
    with pytest.raises(UserError, match="'hub:me/cats' has no test split"):
        open_data("hub:me/cats", split="test")
    write_table(data / "me" / "dogs" / "train.parquet", image=noise(3))
    write_table(data / "me" / "dogs" / "validation.parquet", image=noise(2))
    assert [len(open_data("hub:me/dogs", split=split)) for split in ("train", "test")] == [3, 2]
    write_table(data / "me" / "two" / "en" / "train.parquet", image=noise(3))
    write_table(data / "me" / "two" / "fr" / "train.parquet", image=noise(3))
    with pytest.raises(UserError, match="holds several sets"):
        open_data("hub:me/two")
    assert not asked


def test_a_broken_download_leaves_nothing_that_passes_for_the_set(cache: Path, serve: Callable[..., list[str]]) -> None:
    def break_off(into: Path) -> None:
        write_table(into / "train-00000-of-00002.parquet", image=noise(2))
        raise ConnectionError("gone\nand a long story")

    serve(break_off)
    with pytest.raises(
        UserError, match=r"could not be fetched \(gone\): put its .parquet or .tar files in '.*me/cats'$"
    ):
        open_data("hub:me/cats")

    def go_on(into: Path) -> None:
        write_table(into / "train-00001-of-00002.parquet", image=noise(2))

    serve(go_on)
    assert len(open_data("hub:me/cats")) == 4


def test_other_mistakes(serve: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hub:cats", "hub:../../etc", "hub:me/..", "hub:", "hub:a/b/c"):
        with pytest.raises(UserError, match="write hub:owner/name"):
            open_data(name)
    serve(lambda into: into.mkdir(parents=True))
    with pytest.raises(UserError, match=r"holds no .parquet or .tar files"):
        open_data("hub:me/cats")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UserError, match=r"pip install .*\[hub\]'"):
        open_data("hub:me/dogs")
