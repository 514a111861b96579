"""The questions to latents, as a user asks them of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gankit
from gankit.commands.main import main
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.methods.infogan import InfoGAN
from gankit.networks import MLP, ConditionalDCGAN, DCGANNetwork, InfoGANNetwork

METHODS: dict[str, Any] = {
    "dcgan": DCGAN(network=DCGANNetwork(width=4), batch_size=8),
    "cgan": CGAN(network=ConditionalDCGAN(width=4, hidden=16), batch_size=8),
    "infogan": InfoGAN(network=InfoGANNetwork(width=4, hidden=16), batch_size=8),
    "ring": GAN(network=MLP(generator_widths=(8,), discriminator_widths=(8,), latent=2), batch_size=8),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs after two steps."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANKIT_CACHE", str(tmp_path_factory.getbasetemp() / "gankit-cache"))
        for name, method in METHODS.items():
            data = "ring" if name == "ring" else "digits"
            gankit.train(method, data=data, out=folder / name, steps=2, preview_every=0, say=lambda line: None)
    return {name: folder / name for name in METHODS}


def explore(*words: str | Path | int) -> None:
    assert main(["explore", *map(str, words)]) == 0


def refuses(capsys: pytest.CaptureFixture[str], *words: str | Path | int) -> str:
    """The one line on stderr of a question that ends with status 2, whose answer is not written."""
    capsys.readouterr()
    assert main(["explore", *map(str, words)]) == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("gankit: error: ")
    return line


QUESTIONS = {
    "seeds": ("dcgan", ["-n", 5]),
    "walk": ("dcgan", ["--seeds", 1, 2, 3, "--steps", 4, "--loop"]),
    "walk-beside": ("dcgan", ["--seeds", 1, 2, "--steps", 4, "--beside-memoriser"]),
    "walk-label": ("cgan", ["--seeds", 1, 2, "--steps", 4, "--label", 3]),
    "arithmetic": ("dcgan", ["--plus", 1, 2, 3, "--minus", 4, 5, 6, "--and", 7, 8, 9]),
    "arithmetic-label": ("cgan", ["--from", "label=3", "--to", "label=8"]),
    "traverse": ("dcgan", ["--axis", 7, "--seeds", 4, 5, "--columns", 3]),
    "traverse-label": ("cgan", ["--label", "--seeds", 4, 5]),
    "traverse-code": ("infogan", ["--code", "categorical", "--seeds", 4, 5]),
    "traverse-pca": ("dcgan", ["--directions", "pca", "--columns", 3]),
    "traverse-sefa": ("cgan", ["--directions", "sefa", "--component", 99, "--columns", 3]),
    "invert": ("dcgan", ["-n", 2, "--steps", 2, "--encoder", "--encoder-steps", 2]),
    "invert-label": ("cgan", ["-n", 2, "--steps", 2]),
    "neighbours": ("dcgan", ["-n", 3]),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_gets_a_picture_and_numbers_that_repeat(
    name: str, runs: dict[str, Path], tmp_path: Path
) -> None:
    run, options = QUESTIONS[name]
    question = name.partition("-")[0]
    for out in ("a.png", "b.png"):
        explore(question, runs[run], "--out", tmp_path / out, "--seed", 3, *options)
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()
    assert json.loads((tmp_path / "a.json").read_text())
    with Image.open(tmp_path / "a.png") as first, Image.open(tmp_path / "b.png") as second:
        assert np.array_equal(np.asarray(first), np.asarray(second))
        assert np.asarray(first).std() > 10


def test_an_encoder_is_kept_for_each_seed(runs: dict[str, Path], tmp_path: Path) -> None:
    """So an answer does not hang on the seeds that were asked before."""
    answers = []
    for name, seeds in (("fresh", (1,)), ("after", (0, 1))):
        for seed in seeds:
            encoder = ["-n", 2, "--steps", 2, "--encoder", "--encoder-steps", 2, "--seed", seed]
            explore("invert", runs["dcgan"], *encoder, "--out", tmp_path / name / "found.png")
        answers.append((tmp_path / name / "found.json").read_text())
    assert answers[0] == answers[1]
    assert len(list((tmp_path / "after").glob("encoder-*.safetensors"))) == 2


def test_answers_lie_in_the_run_and_are_named(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    explore("walk", runs["dcgan"], "--steps", 2)
    answer = capsys.readouterr().out
    for suffix in ("png", "json", "gif"):
        path = runs["dcgan"] / "explore" / f"walk.{suffix}"
        assert path.stat().st_size > 100
        assert str(path) in answer
    assert "largest step" in answer
    with Image.open(runs["dcgan"] / "explore" / "walk.gif") as film:
        assert getattr(film, "n_frames", 1) > 3


def test_found_latents_go_on_into_other_questions(runs: dict[str, Path], tmp_path: Path) -> None:
    explore("invert", runs["dcgan"], "-n", 3, "--steps", 2, "--out", tmp_path / "found.png")
    found = tmp_path / "found.npy"
    explore("walk", runs["dcgan"], "--latents", found, "--seeds", 0, 2, "--steps", 2, "--out", tmp_path / "walk.png")
    rows = ["--plus", 0, 1, 2, "--minus", 0, 1, 2, "--and", 2, 1, 0]
    explore("arithmetic", runs["dcgan"], "--latents", found, *rows, "--out", tmp_path / "sum.png")
    assert np.allclose(np.load(tmp_path / "sum.npy")[0], np.load(found).mean(0), atol=1e-5)


def test_pictures_of_any_kind_are_looked_for(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (20, 10), (200, 10, 99)).save(tmp_path / "mine.jpg")
    picture = ["--pictures", tmp_path / "mine.jpg"]
    explore("invert", runs["dcgan"], *picture, "--steps", 1, "--out", tmp_path / "found.png")
    assert "converted to 8x8, 1 channel: mine.jpg (10x20 RGB)" in capsys.readouterr().err
    assert json.loads((tmp_path / "found.json").read_text())["names"] == ["mine"]


def test_without_an_encoder_the_film_is_a_gif_and_that_is_said(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gankit.pictures.films.find_encoder", lambda: None)
    explore("walk", runs["dcgan"], "--steps", 2, "--mp4", "--out", tmp_path / "walk.png")
    assert "the film is a GIF alone: install ffmpeg" in capsys.readouterr().err
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\ncat > /dev/null\necho no such codec >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr("gankit.pictures.films.find_encoder", lambda: str(broken))
    explore("walk", runs["dcgan"], "--steps", 2, "--mp4", "--out", tmp_path / "walk.png")
    assert "no such codec" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ffmpeg", "walk.gif", "walk.json", "walk.png"]


@pytest.mark.parametrize(
    ("run", "words", "said"),
    [
        ("dcgan", ["walk", "--seeds", "1"], "at least two latents"),
        ("dcgan", ["walk", "--seeds"], "no seeds were given"),
        ("dcgan", ["walk", "--steps", "1"], "at least 2 steps"),
        ("dcgan", ["walk", "--label", "3"], "takes no labels"),
        ("cgan", ["walk", "--label", "ten"], "no class 'ten'"),
        ("dcgan", ["walk", "--out", "walk.txt"], "can't write walk.txt"),
        ("dcgan", ["walk", "--features", "mnits-cnn"], "did you mean 'mnist-cnn'"),
        ("dcgan", ["walk", "--latents", "nowhere.npy"], "no such file"),
        ("ring", ["walk"], "makes vectors"),
        ("ring", ["traverse", "--axis", "0"], "makes vectors"),
        ("ring", ["invert"], "makes"),
        ("ring", ["neighbours"], "vectors"),
        ("ring", ["seeds"], "makes vectors"),
        ("dcgan", ["arithmetic"], "give --plus SEEDS --minus SEEDS"),
        ("dcgan", ["arithmetic", "--plus", "1", "2", "3"], "give --plus SEEDS --minus SEEDS"),
        ("dcgan", ["arithmetic", "--plus", "1", "2", "--minus", "1", "2", "3"], "--plus takes 3 seeds or more, not 2"),
        ("dcgan", ["arithmetic", "--from", "label=3"], "--from label=CLASS --to label=CLASS"),
        ("dcgan", ["arithmetic", "--from", "label=3", "--to", "label=ten"], "no class 'label=ten'"),
        ("dcgan", ["arithmetic", "--from", "3", "--to", "label=8"], "no class '3': give label=CLASS"),
        (
            "dcgan",
            ["arithmetic", "--from", "label=3", "--to", "label=8", "--features", "pixels"],
            "takes no labels, and 'pixels' tells no classes",
        ),
        ("dcgan", ["traverse"], "say what to sweep"),
        ("dcgan", ["traverse", "--axis", "1", "--label"], "say what to sweep, one thing"),
        ("dcgan", ["traverse", "--axis", "100"], "no latent axis 100: this run's latents have 100"),
        ("dcgan", ["traverse", "--label"], "takes no labels"),
        ("dcgan", ["traverse", "--code", "0"], "no codes"),
        ("dcgan", ["traverse", "--directions", "pca", "--component", "100"], "no component 100: there are 100"),
        ("dcgan", ["traverse", "--axis", "1", "--columns", "1"], "at least 2 columns"),
        ("dcgan", ["invert", "--pictures", "nowhere.png"], "no such file"),
        ("dcgan", ["invert", "-n", "0"], "n must be at least 1"),
        ("dcgan", ["invert", "--restarts", "0"], "restarts must be at least 1"),
        ("dcgan", ["invert", "--data", "ring"], "'ring' holds vectors"),
        ("dcgan", ["neighbours", "-n", "0"], "n must be at least 1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_t_be_asked_is_said_in_one_line(
    run: str,
    words: list[str],
    said: str,
    runs: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    question, *options = words
    out = [] if "--out" in options else ["--out", "answer.png"]
    assert said in refuses(capsys, question, runs[run], *options, *out)
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_is_not_there_and_no_run_are_said(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 100)))
    said = refuses(capsys, "walk", runs["dcgan"], "--latents", tmp_path / "x.npy", "--seeds", 0, 2)
    assert "has no row 2: there are 2, counted from 0" in said
    assert "holds no run" in refuses(capsys, "walk", tmp_path)
