"""Tables of numbers in text: headers, labels, what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import in_units, open_data


def test_a_table_with_a_header_labels_and_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("income;age;city;class\n50000;30;Rome;yes\n60000.5;40;Oslo;no\n1e4;50;Bonn;yes\n")
    pack = open_data(path)
    assert (pack.spec.shape, pack.spec.classes, list(pack.report.values)) == ((2,), ("no", "yes"), ["income", "age"])
    back = in_units(pack.values, pack.report.values)
    torch.testing.assert_close(back, torch.tensor([[50000, 30], [60000.5, 40], [10000, 50]]))
    assert "columns ignored, as they hold no numbers: city" in pack.report.notes
    assert open_data(path, labels="city").spec.classes == ("Bonn", "Oslo", "Rome")


def test_rows_without_a_header_may_be_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join(",".join(str((i * j) % 256) for i in range(64)) for j in range(9)))
    assert open_data(tmp_path / "a.csv").spec.shape == (64,)
    assert open_data(tmp_path / "a.csv", layout="8x8").spec.shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,\n4,NA\n", "lacks 2 values in column 'b', first in row 3"),
        ("a,b\n1,2\n3,x\n", "has 'x' in column 'b'"),
        ("a,b\n1,2\n3\n", "row 3, has 1 cells"),
        ("a,b\n", "a header and no rows"),
        ("", "is empty"),
        ("a,a\n1,2\n", "two columns of one name"),
        ("a,b\nx,y\n", "no column of numbers"),
        ("a,b\n1,inf\n", "infinity"),
    ],
)
def test_tables_that_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        open_data(tmp_path / "a.csv")
