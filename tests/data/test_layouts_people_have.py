"""Splits, labels and axes as people have them are read right, and what was taken for what is said."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.data.sources.splits import split_of
from tests.data.material import noise, png, write_table
from tests.images import Paint

RNG = np.random.default_rng(0)
ANIMALS = ("cat", "dog", "cat")


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


@pytest.mark.parametrize("name", ["Train", "TRAINING", "train_images", "training_set", "train2017", "images-train"])
def test_names_of_splits(name: str) -> None:
    assert split_of(name) == ("train", name.lower().startswith("training"))
    assert split_of("trainer") is None
    assert split_of("Valid_set") == ("test", 3)


@pytest.mark.parametrize(("train", "test"), [("Training", "Testing"), ("Train", "Val"), ("training_set", "test_set")])
@pytest.mark.parametrize("packed", [False, True])
def test_splits_are_no_classes(tmp_path: Path, paint: Paint, train: str, test: str, *, packed: bool) -> None:
    for split, n in ((train, 3), (test, 1)):
        for name in ("cat", "dog"):
            for index in range(n):
                paint(tmp_path / "set" / "inner" / split / name / f"{index}.png")
    source = zipped(tmp_path / "set") if packed else tmp_path / "set"
    assert (len(open_data(source)), open_data(source).spec.classes) == (6, ("cat", "dog"))
    assert len(open_data(source, split="test")) == 2


def test_a_lone_train_is_looked_through(folder: Path, paint: Paint) -> None:
    for name in ("cat", "dog"):
        paint(folder / "train" / name / "0.png")
    assert open_data(folder).spec.classes == ("cat", "dog")
    with pytest.raises(UserError, match="no test split"):
        open_data(folder, split="test")


@pytest.mark.parametrize("packed", [False, True])
def test_labels_of_a_dataset_json(folder: Path, paint: Paint, *, packed: bool) -> None:
    for index in range(4):
        paint(folder / f"{index // 2:05d}" / f"img{index}.png")
    labels = [[f"{index // 2:05d}/img{index}.png", index % 2] for index in range(4)]
    (folder / "dataset.json").write_text(json.dumps({"labels": labels}))
    source = zipped(folder) if packed else folder
    pack = open_data(source)
    assert pack.labels is not None
    assert (pack.spec.classes, pack.labels.tolist()) == (("0", "1"), [0, 1, 0, 1])
    (folder / "dataset.json").write_text(json.dumps({"labels": None}))
    assert open_data(zipped(folder) if packed else folder).spec.classes == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metadata.csv", "file_name,label,age\n0.png,cat,3\n1.png,dog,4\n2.png,cat,5\n"),
        (
            "metadata.jsonl",
            "".join(f'{{"file_name": "{i}.png", "label": "{n}"}}\n' for i, n in enumerate(("cat", "dog", "cat"))),
        ),
        ("labels.csv", "0.png,cat\n1.png,dog\n2.png,cat\n"),
        ("labels.csv", "id;class\n0;cat\n1;dog\n2;cat\n"),
    ],
)
def test_labels_of_a_table_beside_the_pictures(folder: Path, paint: Paint, name: str, text: str) -> None:
    for index in range(3):
        paint(folder / f"{index}.png")
    (folder / name).write_text(text)
    pack = open_data(folder)
    assert pack.labels is not None
    assert (pack.spec.classes, pack.labels.tolist()) == (("cat", "dog"), [0, 1, 0])
    assert any(f"labels from {name}" in note for note in pack.report.notes)


def test_labels_are_asked_for_by_file_and_column(folder: Path, tmp_path: Path, paint: Paint) -> None:
    for index in range(3):
        paint(folder / f"{index}.png")
    table = tmp_path / "attributes.txt"
    table.write_text("3\nSmiling Young\n0.png 1 -1\n1.png -1 -1\n2.png 1 1\n")
    pack = open_data(folder, labels=f"{table}:Smiling")
    assert pack.labels is not None
    assert (pack.spec.classes, pack.labels.tolist()) == (("Smiling", "not Smiling"), [0, 1, 0])
    for labels, message in [
        (f"{table}:Smilin", "no column 'Smilin' .*did you mean 'Smiling'"),
        (str(tmp_path / "none.csv"), "no file of labels"),
    ]:
        with pytest.raises(UserError, match=message):
            open_data(folder, labels=labels)


def test_pages_are_pictures_and_content_decides(folder: Path, paint: Paint) -> None:
    frames = [Image.fromarray(RNG.integers(0, 256, (8, 8), dtype=np.uint8)) for _ in range(5)]
    frames[0].save(folder / "stack.tif", save_all=True, append_images=frames[1:])
    paint(folder / "odd", (8, 8), format="PNG")
    paint(folder / "photo.data", (8, 8), format="JPEG")
    (folder / "notes.txt").write_text("no picture")
    pack = open_data(folder)
    assert len(pack) == 7
    assert np.array_equal(pack.values[5, ..., 0].numpy(), np.asarray(frames[3]))
    assert "1 stack taken apart: 5 pictures, one for each page or frame" in pack.report.notes
    assert any("2 pictures known by content" in note for note in pack.report.notes)


def test_axes_are_told_apart_and_overruled() -> None:
    bands = RNG.integers(0, 256, (20, 8, 16, 16), dtype=np.uint8)
    pack = open_data(bands)
    assert pack.spec.shape == (8, 16, 16)
    assert any("so 8 channels; --layout HWC overrules it" in note for note in pack.report.notes)
    assert open_data(bands, layout="HWC").spec.shape == (16, 8, 16)
    assert open_data(RNG.random((9, 784)), layout="28x28").spec.shape == (1, 28, 28)
    for wrong in ("HW", "28x29", "CWH"):
        with pytest.raises(UserError, match="which is no"):
            open_data(bands, layout=wrong)


@pytest.mark.parametrize("shape", [(64, 64, 3), (3, 64, 64), (64, 64)])
def test_a_lone_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="a single picture"):
        open_data(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("names", ["{}_images {}_labels", "x_{} y_{}", "X{} Y{}"])
def test_named_arrays_have_splits(tmp_path: Path, names: str) -> None:
    values, labels = names.split()
    arrays = {}
    for split, n in (("train", 6), ("test", 2), ("val", 3)):
        arrays[values.format(split)] = RNG.integers(0, 256, (n, 8, 8), dtype=np.uint8)
        arrays[labels.format(split)] = np.arange(n)[:, None] % 2
    np.savez(tmp_path / "a.npz", **arrays)
    (tmp_path / "folder").mkdir()
    for name, array in arrays.items():
        np.save(tmp_path / "folder" / f"{name}.npy", array)
    for source in (tmp_path / "a.npz", tmp_path / "folder"):
        assert (len(open_data(source)), open_data(source).spec.classes) == (6, ("0", "1"))
        assert len(open_data(source, split="test")) == 2


def test_a_folder_of_arrays_and_one_of_tables(tmp_path: Path) -> None:
    for index in range(4):
        (tmp_path / "arrays" / "ab"[index % 2]).mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / "arrays" / "ab"[index % 2] / f"{index}.npy", RNG.random((8, 8)).astype(np.float32))
    pack = open_data(tmp_path / "arrays")
    assert (len(pack), pack.spec.shape, pack.spec.classes) == (4, (1, 8, 8), ("a", "b"))
    for index in range(2):
        write_table(tmp_path / "tables" / f"{index}.parquet", image=noise(3))
    assert len(open_data(tmp_path / "tables")) == 6


def test_labels_of_a_table_may_be_names_or_another_column(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = [{"bytes": png(pixels), "path": None} for pixels in noise(4)]
    table = pa.table({"image": cells, "label": ["dog", "cat", "dog", "cat"], "age": [1, 2, 1, 1]})
    pq.write_table(table, tmp_path / "a.parquet")
    pack = open_data(tmp_path / "a.parquet")
    assert pack.labels is not None
    assert (pack.spec.classes, pack.labels.tolist()) == (("cat", "dog"), [1, 0, 1, 0])
    assert "columns ignored: age" in pack.report.notes
    assert open_data(tmp_path / "a.parquet", labels="age").spec.classes == ("1", "2")


@pytest.mark.parametrize(
    ("folders", "suffixes"), [(("images", "masks"), ("", "_mask")), (("A", "B"), ("_A", "_B")), (("a", "b"), ("", ""))]
)
def test_pairs_by_suffix_and_in_any_case(
    tmp_path: Path, paint: Paint, folders: tuple[str, str], suffixes: tuple[str, str]
) -> None:
    for name, suffix in zip(folders, suffixes, strict=True):
        for index in range(3):
            paint(tmp_path / "set" / name / f"{index}{suffix}.png")
    pack = open_data(tmp_path / "set", sides="either")
    assert pack.spec.aligned
    assert len(pack) == 3


def test_train_and_test_of_pairs_in_any_case(tmp_path: Path, paint: Paint) -> None:
    for split in ("Train", "Test"):
        for side in "AB":
            for index in range(2 + (split == "Train")):
                paint(tmp_path / "set" / split / side / f"{index}.png")
    assert len(open_data(tmp_path / "set", sides="pairs")) == 3
    assert len(open_data(tmp_path / "set", sides="pairs", split="test")) == 2
