"""A run's page: what is gathered for it, when it is written, and what it is refused for."""

from __future__ import annotations

import json
import math
import re
import shutil
import signal
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gankit
from gankit.base.files import locked
from gankit.networks import DCGANNetwork
from gankit.runs import report as module
from gankit.runs.directory import LOCK
from gankit.runs.report import LivePage
from gankit.runs.report_pictures import PIXELS, preview_steps, rendered
from gankit.training.loop import DivergedError
from tests.reporting.material import COLLAPSE, Read
from tests.runs.material import refuses
from tests.tiny import TINY, TinyRun, copied, quiet

KEPT = sorted(path.stem for path in (Path(__file__).parents[1] / "kept").glob("*.json"))


def read(path: Path) -> Read:
    return Read(path.read_text())


def state(page: Read) -> str | None:
    return page.elements[0][1]["data-state"]


def embedded(page: Read) -> list[bytes]:
    """The pictures of a page, which are all in it."""
    sources = [str(image["src"]) for image in page.all("img")]
    assert all(re.match("data:image/(png|jpeg);base64,", source) for source in sources)
    return [b64decode(source.partition(",")[2]) for source in sources]


def copy_of(run: gankit.Run, to: Path) -> Path:
    """A copy to be written to, without a page."""
    directory = copied(run, to)
    (directory / "report.html").unlink()
    return directory


def preview(directory: Path, step: int, picture: Image.Image | None = None) -> Path:
    path = directory / "previews" / f"step-{step:06d}.png"
    (picture or Image.new("L", (8, 8))).save(path)
    return path


