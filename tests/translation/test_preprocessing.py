"""What goes in and what should come out: halves of a pair, a pairing of one picture, targets by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from gankit.data.sides.derived_pairs import PAIRINGS
from gankit.translation.pipeline import to_image
from tests.images import picture
from tests.translation.material import Negative, paint, pipeline, run_files, spec


def test_a_grey_picture_to_be_coloured_has_no_target(tmp_path: Path) -> None:
    values = paint(tmp_path / "a.png", channels=1)
    answer, said = run_files(tmp_path, pipeline(Negative(1), spec(channels=(1, 3))), {"pair": "colorize"})
    assert answer.pictures[0].error is None
    assert (picture(tmp_path / "out" / "a.png") == 255 - values).all()
    assert not said


@pytest.mark.parametrize(
    ("direction", "backwards", "half"), [("AtoB", False, 0), ("BtoA", False, 1), ("BtoA", True, 0)]
)
def test_pairs_side_by_side_are_halved(direction: str, backwards: bool, half: int, tmp_path: Path) -> None:
    values = paint(tmp_path / "pair.png", 32, 64)
    single = paint(tmp_path / "single.png", 32, 32)
    through = pipeline(Negative(two_way=True), backwards=backwards)
    stated = {"pair": "auto", "direction": direction}
    answer, said = run_files(tmp_path, through, stated, aligned=True)
    halves = values[:, :32], values[:, 32:]
    assert (picture(tmp_path / "out" / "pair.png") == 255 - halves[half]).all()
    assert (picture(tmp_path / "out" / "single.png") == 255 - single).all()
    off = (255 - halves[half].astype(int) - halves[1 - half]) / 255
    error = answer.pictures[0].error
    assert error.l1 == pytest.approx(np.abs(off).mean(), abs=1e-6)
    assert error.psnr == pytest.approx(-10 * np.log10(np.square(off).mean()), abs=1e-4)
    assert answer.pictures[1].error is None
    assert len(said) == 1
    assert f"the {'left' if half == 0 else 'right'} half goes in" in said[0]
    run_files(tmp_path, through, stated, aligned=True, raw=True)
    assert picture(tmp_path / "out" / "pair.png").shape == (32, 64, 3)


def test_a_wide_picture_is_a_pair_only_where_the_run_was_trained_on_halves(tmp_path: Path) -> None:
    values = paint(tmp_path / "wide.png", 32, 64)
    stated = {"pair": "auto", "direction": "AtoB"}
    for halves, width in ((True, 32), (False, 64)):
        for aligned in (True, False):
            run_files(tmp_path, pipeline(), {**stated, "halves": halves}, aligned=aligned)
            assert (picture(tmp_path / "out" / "wide.png") == 255 - values[:, :width]).all()


@pytest.mark.parametrize("name", sorted(PAIRINGS))
def test_a_pairing_makes_the_input_and_the_target(name: str, tmp_path: Path) -> None:
    values = paint(tmp_path / "a.png")
    sides = PAIRINGS[name].make(values)
    channels = sides[0].shape[2], sides[1].shape[2]
    for direction, (given, target) in {"AtoB": sides, "BtoA": sides[::-1]}.items():
        came = channels if direction == "AtoB" else channels[::-1]

        class Known(Negative):
            wanted = to_image(target)

            def forward(self, images: Tensor, *, backwards: bool = False) -> Tensor:
                torch.testing.assert_close(images[0], to_image(self.came))
                return self.wanted[None]

            came = given

        through = pipeline(Known(), spec(channels=(came[0], came[1])))
        answer, said = run_files(tmp_path, through, {"pair": name, "direction": direction})
        assert answer.pictures[0].error == (0, 100)
        assert (picture(tmp_path / "out" / "a.png").reshape(target.shape) == target).all()
        assert "--raw" in said[0]


def test_a_pairing_of_squares_skips_other_pictures(tmp_path: Path) -> None:
    paint(tmp_path / "a.png")
    paint(tmp_path / "wide.png", 32, 40)
    answer, _ = run_files(tmp_path, pipeline(), {"pair": "rotate", "direction": "AtoB"})
    assert answer.skipped == [(tmp_path / "wide.png", "not square, but 32x40 (--raw takes it as it is)")]


def test_targets_are_found_by_name(tmp_path: Path) -> None:
    values = paint(tmp_path / "a.png")
    paint(tmp_path / "b.png")
    (tmp_path / "wanted").mkdir()
    Image.fromarray(255 - values).resize((64, 64), Image.Resampling.NEAREST).save(tmp_path / "wanted" / "a.bmp")
    (tmp_path / "wanted" / "b.png").touch()
    answer, said = run_files(tmp_path, pipeline(), {"pair": "colorize"}, targets=tmp_path / "wanted")
    assert answer.pictures[0].error.l1 < 0.05
    assert answer.pictures[1].error is None
    assert [line.split(":")[0] for line in said] == [f"the target '{tmp_path / 'wanted' / 'b.png'}' can't be read"]


def test_pages_have_the_pages_of_a_stack_as_targets(tmp_path: Path) -> None:
    for folder, start in (("a", 0), ("b", 100)):
        (tmp_path / folder).mkdir()
        frames = [Image.fromarray(np.full((32, 32, 3), start + 40 * index, np.uint8)) for index in range(3)]
        frames[0].save(tmp_path / folder / "scan.tif", save_all=True, append_images=frames[1:])
    answer, _ = run_files(tmp_path / "a", pipeline(), {}, targets=tmp_path / "b")
    made = sorted((tmp_path / "a" / "out").glob("scan-*.png"))
    assert [int(np.asarray(Image.open(path))[0, 0, 0]) for path in made] == [255, 215, 175]
    wanted = [abs(255 - 40 * index - (100 + 40 * index)) / 255 for index in range(3)]
    assert [picture.error.l1 for picture in answer.pictures] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("turn", [1, 6])
@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_a_very_large_photo_is_reduced_as_it_is_read(
    tmp_path: Path, turn: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("gankit.data.pack.decode", "gankit.data.pack.encoded", "gankit.translation.pipeline"):
        monkeypatch.setattr(f"{module}.LARGE", 10_000)
    monkeypatch.setattr("gankit.translation.pipeline.REDUCED", 64 * 48)
    picture = Image.new("RGB", (256, 192), (200, 0, 0))
    picture.paste((0, 0, 200), (0, 0, 256, 96))  # blue above red, as it is stored
    exif = Image.Exif()
    exif[0x0112] = turn
    picture.save(tmp_path / f"photo.{kind}", exif=exif)
    _, said = run_files(tmp_path, pipeline(Negative()), {}, raw=True)
    assert said == ["pictures of over 89 megapixels are reduced, and written so: 256x192 by 4"]
    with Image.open(next((tmp_path / "out").iterdir())) as made:
        pixels = np.asarray(made.convert("RGB")).astype(int)
    assert pixels.shape[:2] == ((48, 64) if turn == 1 else (64, 48))
    top, bottom = (pixels[4, 20], pixels[-5, 20]) if turn == 1 else (pixels[20, -5], pixels[20, 4])
    assert np.abs(top - (255, 255, 55)).max() < 12  # the negative of blue
    assert np.abs(bottom - (55, 255, 255)).max() < 12
