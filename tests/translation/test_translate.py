"""Pictures through a translator: the same size back, whatever the way; tiles that leave no seam; files one and all."""

from __future__ import annotations

import json
import re
import shutil
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data.sides.derived_pairs import PAIRINGS
from gankit.game import Translator
from gankit.game.batch import DataSpec
from gankit.networks import ResNetNetwork, UNetNetwork
from gankit.translation import Manner, Passage, translate
from gankit.translation.comparison import comparison, row
from gankit.translation.files import Job, translate_files
from gankit.translation.paths import outputs, picture_files
from gankit.translation.pipeline import to_image, to_pixels
from gankit.translation.preprocessing import intake
from gankit.translation.progress import Progress
from gankit.translation.scaling import resize, scaled
from gankit.translation.tiles import tiled, windows

RANDOM = np.random.default_rng(0)


class Negative(Translator):
    """Every value becomes its opposite; of one channel, all three do. The way back undoes it."""

    def __init__(self, channels: int = 3, *, two_way: bool = False, noise: float = 0.0) -> None:
        super().__init__()
        self.minus = nn.Parameter(-torch.ones(()), requires_grad=False)
        self.channels, self.two_way, self.noise = channels, two_way, noise
        self.seen: list[tuple[int, ...]] = []

    def forward(self, images: Tensor, *, backwards: bool = False) -> Tensor:
        self.seen.append(tuple(images.shape))
        if backwards:
            return -images[:, :1] if self.channels == 1 else -images
        made = self.minus * images.expand(-1, 3 if self.channels == 1 else -1, -1, -1)
        return made + self.noise * torch.randn(made.shape)


def spec(height: int = 32, width: int = 32, *, channels: tuple[int, int] = (3, 3), aligned: bool = False) -> DataSpec:
    return DataSpec(shape=(channels[0], height, width), other_shape=(channels[1], height, width), aligned=aligned)


def passage(translator: Translator | None = None, data: DataSpec | None = None, **manner: Any) -> Passage:
    return Passage(translator or Negative(), data or spec(), Manner(**{"precision": "fp32", **manner}))


