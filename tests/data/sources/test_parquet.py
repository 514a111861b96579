"""Tables with one column of pictures or two, with labels or without, whole or damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.sides.opening import open_two_sides
from tests.data.material import RNG, noise, png, write_table


def test_a_parquet_file(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 9, 9, 3), dtype=np.uint8)
    write_table(tmp_path / "a.parquet", img=pixels, label=[1, 0, 1], names=["cat", "dog"])
    pack = open_data(tmp_path / "a.parquet")
    assert pack.spec.classes == ("cat", "dog")
    assert np.array_equal(pack.values.numpy(), pixels)
    write_table(tmp_path / "b.parquet", img=pixels, label=[-1, -1, -1], names=["cat", "dog"])
    assert open_data(tmp_path / "b.parquet").labels is None
    write_table(tmp_path / "c.parquet", img=pixels)
    assert open_data(tmp_path / "c.parquet").spec.classes == ()
    (tmp_path / "d.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        open_data(tmp_path / "d.parquet")


@pytest.mark.parametrize("names", [("imageA", "imageB"), ("input_image", "target image"), ("one", "two")])
def test_two_columns_are_pairs(tmp_path: Path, names: tuple[str, str]) -> None:
    first, second = noise(5), noise(5, 1)
    columns: dict[str, Any] = dict(zip(names, (first, second), strict=True))
    write_table(tmp_path / "a.parquet", **columns)
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
    write_table(tmp_path / "a.parquet", input=first, target=second)
    pack = open_two_sides(tmp_path / "a.parquet", aligned=True)
    assert pack.other is not None
    assert (len(pack), len(pack.other)) == (2, 2)
    assert [name for name, _ in pack.report.unreadable] == ["#1", "#2"]
    assert len(open_two_sides(tmp_path / "a.parquet", aligned=False)) == 3


def test_names_tell_which_of_many_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", mask=noise(2), target=noise(2), input=(given := noise(2)))
    assert np.array_equal(open_two_sides(tmp_path / "a.parquet", aligned=True).values.numpy(), given)
    write_table(tmp_path / "b.parquet", x=noise(2), y=noise(2), z=noise(2))
    with pytest.raises(UserError, match="the columns x, y, z: call the sides' own 'input' and 'target'"):
        open_two_sides(tmp_path / "b.parquet", aligned=True)


def test_side_by_side_pictures_in_a_table(tmp_path: Path) -> None:
    wide = RNG.integers(0, 256, (3, 8, 16, 3), dtype=np.uint8)
    write_table(tmp_path / "a.parquet", image=wide)
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


def test_a_folder_that_is_called_like_a_table(tmp_path: Path) -> None:
    write_table(tmp_path / "set" / "all.parquet" / "part-00000.parquet", image=noise(4))
    for source in (tmp_path / "set", tmp_path / "set" / "all.parquet"):
        assert len(open_data(source)) == 4
