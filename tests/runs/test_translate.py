"""Runs that translate, from their training to the pictures they make, as commands are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from tests.images import picture
from tests.tiny import TinyRun
from tests.translation.material import paint, pixels

SMALL = ["--batch-size", "2", "--steps", "2", "--preview-every", "0", "--device", "cpu"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of pix2pix on pairs side by side and one of CycleGAN on two domains, each trained for two steps."""
    folder = tmp_path_factory.mktemp("runs")
    for index in range(6):
        paint(folder / "pairs" / f"{index}.png", 16, 32)
        for side in "AB":
            paint(folder / "domains" / f"train{side}" / f"{index}.png", 16, 16)
            paint(folder / "domains" / f"test{side}" / f"{side}{index}.png", 16, 16)
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
    assert picture(tmp_path / "once" / "0.png").shape == (16, 16, 3)


@pytest.mark.parametrize("form", ["folders", "npz"])
def test_pairs_of_two_pictures_each_are_no_halves(form: str, tmp_path: Path) -> None:
    data = tmp_path / ("pairs.npz" if form == "npz" else "pairs")
    if form == "npz":
        np.savez(data, a=np.stack([pixels(16, 16)] * 4), b=np.stack([pixels(16, 16)] * 4))
    else:
        for side in "AB":
            for index in range(4):
                paint(data / side / f"{index}.png", 16, 16)
    out = tmp_path / "run"
    widths = ["--network.width", "4", "--network.discriminator-width", "4"]
    assert main(["train", "pix2pix", "--data", str(data), "--out", str(out), *widths, *SMALL]) == 0
    assert json.loads((out / "config.json").read_text())["data"]["halves"] is False
    paint(tmp_path / "wide.png", 16, 32)
    assert main(["translate", str(out), str(tmp_path / "wide.png")]) == 0
    assert picture(out / "translated" / "wide.png").shape == (16, 32, 3)
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
    assert picture(out / "translated" / "0.png").shape == (16, 16, 3)


def test_there_and_back_with_cyclegan(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    run = gankit.load(runs["cyclegan"])
    assert main(["translate", str(run.directory), str(runs["data"] / "domains"), "--precision", "fp32"]) == 0
    made = run.directory / "translated"
    names = [f"A{index}.png" for index in range(6)]
    assert sorted(path.name for path in made.glob("A*")) == names
    assert not (made / "translated.json").exists()
    first = runs["data"] / "domains" / "testA" / "A0.png"
    alone = np.asarray(run.translate(first, precision="fp32"))
    assert np.abs(alone.astype(int) - picture(made / "A0.png")).max() <= 1
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


def test_a_run_of_samples_is_named_for_what_it_is(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["translate", str(tiny_run("gan").directory), str(tmp_path)]) == 2
    assert "gankit sample" in capsys.readouterr().err
