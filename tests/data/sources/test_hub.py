"""Tables of the hub, with one column of pictures or two, fetched once and whole or not at all."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.sides.opening import open_two_sides

RNG = np.random.default_rng(0)


def noise(n: int, channels: int = 3) -> np.ndarray:
    return RNG.integers(0, 256, (n, 8, 8, channels), dtype=np.uint8)


def png(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values if values.shape[-1] == 3 else values[..., 0]).save(buffer, "PNG")
    return buffer.getvalue()


def write(path: Path, **columns: np.ndarray | list[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    cells = {
        name: [cell if isinstance(cell, bytes) else png(cell) for cell in column] for name, column in columns.items()
    }
    pq.write_table(
        pa.table({name: [{"bytes": cell, "path": None} for cell in column] for name, column in cells.items()}), path
    )


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
            assert (repo_type, allow_patterns) == ("dataset", "*.parquet")
            asked.append(repository)
            fill(local_dir)

        monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=snapshot_download))
        return asked

    return serve


@pytest.mark.parametrize("names", [("imageA", "imageB"), ("input_image", "target image"), ("one", "two")])
def test_two_columns_are_pairs(tmp_path: Path, names: tuple[str, str]) -> None:
    first, second = noise(5), noise(5, 1)
    write(tmp_path / "a.parquet", **dict(zip(names, (first, second), strict=True)))
    pack = open_two_sides(tmp_path / "a.parquet", aligned=True)
    assert pack.other is not None
    assert (pack.spec.shape, pack.spec.other_shape, pack.spec.aligned) == ((3, 8, 8), (1, 8, 8), True)
    assert np.array_equal(pack.values.numpy(), first)
    assert np.array_equal(pack.other.values.numpy(), second)
    unpaired = open_two_sides(tmp_path / "a.parquet", aligned=False)
    assert not unpaired.spec.aligned
    assert any("rows are pairs" in note for note in unpaired.report.notes)
    assert np.array_equal(open_data(tmp_path / "a.parquet").values.numpy(), first)
    with pytest.raises(UserError, match="no test split"):
        open_two_sides(tmp_path / "a.parquet", aligned=True, split="test")


def test_a_row_with_a_damaged_picture_is_left_out_of_both_sides(tmp_path: Path) -> None:
    first, second = [png(cell) for cell in noise(4)], [png(cell) for cell in noise(4)]
    first[1] = b""
    second[2] = b"nonsense"
    write(tmp_path / "a.parquet", input=first, target=second)
    pack = open_two_sides(tmp_path / "a.parquet", aligned=True)
    assert pack.other is not None
    assert (len(pack), len(pack.other)) == (2, 2)
    assert [name for name, _ in pack.report.unreadable] == ["#1", "#2"]
    assert len(open_two_sides(tmp_path / "a.parquet", aligned=False)) == 3


def test_names_tell_which_of_many_columns(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", mask=noise(2), target=noise(2), input=(given := noise(2)))
    assert np.array_equal(open_two_sides(tmp_path / "a.parquet", aligned=True).values.numpy(), given)
    write(tmp_path / "b.parquet", x=noise(2), y=noise(2), z=noise(2))
    with pytest.raises(UserError, match="the columns x, y, z: call the sides' own 'input' and 'target'"):
        open_two_sides(tmp_path / "b.parquet", aligned=True)


def test_side_by_side_pictures_in_a_table(tmp_path: Path) -> None:
    wide = RNG.integers(0, 256, (3, 8, 16, 3), dtype=np.uint8)
    write(tmp_path / "a.parquet", image=wide)
    pack = open_two_sides(tmp_path / "a.parquet", aligned=True)
    assert np.array_equal(pack.values.numpy(), wide[:, :, :8])


@pytest.mark.parametrize("labelled", [False, True])
def test_a_table_without_rows_or_with_a_damaged_page(tmp_path: Path, labelled: bool) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    for n in (0, 9):
        columns = {"image": [png(cell) for cell in noise(n)], **({"label": list(range(n))} if labelled else {})}
        kinds = {"image": pa.binary(), "label": pa.int64()}
        table = pa.table({name: pa.array(column, kinds[name]) for name, column in columns.items()})
        pq.write_table(table, path, compression="none", use_dictionary=False, row_group_size=5)
        if not n:
            with pytest.raises(UserError, match=r"a\.parquet' has no rows"):
                open_data(path)
    assert len(open_data(path)) == 9
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 40 + content[44:])
    with pytest.raises(UserError, match=r"a\.parquet' cannot be read as Parquet: [^\n]+$"):
        open_data(path)


def test_a_set_of_the_hub_is_fetched_once(cache: Path, serve: Callable[..., list[str]]) -> None:
    sides = {split: {"imageA": noise(n), "imageB": noise(n)} for split, n in (("train", 5), ("test", 3))}

    def fill(into: Path) -> None:
        for split, columns in sides.items():
            write(into / "data" / f"{split}-00000-of-00001-c0ffee.parquet", **columns)

    asked = serve(fill)
    pack = open_two_sides("hub:huggan/maps", aligned=True)
    assert np.array_equal(pack.values.numpy(), sides["train"]["imageA"])
    held = open_two_sides("hub:huggan/maps", aligned=False, split="test", direction="BtoA")
    assert held.spec.aligned
    assert np.array_equal(held.values.numpy(), sides["test"]["imageB"])
    assert np.array_equal(open_data("hub:huggan/maps", split="test").values.numpy(), sides["test"]["imageA"])
    assert len(open_two_sides("hub:huggan/maps", aligned=True, pair="tint")) == 5
    assert asked == ["huggan/maps"]
    assert (cache / "downloads" / "huggan" / "maps").is_dir()


def test_what_lies_under_gankit_data_is_not_fetched(data: Path, serve: Callable[..., list[str]]) -> None:
    asked = serve(lambda into: None)
    write(data / "me" / "cats" / "cats.parquet", image=noise(4))
    assert len(open_data("hub:me/cats")) == 4
    with pytest.raises(UserError, match="'hub:me/cats' has no test split"):
        open_data("hub:me/cats", split="test")
    write(data / "me" / "dogs" / "train.parquet", image=noise(3))
    write(data / "me" / "dogs" / "validation.parquet", image=noise(2))
    assert [len(open_data("hub:me/dogs", split=split)) for split in ("train", "test")] == [3, 2]
    write(data / "me" / "two" / "en" / "train.parquet", image=noise(3))
    write(data / "me" / "two" / "fr" / "train.parquet", image=noise(3))
    with pytest.raises(UserError, match="holds several sets"):
        open_data("hub:me/two")
    assert not asked


def test_a_broken_download_leaves_nothing_that_passes_for_the_set(cache: Path, serve: Callable[..., list[str]]) -> None:
    def break_off(into: Path) -> None:
        write(into / "train-00000-of-00002.parquet", image=noise(2))
        raise ConnectionError("gone\nand a long story")

    serve(break_off)
    with pytest.raises(UserError, match=r"could not be fetched \(gone\): put its .parquet files in '.*me/cats'$"):
        open_data("hub:me/cats")

    def go_on(into: Path) -> None:
        write(into / "train-00001-of-00002.parquet", image=noise(2))

    serve(go_on)
    assert len(open_data("hub:me/cats")) == 4


def test_other_mistakes(serve: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hub:cats", "hub:../../etc", "hub:me/..", "hub:", "hub:a/b/c"):
        with pytest.raises(UserError, match="write hub:owner/name"):
            open_data(name)
    serve(lambda into: into.mkdir(parents=True))
    with pytest.raises(UserError, match=r"holds no .parquet files"):
        open_data("hub:me/cats")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UserError, match=r"pip install 'gankit\[hub\]'"):
        open_data("hub:me/dogs")
