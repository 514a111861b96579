"""The forms that have two sides, and those that look like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data import images
from gankit.data.sides.opening import open_two_sides
from tests.data.material import pixels, second
from tests.images import Paint


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


def test_a_named_set_and_a_folder_of_that_name(tmp_path: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A/1.png", "A/2.png", "B/1.png", "B/2.png"):
        paint(tmp_path / "digits" / name)
    monkeypatch.chdir(tmp_path)
    assert len(open_two_sides("./digits", aligned=True)) == 2
    assert len(open_two_sides(Path("digits"), aligned=True)) == 2
    with pytest.raises(UserError, match="no two sides"):
        open_two_sides("digits", aligned=True)
