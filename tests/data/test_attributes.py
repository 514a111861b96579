"""Tables of attributes, CelebA's say: an item may have any number of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import Batches, contact_sheet, describe, open_data
from gankit.game.batch import Labelled, PartlyLabelled
from tests.images import Paint

ROWS = {"000001.jpg": (1, -1, -1), "000002.jpg": (1, 1, -1), "000003.jpg": (-1, -1, -1), "000004.jpg": (-1, 1, 1)}
CELEBA = "4\nSmiling Young Male\n" + "".join(
    f"{name} {' '.join(f'{value:>2}' for value in row)}\n" for name, row in ROWS.items()
)
COMMAS = "image_id,Smiling,Young,Male\n" + "".join(f"{name},{','.join(map(str, row))}\n" for name, row in ROWS.items())
WANTED = [[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 1]]


@pytest.fixture
def faces(folder: Path, paint: Paint) -> Path:
    for name in ROWS:
        paint(folder / "img_align_celeba" / name)
    return folder


@pytest.mark.parametrize(("name", "text"), [("list_attr_celeba.txt", CELEBA), ("list_attr_celeba.csv", COMMAS)])
def test_an_attribute_table_is_found(faces: Path, name: str, text: str) -> None:
    (faces / name).write_text(text)
    pack = open_data(faces)
    assert pack.labels is not None
    assert (pack.spec.classes, pack.labels.tolist()) == (("Smiling", "Young", "Male"), WANTED)
    assert pack.spec.rates == (0.5, 0.5, 0.25)
    assert "3 attributes, of which a picture may have several: Smiling, Young, Male" in pack.report.notes
    assert any("Male" in line and line.endswith(" 1") for line in describe(pack))
    assert contact_sheet(pack).width > 0


def test_several_columns_are_asked_for(faces: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(COMMAS.replace("-1", "0"))
    pack = open_data(faces, labels=f"{table}:Male,Smiling")
    assert pack.labels is not None
    assert (pack.spec.classes, pack.labels.tolist()) == (("Male", "Smiling"), [[0, 1], [0, 1], [0, 0], [1, 0]])
    assert "columns ignored: Young" in pack.report.notes
    with pytest.raises(UserError, match=r"no column 'Mal' .*did you mean 'Male'"):
        open_data(faces, labels=f"{table}:Smiling,Mal")
    table.write_text(COMMAS.replace("000001.jpg,1", "000001.jpg,7"))
    with pytest.raises(UserError, match="has several columns"):
        open_data(faces, labels=str(table))


def test_their_batches_are_for_what_takes_attributes(faces: Path) -> None:
    (faces / "list_attr_celeba.txt").write_text(CELEBA)
    pack = open_data(faces)
    batch: Any = Batches(pack, Labelled, 4, seed=0).at(0)
    assert sorted(batch.labels.tolist()) == sorted(WANTED)
    assert batch.labels.dtype == torch.int64
    with pytest.raises(UserError, match=r"has 3 attributes: take one, --labels FILE:COLUMN"):
        Batches(pack, PartlyLabelled, 4, seed=0)