def pixels(height: int, width: int, channels: int = 3) -> np.ndarray:
    """Noise that survives a change of size: blocks of eight pixels."""
    rough = RANDOM.integers(0, 256, (-(-height // 8), -(-width // 8), channels), np.uint8)
    return rough.repeat(8, 0).repeat(8, 1)[:height, :width]


def picture(path: Path, height: int = 32, width: int = 32, channels: int = 3) -> np.ndarray:
    """Write a picture, and give its pixels."""
    values = pixels(height, width, channels)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values if channels > 1 else values[..., 0]).save(path)
    return values


def opened(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


# Tiles


@pytest.mark.parametrize(
    ("length", "tile", "overlap"), [(100, 32, 8), (33, 32, 16), (97, 16, 0), (20, 32, 4), (64, 32, 1)]
)
def test_windows_cover_a_side_with_weights_that_sum_to_one(length: int, tile: int, overlap: int) -> None:
    starts, weights = windows(length, tile, overlap)
    total = torch.zeros(length)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + len(weight)] += weight
    torch.testing.assert_close(total, torch.ones(length))
    assert starts[-1] + weights.shape[1] == length
    assert all(second - first <= max(tile - overlap, 1) for first, second in pairwise(starts))
    assert (weights >= 0).all()


def test_weights_fall_smoothly_towards_a_neighbour() -> None:
    _, weights = windows(56, 32, 8)
    assert weights[0].diff().abs().max() < 0.25
    assert weights[0, :24].min() == 1
    assert weights[0, 24:].diff().max() < 0


@pytest.mark.parametrize("size", [(70, 50), (33, 200), (16, 90)])
def test_tiles_of_a_pointwise_function_give_what_the_whole_gives(size: tuple[int, int]) -> None:
    images = torch.rand(2, 3, *size) * 2 - 1
    made = tiled(lambda part: part.pow(3).sum(1, keepdim=True), images, tile=32, overlap=8, batch=3)
    torch.testing.assert_close(made, images.pow(3).sum(1, keepdim=True), rtol=0, atol=1e-5)


def test_tiles_of_a_local_function_differ_from_the_whole_only_where_they_end() -> None:
    """A convolution sees zeros beyond the edge of a tile, where its weight is small; elsewhere nothing changes."""
    images, kernel = torch.rand(1, 3, 120, 90), torch.rand(2, 3, 3, 3)

    def local(part: Tensor) -> Tensor:
        return F.conv2d(part, kernel, padding=1)

    whole, made = local(images), tiled(local, images, tile=48, overlap=16, batch=4)
    off = (made - whole).abs().amax((0, 1))
    assert off.max() < 0.02 * whole.abs().max()
    assert (off < 1e-4).float().mean() > 0.8


def test_tiles_hold_no_more_than_was_asked() -> None:
    translator = Negative()
    passage(translator, tile=32, batch=3, scale="own")(torch.zeros(1, 3, 100, 40))
    assert {shape[2:] for shape in translator.seen} == {(32, 32)}
    assert max(shape[0] for shape in translator.seen) == 3


# Sizes


@pytest.mark.parametrize(
    ("own", "trained", "size"),
    [
        ((32, 32), (32, 32), (32, 32)),
        ((600, 400), (64, 64), (96, 64)),
        ((10, 30), (32, 48), (32, 96)),
        ((1, 500), (8, 8), (8, 4000)),
    ],
)
def test_the_shorter_side_becomes_that_of_training(
    own: tuple[int, int], trained: tuple[int, int], size: tuple[int, int]
) -> None:
    assert scaled(own, trained, "train") == size
    assert scaled(own, trained, "own") == own


def test_a_picture_is_resized_whole() -> None:
    """A ramp keeps its ends, which a crop would cut off."""
    ramp = np.linspace(0, 250, 251).astype(np.uint8)[None, :, None].repeat(100, 0)
    small = resize(ramp, (40, 70))
    assert small.shape == (40, 70, 1)
    expected = (np.arange(70) + 0.5) * 251 / 70 - 0.5
    assert np.abs(small[20, 3:-3, 0] - expected[3:-3]).max() <= 1
    assert resize(ramp, (100, 251)) is ramp


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_come_back_from_an_image(dtype: type) -> None:
    values = RANDOM.integers(0, np.iinfo(dtype).max, (5, 6, 1), dtype, endpoint=True)
    assert (to_pixels(to_image(values), np.dtype(dtype)) == values).all()


# One picture from Python


@pytest.mark.parametrize("scale", ["train", "own"])
@pytest.mark.parametrize("size", [(32, 32), (48, 33), (1, 1), (30, 100)])
def test_what_is_given_decides_what_comes(scale: str, size: tuple[int, int], tmp_path: Path) -> None:
    through = passage(scale=scale)
    values = pixels(*size)
    made = translate(through, Image.fromarray(values))
    assert made.size == (size[1], size[0])
    if scale == "own" or size == (32, 32):
        assert (np.asarray(made) == 255 - values).all()
    assert translate(through, values) == made
    Image.fromarray(values).save(tmp_path / "a.png")
    assert translate(through, tmp_path / "a.png") == made
    tensor = to_image(values)
    one, several = translate(through, tensor), translate(through, torch.stack([tensor] * 3))
    assert one.shape == (3, *size)
    assert several.shape == (3, 3, *size)
    assert (to_pixels(one, np.dtype(np.uint8)).astype(int) - np.asarray(made)).max() <= 1
    assert torch.equal(several[2], one)


def test_a_picture_comes_as_training_pictures_did(tmp_path: Path) -> None:
    """Turned as its EXIF says, over white where it is transparent, in the channels of the run."""
    values = pixels(32, 32)
    turned = Image.fromarray(values)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    before = turned.copy()
    assert (np.asarray(translate(passage(), tmp_path / "turned.png")) == 255 - np.rot90(values, -1)).all()
    clear = np.dstack([values, np.zeros((32, 32), np.uint8)])
    assert (np.asarray(translate(passage(), Image.fromarray(clear))) == 0).all()
    assert turned == before
    data = spec(channels=(1, 3))
    assert translate(passage(Negative(1), data), turned).mode == "RGB"
    assert translate(passage(Negative(1, two_way=True), data, backwards=True), turned).mode == "L"


def test_sixteen_bits_of_grey_stay_sixteen(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 65536, (32, 32), np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    through = passage(ResNetNetwork(width=2, blocks=1).generator(spec(channels=(1, 1))), spec(channels=(1, 1)))
    made = np.asarray(translate(through, tmp_path / "deep.png"))
    assert made.dtype == np.uint16
    expected = through(to_image(values[..., None])[None])[0, 0]
    np.testing.assert_allclose(made / 32767.5 - 1, expected, atol=2e-5)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_images_of_a_batch_know_nothing_of_each_other(batch: int) -> None:
    torch.manual_seed(0)
    for network in (UNetNetwork(width=4, test_noise=False), ResNetNetwork(width=4, blocks=2)):
        translator = network.generator(spec()).eval().requires_grad_(False)
        images = torch.rand(5, 3, 24, 40) * 2 - 1
        alone = torch.cat([translator(image[None]) for image in images])
        torch.testing.assert_close(
            translate(passage(translator, scale="own", batch=batch), images), alone, rtol=0, atol=1e-4
        )


def test_noise_follows_from_the_seed_and_nothing_else_moves() -> None:
    image = torch.zeros(3, 32, 32)
    before = torch.get_rng_state()
    first, again, other = (translate(passage(Negative(noise=0.1), seed=seed), image) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_bf16_makes_nearly_the_same() -> None:
    torch.manual_seed(0)
    translator = ResNetNetwork(width=4, blocks=1).generator(spec()).eval().requires_grad_(False)
    images = torch.rand(1, 3, 32, 32) * 2 - 1
    exact, near = (passage(translator, precision=precision)(images) for precision in ("fp32", "bf16"))
    assert near.dtype == torch.float32
    assert 0 < (exact - near).abs().max() < 0.1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(1, 32, 32), "takes .n, 3, H, W., not .1, 32, 32."),
        (torch.zeros(3, 0, 32), "takes"),
        (np.zeros((4, 4), np.uint8), "an array must be uint8"),
        (np.zeros((4, 4, 3)), "an array must be uint8"),
        ("nowhere.png", "'nowhere.png': there is no such file"),
    ],
)
def test_what_is_no_picture_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        translate(passage(), wrong)


def test_images_that_no_picture_holds_go_as_tensors() -> None:
    through = passage(Negative(5), spec(channels=(5, 5)))
    with pytest.raises(UserError, match=r"this run's images 5 and 5: give run.translate a tensor"):
        translate(through, pixels(32, 32))
    assert translate(through, torch.zeros(5, 32, 32)).shape == (5, 32, 32)


@pytest.mark.parametrize("wrong", [{"tile": 8}, {"batch": 0}, {"overlap": 300}, {"overlap": -1}])
def test_a_manner_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="must be"):
        passage(**wrong)