def noise(side: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_training_leaves_a_page_that_holds_its_previews(tiny_run: TinyRun) -> None:
    directory = tiny_run("dcgan").directory
    page = read(directory / "report.html")
    assert state(page) == "finished"
    assert embedded(page) == [(directory / "previews" / f"step-00000{step}.png").read_bytes() for step in (0, 3, 6)]
    for words in ("DCGAN on digits", "finished", "Discriminator's loss", "network.width", "--network.width 4"):
        assert words in page.words


@pytest.mark.parametrize("name", KEPT)
def test_the_runs_of_earlier_versions_have_a_page(name: str, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(Path(__file__).parents[1] / "kept" / name, tmp_path / name))
    page = read(gankit.report(directory, explore=False, say=quiet))
    assert state(page) == "resting"
    assert "repeat with --trust" in page.words if name == "own" else "gankit train" in page.words


def test_neighbours_and_a_walk_are_made_once_for_a_step(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    first = read(gankit.load(directory).report(say=quiet))
    assert "Nearest training images" in first.words
    assert "A walk between latents" in first.words
    assert len(first.all("img")) == 5
    made = {path: path.stat().st_mtime_ns for path in (directory / "report").iterdir()}
    assert len(embedded(read(gankit.report(directory, say=quiet)))) == 5
    assert {path: path.stat().st_mtime_ns for path in (directory / "report").iterdir()} == made
    gankit.report(directory, seed=1, say=quiet)
    assert json.loads((directory / "report" / "pictures.json").read_text())["walk"]["seed"] == 1
    assert len(embedded(read(gankit.report(directory, explore=False)))) == 5


def test_what_cannot_be_made_is_said_and_the_page_is_written(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    config = json.loads((directory / "config.json").read_text())
    config["data"]["source"] = str(tmp_path / "gone")
    (directory / "config.json").write_text(json.dumps(config))
    said: list[str] = []
    page = read(gankit.report(directory, say=said.append))
    assert any(line.startswith("no neighbours: ") for line in said)
    assert "Nearest training images" not in page.words
    shutil.rmtree(directory / "checkpoints")
    shutil.rmtree(directory / "report")
    gankit.report(directory, say=said.append)
    assert said[-1].startswith("no walk and no neighbours: ")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pix2pix", "the input, what is made of it, and what it should become"),
        ("cyclegan", "The same pictures of both domains"),
        ("points", "beside the data"),
    ],
)
def test_each_kind_of_run_says_what_its_previews_show(tiny_run: TinyRun, tmp_path: Path, name: str, words: str) -> None:
    directory = copy_of(tiny_run(name), tmp_path / "run")
    page = read(gankit.report(directory, say=quiet))
    assert words in page.words
    assert len(embedded(page)) == 3
    assert not (directory / "report").exists()


def test_verdicts_of_the_log_are_on_the_page(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    with (directory / "log.jsonl").open("a") as log:
        log.write(json.dumps({"step": 6, "verdict": {**COLLAPSE, "since": 4}}) + "\n")
    page = read(gankit.report(directory, explore=False))
    assert "Samples are alike." in page.words
    assert "band mild" in [one.get("class") for one in page.all("g")]


def test_figures_that_were_changed_by_hand_are_left_out_and_that_is_said(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    (directory / "card.json").write_text("{}")
    assert "The figures are left out: " in read(gankit.report(directory, explore=False)).words


def test_there_are_no_more_previews_than_there_is_room_for(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    for step in range(7, 107):
        preview(directory, step)
    page = read(gankit.report(directory, explore=False))
    assert len(embedded(page)) == module.MOST
    assert f"{module.MOST} of 103 previews" in page.words
    assert page.all("figure")[-1]["data-step"] == "106"
    monkeypatch.setattr(module, "ROOM", 5 * preview(directory, 107).stat().st_size)
    assert 1 <= len(embedded(read(gankit.report(directory, explore=False)))) <= 5
    monkeypatch.setattr(module, "ROOM", 1)
    assert embedded(read(gankit.report(directory, explore=False))) == []


def test_a_large_preview_is_a_jpeg_and_what_is_no_picture_is_left_out(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    picture = rendered(preview(directory, 10, noise(400)))
    assert picture
    assert (picture.media, picture.width, picture.height) == ("image/jpeg", 400, 400)
    with Image.open(BytesIO(picture.content)) as opened:
        assert opened.size == (400, 400)
    secret = tmp_path / "secret.png"
    Image.new("L", (8, 8)).save(secret)
    (directory / "previews" / "step-000011.png").symlink_to(secret)
    (directory / "previews" / "step-000012.png").write_text("<script>")
    header = bytearray(secret.read_bytes())
    header[16:24] = (PIXELS).to_bytes(4, "big") + (2).to_bytes(4, "big")
    (directory / "previews" / "step-000013.png").write_bytes(header)
    assert preview_steps(directory) == [0, 3, 6, 10, 12, 13]
    assert [figure["data-step"] for figure in read(gankit.report(directory, explore=False)).all("figure")] == [
        "0",
        "3",
        "6",
        "10",
    ]


def test_a_run_that_is_being_trained_is_said_to_be(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    with locked(directory / LOCK, "taken"):
        assert state(read(gankit.report(directory, explore=False))) == "running"
    assert state(read(gankit.report(directory, explore=False))) == "resting"


class Clock:
    """A time that a test moves on; it costs a second to look at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_a_page_takes_a_hundredth_of_the_time_of_a_training(tiny_run: TinyRun, tmp_path: Path) -> None:
    run, clock = tiny_run("dcgan"), Clock()
    directory = copy_of(run, tmp_path / "run")
    live = LivePage(directory, run.method, 6, quiet, now=clock)
    live.look()
    assert state(read(directory / "report.html")) == "running"
    (directory / "report.html").unlink()
    live.look()
    assert not (directory / "report.html").exists()
    clock.now += 1 / module.SHARE - 10
    live.look()
    assert not (directory / "report.html").exists()
    clock.now += 20
    live.look()
    assert (directory / "report.html").exists()


@pytest.mark.parametrize(
    ("step", "by", "expected", "words"),
    [
        (6, None, "finished", "finished"),
        (4, None, "stopped", "stopped at its limit of time: the same command continues"),
        (4, signal.SIGINT, "stopped", "stopped by SIGINT: the same command continues"),
        (4, signal.SIGTERM, "stopped", "stopped by SIGTERM: the same command continues"),
    ],
)
def test_the_last_page_says_how_training_ended(
    tiny_run: TinyRun, tmp_path: Path, step: int, by: signal.Signals | None, expected: str, words: str
) -> None:
    run = tiny_run("dcgan")
    directory = copy_of(run, tmp_path / "run")
    with LivePage(directory, run.method, 6, quiet) as live:
        live.look()
        live.ended(step, by)
    page = read(directory / "report.html")
    assert state(page) == expected
    assert words in page.words


class Breaks(gankit.DCGAN):
    """A game whose generator's loss is no number."""

    def generator_loss(self, players: Any, batch: Any) -> Any:
        return {name: term * math.nan for name, term in super().generator_loss(players, batch).items()}


def test_a_training_that_diverges_says_so_on_its_page(tmp_path: Path) -> None:
    method = Breaks(network=DCGANNetwork(width=4), batch_size=8)
    with pytest.raises(DivergedError):
        gankit.train(method, data="digits", out=tmp_path / "run", steps=20, say=quiet)
    page = read(tmp_path / "run" / "report.html")
    assert state(page) == "stopped"
    assert "became NaN or infinite" in page.words
    assert "given from Python" in page.words


def test_training_goes_on_where_the_page_cannot_be_written(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    directory = copy_of(run, tmp_path / "run")
    said: list[str] = []
    with LivePage(directory, run.method, 6, said.append) as live:
        (directory / "report.html").write_text("mine")
        live.look()
        live.ended(6, None)
    assert (directory / "report.html").read_text() == "mine"
    assert len(said) == 1
    assert "no report of gankit's" in said[0]


def test_another_program_s_page_stops_a_training_before_it_begins(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    (directory / "report.html").write_text("<html>mine")
    held = (directory / "log.jsonl").read_bytes()
    with pytest.raises(gankit.UserError, match="no report of gankit's: take another --out, or move it away"):
        TINY["dcgan"].train(directory, steps=8)
    assert (directory / "report.html").read_text() == "<html>mine"
    assert (directory / "log.jsonl").read_bytes() == held


def test_mistakes_are_one_line_and_lose_nothing(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "holds no run" in refuses(capsys, "report", tmp_path / "nowhere")
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    mine = tmp_path / "mine.html"
    mine.write_text("<!doctype html><title>mine</title>")
    assert "no report of gankit's" in refuses(capsys, "report", directory, "--out", mine)
    assert mine.read_text() == "<!doctype html><title>mine</title>"
    assert "ends in .html" in refuses(capsys, "report", directory, "--out", tmp_path / "page.png")
    (tmp_path / "folder.html").mkdir()
    assert "no report of gankit's" in refuses(capsys, "report", directory, "--out", tmp_path / "folder.html")
    log = directory / "log.jsonl"
    whole = log.read_text()
    log.write_text(whole.replace("}", "", 1))
    assert f"line 1 of {log} can't be read" in refuses(capsys, "report", directory)
    log.write_text(whole + json.dumps({"step": 7, "verdict": {"name": 3}}) + "\n")
    assert f"of {log} can't be read: it is no step with numbers" in refuses(capsys, "report", directory, "--no-explore")
    log.unlink()
    shutil.rmtree(directory / "previews")
    assert "has no steps to report yet" in refuses(capsys, "report", directory)
    assert not (directory / "report.html").exists()


def test_the_command_writes_where_it_is_told(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from gankit.commands.main import main

    directory, out = copy_of(tiny_run("dcgan"), tmp_path / "run"), tmp_path / "sent" / "page.html"
    for _ in range(2):  # its own page is replaced
        assert main(["report", str(directory), "--out", str(out), "--no-explore"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"report       {out}"
    assert not (directory / "report.html").exists()
    assert len(embedded(read(out))) == 3


def test_a_hostile_run_s_page_is_plain(tiny_run: TinyRun, tmp_path: Path) -> None:
    directory = copy_of(tiny_run("dcgan"), tmp_path / "run")
    config: dict[str, Any] = json.loads((directory / "config.json").read_text())
    name = "</script><script>alert(1)</script>"
    config["data"]["source"] = name
    config["method"] = {"class": f"evil:{name}", name: {"class": name, name: [name]}}
    config["changes"] = [{"step": 5, "fields": [name, {}]}]
    config["spec"] = {"shape": name}
    config["init"] = {"run": [name]}
    (directory / "config.json").write_text(json.dumps(config))
    page = read(gankit.report(directory, say=quiet))
    assert page.words.count("alert(1)") >= 3
    assert len([one for one in page.all("script") if "type" not in one]) == 1
    for part in ({"changes": [5]}, {"changes": [{"step": name, "fields": []}]}, {"init": [name]}):
        (directory / "config.json").write_text(json.dumps({**config, **part}))
        with pytest.raises(gankit.UserError, match="init or changes are not what a training notes"):
            gankit.report(directory, say=quiet)
