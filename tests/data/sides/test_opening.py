"""Two sides of one source: the right picture beside the right one, or an error that says what was looked for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data import Pack, contact_sheet, describe, images, open_data
from gankit.data.sides.opening import open_two_sides
from gankit.game.batch import Paired, Unpaired, check_offer
from tests.data.conftest import Paint
from tests.data.sources.test_named import DATA, needs


def second(pack: Pack) -> Pack:
    assert pack.other is not None
    return pack.other


def pixels(pack: Pack) -> np.ndarray:
    return pack.values.numpy()


@pytest.fixture
def halves(folder: Path, paint: Paint) -> np.ndarray:
    """Five pictures of 8x16 in `folder`, [5, 8, 16, 3]."""
    return np.stack([paint(folder / f"{index}.png", (8, 16, 3)) for index in range(5)])


@pytest.fixture
def domains(tmp_path: Path, paint: Paint) -> Path:
    """trainA/ with 5 pictures, trainB/ with 4, testA/ and testB/ with 2 each, no names in common."""
    for side, counts in (("A", (5, 2)), ("B", (4, 2))):
        for split, count in zip(("train", "test"), counts, strict=True):
            for index in range(count):
                paint(tmp_path / "seasons" / f"{split}{side}" / f"{side.lower()}{index}.png")
    return tmp_path / "seasons"


def test_domains_may_lie_in_a_folder_for_each_split(domains: Path, tmp_path: Path) -> None:
    for split in ("train", "test"):
        for side in "AB":
            shutil.copytree(domains / f"{split}{side}", tmp_path / "split" / split / side)
    for split in ("train", "test"):
        expected, got = (open_two_sides(root, aligned=False, split=split) for root in (domains, tmp_path / "split"))
        assert np.array_equal(pixels(got), pixels(expected))
        assert np.array_equal(pixels(second(got)), pixels(second(expected)))
    shutil.rmtree(tmp_path / "split" / "test")
    with pytest.raises(UserError, match="has no test split: put test/A/ and test/B/ in it"):
        open_two_sides(tmp_path / "split", aligned=False, split="test")


def test_side_by_side_pictures_are_pairs(folder: Path, halves: np.ndarray) -> None:
    pack = open_two_sides(folder, aligned=True)
    assert (pack.spec.shape, pack.spec.other_shape, pack.spec.aligned) == ((3, 8, 8), (3, 8, 8), True)
    assert np.array_equal(pixels(pack), halves[:, :, :8])
    assert np.array_equal(pixels(second(pack)), halves[:, :, 8:])
    check_offer(Paired, pack.spec, method="pix2pix", source=pack.source)
    check_offer(Unpaired, pack.spec, method="cyclegan", source=pack.source)
    assert pack.source == str(folder)
    left, right = open_two_sides(folder, aligned=True), open_two_sides(folder, aligned=True, direction="BtoA")
    assert np.array_equal(pixels(right), pixels(second(left)))
    assert np.array_equal(pixels(second(right)), pixels(left))
    assert (left.key, left.content) == (pack.key, pack.content)
    assert left.content != right.content


def test_both_sides_are_of_one_size(folder: Path, paint: Paint, domains: Path) -> None:
    paint(folder / "a.png", (100, 200, 3))
    assert open_two_sides(folder, aligned=True).spec.other_shape == (3, 64, 64)
    assert open_two_sides(folder, aligned=True, size="16x24").spec.other_shape == (3, 16, 24)
    for index in range(4):
        paint(domains / "trainB" / f"b{index}.png", (30, 20))
    pack = open_two_sides(domains, aligned=False)
    assert (pack.spec.shape, pack.spec.other_shape) == ((3, 8, 8), (1, 8, 8))
    assert open_two_sides(domains, aligned=False, direction="BtoA").spec.other_shape == (3, 30, 20)


def test_any_even_width_is_cut_when_asked(folder: Path, paint: Paint) -> None:
    values = paint(folder / "a.png", (9, 10, 3))
    with pytest.raises(UserError, match=r"no two sides.*--pair colorize or --pair edges"):
        open_two_sides(folder, aligned=True)
    pack = open_two_sides(folder, aligned=True, pair="side-by-side")
    assert np.array_equal(pixels(second(pack))[0], values[:, 5:])


def test_odd_and_damaged_pictures_are_left_out_of_both_sides(folder: Path, halves: np.ndarray, paint: Paint) -> None:
    paint(folder / "1.png", (8, 17, 3))
    (folder / "3.png").write_bytes(b"")
    pack = open_two_sides(folder, aligned=True)
    assert np.array_equal(pixels(pack), halves[[0, 2, 4], :, :8])
    assert np.array_equal(pixels(second(pack)), halves[[0, 2, 4], :, 8:])
    reasons = [("1.png", "it is 17 pixels wide, which has no halves"), ("3.png", "an empty file")]
    assert pack.report.unreadable == second(pack).report.unreadable == reasons
    for path in folder.iterdir():
        paint(path, (8, 17, 3))
    with pytest.raises(UserError, match=r"none of the 5 pictures .* 17 pixels wide"):
        open_two_sides(folder, aligned=True)


def test_splits_of_side_by_side_pictures(folder: Path, paint: Paint) -> None:
    train, test = (paint(folder / split / "1.png", (8, 16, 3)) for split in ("train", "val"))
    paint(folder / "train" / "2.png", (8, 16, 3))
    assert np.array_equal(pixels(open_two_sides(folder, aligned=True))[0], train[:, :8])
    held = open_two_sides(folder, aligned=False, split="test")
    assert np.array_equal(pixels(held)[0], test[:, :8])
    assert held.spec.aligned
    unpaired = open_two_sides(folder, aligned=False)
    assert not unpaired.spec.aligned
    assert any("no use" in note for note in unpaired.report.notes)
    with pytest.raises(UserError, match="no test split"):
        open_two_sides(folder / "train", aligned=True, split="test")


def test_two_domains(domains: Path) -> None:
    pack = open_two_sides(domains, aligned=False)
    assert (len(pack), len(second(pack)), pack.spec.aligned) == (5, 4, False)
    assert np.array_equal(pixels(pack), pixels(open_data(domains / "trainA")))
    assert np.array_equal(pixels(second(pack)), pixels(open_data(domains / "trainB")))
    swapped = open_two_sides(domains, aligned=False, direction="BtoA")
    assert (len(swapped), len(second(swapped))) == (4, 5)
    held = open_two_sides(domains, aligned=False, split="test")
    assert (len(held), len(second(held)), held.spec.aligned) == (2, 2, False)
    with pytest.raises(UserError, match=r"share no names \('a0.png' and 'b0.png', say\).*cyclegan needs no pairs"):
        open_two_sides(domains, aligned=True)
    with pytest.raises(UserError, match="holds two domains"):
        open_data(domains)


def test_folders_paired_by_name(tmp_path: Path, paint: Paint) -> None:
    root = tmp_path / "maps"
    mine = {name: paint(root / "A" / f"{name}.png") for name in ("c", "x/b", "a", "only")}
    theirs = {name: paint(root / "B" / f"{name}.bmp", (8, 8)) for name in ("x/b", "a", "c", "1", "2", "3", "4", "5")}
    pack = open_two_sides(root, aligned=True)
    assert (pack.spec.shape, pack.spec.other_shape, pack.spec.classes) == ((3, 8, 8), (1, 8, 8), ())
    assert np.array_equal(pixels(pack), [mine[name] for name in ("a", "c", "x/b")])
    assert np.array_equal(pixels(second(pack))[..., 0], [theirs[name] for name in ("a", "c", "x/b")])
    notes = "\n".join(pack.report.notes)
    assert "1 picture of A/ without a partner left out: only.png" in notes
    assert "5 pictures of B/ without a partner left out: 1.bmp, 2.bmp, 3.bmp and 2 more" in notes
    assert len(second(open_two_sides(root, aligned=False))) == 8
    with pytest.raises(UserError, match="no test split"):
        open_two_sides(root, aligned=True, split="test")


@pytest.mark.parametrize("inner", ["", "train"])
def test_classes_called_a_and_b_are_no_sides(
    tmp_path: Path, paint: Paint, inner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root, sheet = tmp_path / "letters", str(tmp_path / "sheet.png")

    def shown() -> str:
        assert main(["data", str(root), "--out", sheet]) == 0
        return capsys.readouterr().out

    for name in ("A/1.png", "A/2.png", "B/1.png", "B/2.png", ".hidden/1.png", "__MACOSX/1.png"):
        paint(root / inner / name)
    (root / inner / "notes.txt").write_text("x")
    assert "2 pairs" in shown()
    paint(root / inner / "C" / "1.png")
    if inner:
        paint(root / "test" / "A" / "1.png")
    assert "3 classes" in shown()
    with pytest.raises(UserError, match="no two sides"):
        open_two_sides(root, aligned=False)


def test_splits_inside_the_folders(tmp_path: Path, paint: Paint) -> None:
    for side in "AB":
        for split, names in (("train", "abc"), ("test", "de")):
            for name in names:
                paint(tmp_path / "maps" / side / split / f"{name}.png")
    assert len(open_two_sides(tmp_path / "maps", aligned=True)) == 3
    held = open_two_sides(tmp_path / "maps", aligned=False, split="test")
    assert (len(held), held.spec.aligned) == (2, True)
    assert not open_two_sides(tmp_path / "maps", aligned=False).spec.aligned
    assert open_two_sides(tmp_path / "maps", aligned=None).spec.aligned


def test_a_damaged_picture_takes_its_partner_along(tmp_path: Path, paint: Paint) -> None:
    root = tmp_path / "maps"
    mine = [paint(root / "trainA" / f"{index}.png") for index in range(4)]
    theirs = [paint(root / "trainB" / f"{index}.png") for index in range(4)]
    (root / "trainA" / "1.png").write_bytes(b"")
    (root / "trainB" / "2.png").write_text("hello")
    pack = open_two_sides(root, aligned=True)
    assert np.array_equal(pixels(pack), [mine[0], mine[3]])
    assert np.array_equal(pixels(second(pack)), [theirs[0], theirs[3]])
    assert dict(pack.report.unreadable)["2.png"] == "its partner can't be read: not a picture"
    assert dict(second(pack).report.unreadable) == {
        "1.png": "its partner can't be read: an empty file",
        "2.png": "not a picture",
    }
    mended = paint(root / "trainB" / "2.png")
    whole = open_two_sides(root, aligned=True)
    assert np.array_equal(pixels(whole), [mine[0], mine[2], mine[3]])
    assert np.array_equal(pixels(second(whole)), [theirs[0], mended, theirs[3]])


def test_domains_that_are_none(domains: Path, paint: Paint, tmp_path: Path) -> None:
    for path in (domains / "trainB").iterdir():
        path.unlink()
    with pytest.raises(UserError, match=r"no pictures in '.*trainB'"):
        open_two_sides(domains, aligned=False)
    paint(domains / "trainB" / "b.png")
    with pytest.raises(UserError, match=r"trainB.* has a single picture .* at least 2"):
        open_two_sides(domains, aligned=False)
    paint(tmp_path / "one" / "trainA" / "a.png")
    with pytest.raises(UserError, match="holds trainA/ but no trainB/"):
        open_two_sides(tmp_path / "one", aligned=False)
    paint(tmp_path / "two" / "trainA" / "a.png")
    paint(tmp_path / "two" / "trainB" / "a.png")
    with pytest.raises(UserError, match="no test split: put testA/ and testB/"):
        open_two_sides(tmp_path / "two", aligned=True, split="test")


@pytest.mark.parametrize("names", [("a", "b"), ("A", "B"), ("input", "target"), ("images", "other")])
def test_two_arrays(tmp_path: Path, names: tuple[str, str]) -> None:
    rng = np.random.default_rng(0)
    first, other = rng.integers(0, 256, (6, 8, 8), np.uint8), rng.random((6, 8, 8, 3))
    arrays: dict[str, Any] = dict(zip(names, (first, other), strict=True))
    np.savez(tmp_path / "a.npz", **arrays)
    pack = open_two_sides(tmp_path / "a.npz", aligned=True)
    assert (pack.spec.shape, pack.spec.other_shape, pack.spec.aligned) == ((1, 8, 8), (3, 8, 8), True)
    assert np.array_equal(pixels(pack)[..., 0], first)
    seen = images(second(pack), list(range(6))).permute(0, 2, 3, 1).numpy()
    assert np.allclose(seen, other * 2 - 1, atol=1e-4)
    assert not open_two_sides(tmp_path / "a.npz", aligned=False).spec.aligned
    assert open_two_sides(tmp_path / "a.npz", aligned=None).spec.aligned
    with pytest.raises(UserError, match="no test split"):
        open_two_sides(tmp_path / "a.npz", aligned=True, split="test")


def test_two_arrays_looked_at_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, sheet = str(tmp_path / "pairs.npz"), str(tmp_path / "sheet.png")
    np.savez(path, a=np.zeros((3, 4, 4), np.uint8), b=np.zeros((3, 4, 4), np.uint8))
    assert main(["data", path, "--out", sheet]) == 2
    assert "holds a, b: call the array of images 'images', or see two sides by --pair auto" in capsys.readouterr().err
    assert main(["data", path, "--pair", "auto", "--out", sheet]) == 0
    assert "3 pairs" in capsys.readouterr().out


def test_arrays_of_two_domains(tmp_path: Path) -> None:
    counts = {"trainA": 6, "trainB": 5, "testA": 3, "testB": 3}
    arrays: dict[str, Any] = {name: np.full((n, 4, 4), n, np.uint8) for name, n in counts.items()}
    np.savez(tmp_path / "a.npz", **arrays)
    pack = open_two_sides(tmp_path / "a.npz", aligned=False)
    assert (len(pack), len(second(pack))) == (6, 5)
    held = open_two_sides(tmp_path / "a.npz", aligned=False, split="test")
    assert (len(held), held.spec.aligned) == (3, False)
    with pytest.raises(UserError, match="6 pictures on one side and 5 on the other"):
        open_two_sides(tmp_path / "a.npz", aligned=True)
    np.savez(tmp_path / "b.npz", a=np.zeros((3, 4, 4)), b=np.zeros((3, 4)))
    with pytest.raises(UserError, match="vectors"):
        open_two_sides(tmp_path / "b.npz", aligned=True)
    (tmp_path / "c.npz").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"cannot be read as .npz"):
        open_two_sides(tmp_path / "c.npz", aligned=True)


def test_what_is_there_again_is_not_built_again(folder: Path, halves: np.ndarray, paint: Paint) -> None:
    first = open_two_sides(folder, aligned=True)
    assert first.path is not None
    before = first.path.stat().st_mtime_ns
    again = open_two_sides(folder, aligned=True)
    assert again.path is not None
    assert (again.path, again.path.stat().st_mtime_ns) == (first.path, before)
    paint(folder / "0.png", (8, 16, 3))
    changed = open_two_sides(folder, aligned=True)
    assert changed.content != first.content
    assert not first.path.exists()
    assert np.array_equal(pixels(second(changed))[1:], halves[1:, :, 8:])


def test_sides_that_look_swapped_are_said(tmp_path: Path, paint: Paint) -> None:
    ramp = np.linspace(0, 255, 32, dtype=np.uint8)
    photo = np.stack(np.broadcast_arrays(ramp[:, None], ramp, ramp[::-1, None]), -1)
    mask = np.zeros((32, 32, 3), np.uint8)
    mask[8:16, 8:16, 0], mask[20:, :, 2] = 255, 255
    for index in range(3):
        paint(tmp_path / "rgb" / f"{index}.png", pixels=np.concatenate([photo, mask], axis=1))
        paint(tmp_path / "maps" / "A" / f"{index}.png", pixels=photo)
        paint(tmp_path / "maps" / "B" / f"{index}.png", pixels=mask[..., 0])
    for source in ("rgb", "maps"):
        hint = "the second side looks like labels: --direction BtoA turns labels into photos"
        assert hint in open_two_sides(tmp_path / source, aligned=True).report.notes
        swapped = open_two_sides(tmp_path / source, aligned=True, direction="BtoA")
        assert not any("direction" in note for note in swapped.report.notes)


def test_what_has_no_two_sides(tmp_path: Path, folder: Path) -> None:
    for source in ("digits", np.zeros((4, 8, 8), np.uint8)):
        with pytest.raises(UserError, match="no two sides"):
            open_two_sides(source, aligned=True)
    with pytest.raises(UserError, match="did you mean 'colorize'"):
        open_two_sides("digits", aligned=True, pair="colourize")
    with pytest.raises(UserError, match="AtoB or BtoA"):
        open_two_sides("digits", aligned=True, pair="tint", direction="AB")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="array: only pictures"):
        open_two_sides("digits", aligned=True, pair="side-by-side")
    with pytest.raises(UserError, match="vectors"):
        open_two_sides("ring", aligned=True, pair="tint")
    with pytest.raises(UserError, match="no data set or file"):
        open_two_sides(tmp_path / "nowhere", aligned=True)
    with pytest.raises(UserError, match="no pictures in"):
        open_two_sides(folder, aligned=True)
    with pytest.raises(UserError, match="no split 'val'"):
        open_two_sides(folder, aligned=True, split="val")  # type: ignore[arg-type]


def test_both_sides_are_described_and_shown(folder: Path, halves: np.ndarray, domains: Path) -> None:
    text = "\n".join(describe(open_two_sides(folder, aligned=True)))
    assert f"{folder}: 5 pairs" in text
    assert "second side 5 images, 8x8 RGB, 8 bits" in text
    assert "--pair side-by-side shows them as two sides" in "\n".join(describe(open_data(folder)))
    text = "\n".join(describe(open_two_sides(domains, aligned=False)))
    assert f"{domains}: two domains" in text
    assert "first side  5 images" in text
    assert "second side 4 images" in text
    pairs = np.asarray(contact_sheet(open_two_sides(folder, aligned=True)))
    assert np.array_equal(pairs[2:34:4, 2:66:4], halves[0])
    sheet = np.asarray(contact_sheet(open_two_sides(domains, aligned=False)))
    first = open_two_sides(domains, aligned=False)
    assert np.array_equal(sheet[2:66:8, 2:66:8], pixels(first)[0])
    assert np.array_equal(sheet[68:132:8, 2:66:8], pixels(second(first))[0])


@needs("facades")
def test_facades(tmp_path: Path) -> None:
    pack = open_two_sides(DATA / "facades", aligned=True, split="test", size=32, cache=tmp_path)
    assert (len(pack), len(second(pack)), pack.spec.other_shape) == (128, 128, (3, 32, 32))
    assert any("--direction BtoA" in note for note in pack.report.notes)
    mask = images(second(pack), list(range(128)))
    assert float((mask[:, 0] - mask[:, 2]).abs().gt(1).float().mean()) > 0.8


@needs("summer2winter")
def test_summer2winter(tmp_path: Path) -> None:
    pack = open_two_sides(DATA / "summer2winter", aligned=False, split="test", size=32, cache=tmp_path)
    assert (len(pack), len(second(pack)), pack.spec.aligned) == (60, 60, False)
    assert not any("--direction" in note for note in pack.report.notes)


def test_the_data_command_shows_sides(
    folder: Path, halves: np.ndarray, domains: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def data(*arguments: object) -> str:
        assert main(["data", *map(str, arguments), "--out", str(tmp_path / "sheet.png")]) == 0
        return capsys.readouterr().out

    assert f"{domains}: two domains" in data(domains)
    assert "first side  4 images" in data(domains, "--direction", "BtoA")
    assert f"{folder}: 5 images" in data(folder)
    assert f"{folder}: 5 pairs" in data(folder, "--pair", "auto")
    assert "made by --pair tint" in data(folder, "--pair", "tint")
    assert main(["data", str(folder), "--pair", "tnt", "--out", str(tmp_path / "none.png")]) == 2
    assert "did you mean 'tint'" in capsys.readouterr().err
    assert not (tmp_path / "none.png").exists()


def test_a_named_set_and_a_folder_of_that_name(tmp_path: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A/1.png", "A/2.png", "B/1.png", "B/2.png"):
        paint(tmp_path / "digits" / name)
    monkeypatch.chdir(tmp_path)
    assert len(open_two_sides("./digits", aligned=True)) == 2
    assert len(open_two_sides(Path("digits"), aligned=True)) == 2
    with pytest.raises(UserError, match="no two sides"):
        open_two_sides("digits", aligned=True)