# Which files, and where to


def test_files_folders_and_patterns_each_once(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg", "c.gif", "inner/d.png", ".hidden.png"):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("none")
    said: list[str] = []
    found = picture_files([str(tmp_path / "b.jpg"), str(tmp_path), f"{tmp_path}/**/*"], "A", said.append)
    assert [file.relative_to(tmp_path).as_posix() for file in found] == ["b.jpg", "a.png", "c.gif", "inner/d.png"]
    assert not said


def test_a_folder_of_splits_gives_its_test(tmp_path: Path) -> None:
    for name in ("trainA/a.png", "testA/b.png", "testB/c.png"):
        picture(tmp_path / name)
    said: list[str] = []
    assert [file.name for file in picture_files([str(tmp_path)], "B", said.append)] == ["c.png"]
    assert "1 picture of testB/ taken" in said[0]
    with pytest.raises(UserError, match="no pictures in"):
        picture_files([str(tmp_path / "..")], "A", said.append)


def test_names_are_kept_where_the_format_can_hold_the_output(tmp_path: Path) -> None:
    names = ["a.png", "b.JPG", "c.webp", "d.tiff"]
    files = [Path("in") / name for name in names]
    assert [path.name for path in outputs(files, tmp_path, 3, ())] == ["a.png", "b.JPG", "c.webp", "d.png"]
    assert [path.name for path in outputs(files, tmp_path, 4, ())] == ["a.png", "b.png", "c.webp", "d.png"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["x/a.png", "y/a.png"], "'y/a.png' would be written as a.png, and so would 'x/a.png'"),
        (["x/a.png", "x/a.bmp"], "'x/a.bmp' would be written as a.png"),
        (["x/taken.png"], "what the command itself writes"),
    ],
)
def test_two_outputs_of_one_name_are_refused(files: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        outputs([Path(file) for file in files], tmp_path / "out", 3, ["taken.png"])


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    with pytest.raises(UserError, match="would be replaced by a translation: take another --out"):
        outputs([tmp_path / "a.png"], tmp_path / "x" / "..", 3, ())
    with pytest.raises(UserError, match="is no folder"):
        outputs([tmp_path / "a.png"], tmp_path / "a.png", 3, ())


# Many files


def run_files(folder: Path, through: Passage, stated: dict[str, Any], *, aligned: bool = False, **options: Any) -> Any:
    """Translate all of `folder` into its sub-folder out; gives the answer and what was said."""
    said: list[str] = []
    files = picture_files([str(folder)], "A", said.append)
    jobs = list(map(Job, files, outputs(files, folder / "out", through.channels[1], ())))
    taking = intake(through, stated, aligned=aligned, **options)
    return translate_files(through, taking, jobs, sheet=2, say=said.append), said


def test_many_sizes_come_back_in_order_each_in_its_own(tmp_path: Path) -> None:
    sizes = [(32, 32), (40, 32), (32, 32), (16, 64), (40, 32), (32, 32), (9, 9)]
    originals = [picture(tmp_path / f"{index}.png", *size) for index, size in enumerate(sizes)]
    translator = Negative()
    answer, said = run_files(tmp_path, passage(translator, scale="own", batch=2), {})
    assert [made.job.source.name for made in answer.pictures] == [f"{index}.png" for index in range(len(sizes))]
    for index, values in enumerate(originals):
        assert (opened(tmp_path / "out" / f"{index}.png") == 255 - values).all()
    assert sorted(shape[0] for shape in translator.seen) == [1, 1, 1, 2, 2]
    assert [made.shown is not None for made in answer.pictures] == [True, True] + [False] * 5
    assert not said


def test_a_grey_picture_to_be_coloured_has_no_target(tmp_path: Path) -> None:
    values = picture(tmp_path / "a.png", channels=1)
    answer, said = run_files(tmp_path, passage(Negative(1), spec(channels=(1, 3))), {"pair": "colorize"})
    assert answer.pictures[0].error is None
    assert (opened(tmp_path / "out" / "a.png") == 255 - values).all()
    assert not said


def test_pictures_in_tiles_never_wait_for_each_other(tmp_path: Path) -> None:
    for index in range(3):
        picture(tmp_path / f"{index}.png", 40, 64)
    translator = Negative()
    run_files(tmp_path, passage(translator, scale="own", tile=32, overlap=0), {})
    assert translator.seen == [(4, 3, 32, 32)] * 3


def test_progress_tells_the_time_left() -> None:
    stream = StringIO()
    progress = Progress(10, stream, every=0)
    progress.at(0)
    progress.at(4)
    progress.close()
    assert re.fullmatch(r"4/10 pictures  \S+ pictures/s  0:00 left\n", stream.getvalue())


def test_a_picture_that_can_t_be_read_is_skipped(tmp_path: Path) -> None:
    picture(tmp_path / "good.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "good.png").read_bytes()[:60])
    (tmp_path / "empty.png").touch()
    answer, _ = run_files(tmp_path, passage(), {})
    assert [made.job.path.name for made in answer.pictures] == ["good.png"]
    assert [path.name for path, _ in answer.skipped] == ["broken.png", "empty.png"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]
    (tmp_path / "good.png").unlink()
    with pytest.raises(UserError, match=r"no picture can be read: '.*broken.png'"):
        run_files(tmp_path, passage(), {})


@pytest.mark.parametrize(
    ("direction", "backwards", "half"), [("AtoB", False, 0), ("BtoA", False, 1), ("BtoA", True, 0)]
)
def test_pairs_side_by_side_are_halved(direction: str, backwards: bool, half: int, tmp_path: Path) -> None:
    values = picture(tmp_path / "pair.png", 32, 64)
    single = picture(tmp_path / "single.png", 32, 32)
    through = passage(Negative(two_way=True), backwards=backwards)
    stated = {"pair": "auto", "direction": direction}
    answer, said = run_files(tmp_path, through, stated, aligned=True)
    halves = values[:, :32], values[:, 32:]
    assert (opened(tmp_path / "out" / "pair.png") == 255 - halves[half]).all()
    assert (opened(tmp_path / "out" / "single.png") == 255 - single).all()
    off = (255 - halves[half].astype(int) - halves[1 - half]) / 255
    error = answer.pictures[0].error
    assert error.l1 == pytest.approx(np.abs(off).mean(), abs=1e-6)
    assert error.psnr == pytest.approx(-10 * np.log10(np.square(off).mean()), abs=1e-4)
    assert answer.pictures[1].error is None
    assert len(said) == 1
    assert f"the {'left' if half == 0 else 'right'} half goes in" in said[0]
    run_files(tmp_path, through, stated, aligned=True, raw=True)
    assert opened(tmp_path / "out" / "pair.png").shape == (32, 64, 3)


def test_a_wide_picture_is_a_pair_only_where_the_run_was_trained_on_halves(tmp_path: Path) -> None:
    values = picture(tmp_path / "wide.png", 32, 64)
    stated = {"pair": "auto", "direction": "AtoB"}
    for halves, width in ((True, 32), (False, 64)):
        for aligned in (True, False):
            run_files(tmp_path, passage(), {**stated, "halves": halves}, aligned=aligned)
            assert (opened(tmp_path / "out" / "wide.png") == 255 - values[:, :width]).all()


@pytest.mark.parametrize("name", sorted(PAIRINGS))
def test_a_pairing_makes_the_input_and_the_target(name: str, tmp_path: Path) -> None:
    values = picture(tmp_path / "a.png")
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

        through = passage(Known(), spec(channels=(came[0], came[1])))
        answer, said = run_files(tmp_path, through, {"pair": name, "direction": direction})
        assert answer.pictures[0].error == (0, 100)
        assert (opened(tmp_path / "out" / "a.png").reshape(target.shape) == target).all()
        assert "--raw" in said[0]


def test_a_pairing_of_squares_skips_other_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "wide.png", 32, 40)
    answer, _ = run_files(tmp_path, passage(), {"pair": "rotate", "direction": "AtoB"})
    assert answer.skipped == [(tmp_path / "wide.png", "not square, but 32x40 (--raw takes it as it is)")]


def test_targets_are_found_by_name(tmp_path: Path) -> None:
    values = picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    (tmp_path / "wanted").mkdir()
    Image.fromarray(255 - values).resize((64, 64), Image.Resampling.NEAREST).save(tmp_path / "wanted" / "a.bmp")
    (tmp_path / "wanted" / "b.png").touch()
    answer, said = run_files(tmp_path, passage(), {"pair": "colorize"}, targets=tmp_path / "wanted")
    assert answer.pictures[0].error.l1 < 0.05
    assert answer.pictures[1].error is None
    assert [line.split(":")[0] for line in said] == [f"the target '{tmp_path / 'wanted' / 'b.png'}' can't be read"]


def test_a_comparison_has_a_row_for_each(tmp_path: Path) -> None:
    images = torch.ones(3, 600, 300), torch.zeros(1, 20, 40), -torch.ones(4, 8, 8)
    sheet = comparison([row(images[:2]), row(images)])
    assert sheet.width == 3 * (128 + 4)
    assert 2 * 256 < sheet.height < 3 * 256
    shown = np.asarray(sheet)
    assert (shown[30, 66] == 255).all()
    assert (shown[144, 132 + 66] == 128).all()
    assert (shown[30, 132 + 66] == 0).all()  # above what is lower than its cell


# The command, on runs that were trained

SMALL = ["--batch-size", "2", "--steps", "2", "--preview-every", "0", "--device", "cpu"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of pix2pix on pairs side by side and one of CycleGAN on two domains, each trained for two steps."""
    folder = tmp_path_factory.mktemp("runs")
    for index in range(6):
        picture(folder / "pairs" / f"{index}.png", 16, 32)
        for side in "AB":
            picture(folder / "domains" / f"train{side}" / f"{index}.png", 16, 16)
            picture(folder / "domains" / f"test{side}" / f"{side}{index}.png", 16, 16)
    for method, data, network in (("pix2pix", "pairs", "width"), ("cyclegan", "domains", "width")):
        options = ["--data", str(folder / data), "--out", str(folder / method), f"--network.{network}", "4"]
        assert main(["train", method, *options, "--network.discriminator-width", "4", *SMALL]) == 0
    return {"pix2pix": folder / "pix2pix", "cyclegan": folder / "cyclegan", "data": folder}


def test_a_folder_of_pairs_from_the_command_line(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["translate", str(runs["pix2pix"]), str(runs["data"] / "pairs"), "--out"]
    assert main([*command, str(tmp_path / "once")]) == 0
    shown = capsys.readouterr()
    assert "PSNR" in shown.out
    assert "comparison.png" in shown.out
    assert shown.err.count("the left half goes in") == 1
    names = sorted(path.name for path in (tmp_path / "once").iterdir())
    assert names == [*(f"{index}.png" for index in range(6)), "comparison.png", "translated.json"]
    numbers = json.loads((tmp_path / "once" / "translated.json").read_text())
    assert numbers["step"] == 2
    assert numbers["l1"] == pytest.approx(np.mean([picture["l1"] for picture in numbers["pictures"]]))
    assert [Path(picture["input"]).name for picture in numbers["pictures"]] == [f"{index}.png" for index in range(6)]
    assert main([*command, str(tmp_path / "again")]) == 0
    for name in names[:-1]:
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert opened(tmp_path / "once" / "0.png").shape == (16, 16, 3)


@pytest.mark.parametrize("form", ["folders", "npz"])
def test_pairs_of_two_pictures_each_are_no_halves(form: str, tmp_path: Path) -> None:
    data = tmp_path / ("pairs.npz" if form == "npz" else "pairs")
    if form == "npz":
        np.savez(data, a=np.stack([pixels(16, 16)] * 4), b=np.stack([pixels(16, 16)] * 4))
    else:
        for side in "AB":
            for index in range(4):
                picture(data / side / f"{index}.png", 16, 16)
    out = tmp_path / "run"
    widths = ["--network.width", "4", "--network.discriminator-width", "4"]
    assert main(["train", "pix2pix", "--data", str(data), "--out", str(out), *widths, *SMALL]) == 0
    assert json.loads((out / "config.json").read_text())["data"]["halves"] is False
    picture(tmp_path / "wide.png", 16, 32)
    assert main(["translate", str(out), str(tmp_path / "wide.png")]) == 0
    assert opened(out / "translated" / "wide.png").shape == (16, 32, 3)
    assert not (out / "translated" / "translated.json").exists()


def test_a_run_from_before_halves_were_noted_goes_on(runs: dict[str, Path], tmp_path: Path) -> None:
    out = Path(shutil.copytree(runs["pix2pix"], tmp_path / "old"))
    config = json.loads((out / "config.json").read_text())
    assert config["data"].pop("halves") is True
    (out / "config.json").write_text(json.dumps(config))
    widths = ["--network.width", "4", "--network.discriminator-width", "4"]
    command = ["train", "pix2pix", "--data", str(runs["data"] / "pairs"), "--out", str(out), *widths, *SMALL]
    assert main([*command, "--steps", "3"]) == 0
    assert gankit.load(out).steps()[-1] == 3
    assert main(["translate", str(out), str(runs["data"] / "pairs" / "0.png")]) == 0
    assert opened(out / "translated" / "0.png").shape == (16, 16, 3)


def test_there_and_back_with_cyclegan(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    run = gankit.load(runs["cyclegan"])
    assert main(["translate", str(run.directory), str(runs["data"] / "domains"), "--precision", "fp32"]) == 0
    made = run.directory / "translated"
    names = [f"A{index}.png" for index in range(6)]
    assert sorted(path.name for path in made.glob("A*")) == names
    assert not (made / "translated.json").exists()
    first = runs["data"] / "domains" / "testA" / "A0.png"
    alone = np.asarray(run.translate(first, precision="fp32"))
    assert np.abs(alone.astype(int) - opened(made / "A0.png")).max() <= 1
    arguments = ["translate", str(run.directory), str(runs["data"] / "domains"), "--backwards", "--sheet", "0"]
    assert main([*arguments, "--out", str(made / "back")]) == 0
    assert sorted(path.name for path in (made / "back").iterdir()) == [f"B{index}.png" for index in range(6)]
    assert run.translate(first, backwards=True).size == (16, 16)
    with pytest.raises(UserError, match=r"no option 'backward' .did you mean 'backwards'"):
        run.translate(first, backward=True)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["{data}/pairs", "--backwards"], "one way only"),
        (["{data}/nothing"], "there is no file"),
        (["{data}/*.xyz"], "no picture matches"),
        (["{data}/pairs", "{data}/domains/trainA"], "would be written as 0.png"),
        (["{data}/pairs", "--tile", "3"], "tile must be at least 16"),
        (["{data}/pairs", "--sheet", "-1"], "sheet can't be negative"),
        (["{data}/pairs", "--targets", "{data}/domains/testB"], "no target has the name of a picture"),
        (["{data}/pix2pix/config.json"], "no picture can be read"),
        ([], "no pictures were given"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    more: list[str], message: str, runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [word.format(data=runs["data"]) for word in more]
    out = tmp_path / "out"
    assert main(["translate", str(runs["pix2pix"]), *filled, "--out", str(out)]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert not out.exists()


def test_a_run_of_samples_is_named_for_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "gan"
    assert main(["train", "gan", "--data", "digits", "--steps", "1", "--preview-every", "0", "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["translate", str(out), str(tmp_path)]) == 2
    assert "gankit sample" in capsys.readouterr().err
