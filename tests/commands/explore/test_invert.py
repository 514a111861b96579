"""gankit explore invert."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.commands.explore.asking import Refusal, Runs, check_answer_repeats, explore


@pytest.mark.parametrize(
    ("run", "options"),
    [
        ("dcgan", ["-n", 2, "--steps", 2, "--encoder", "--encoder-steps", 2]),
        ("cgan", ["-n", 2, "--steps", 2]),
    ],
    ids=("encoder", "label"),
)
def test_an_answer_is_a_picture_with_numbers_and_repeats(
    run: str, options: list[str | int], generator_runs: Runs, tmp_path: Path
) -> None:
    check_answer_repeats(tmp_path, "invert", generator_runs[run], *options)


def test_an_encoder_is_kept_for_each_seed(generator_runs: Runs, tmp_path: Path) -> None:
    """So an answer does not hang on the seeds that were asked before."""
    answers = []
    for name, seeds in (("fresh", (1,)), ("after", (0, 1))):
        for seed in seeds:
            encoder = ["-n", 2, "--steps", 2, "--encoder", "--encoder-steps", 2, "--seed", seed]
            explore("invert", generator_runs["dcgan"], *encoder, "--out", tmp_path / name / "found.png")
        answers.append((tmp_path / name / "found.json").read_text())
    assert answers[0] == answers[1]
    assert len(list((tmp_path / "after").glob("encoder-*.safetensors"))) == 2


def test_found_latents_go_on_into_other_questions(generator_runs: Runs, tmp_path: Path) -> None:
    run = generator_runs["dcgan"]
    explore("invert", run, "-n", 3, "--steps", 2, "--out", tmp_path / "found.png")
    found = tmp_path / "found.npy"
    explore("walk", run, "--latents", found, "--seeds", 0, 2, "--steps", 2, "--out", tmp_path / "walk.png")
    rows = ["--plus", 0, 1, 2, "--minus", 0, 1, 2, "--and", 2, 1, 0]
    explore("arithmetic", run, "--latents", found, *rows, "--out", tmp_path / "sum.png")
    assert np.allclose(np.load(tmp_path / "sum.npy")[0], np.load(found).mean(0), atol=1e-5)


def test_pictures_of_any_kind_are_looked_for(
    generator_runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (20, 10), (200, 10, 99)).save(tmp_path / "mine.jpg")
    picture = ["--pictures", tmp_path / "mine.jpg"]
    explore("invert", generator_runs["dcgan"], *picture, "--steps", 1, "--out", tmp_path / "found.png")
    assert "converted to 8x8, 1 channel: mine.jpg (10x20 RGB)" in capsys.readouterr().err
    assert json.loads((tmp_path / "found.json").read_text())["names"] == ["mine"]


@pytest.mark.parametrize(
    ("run", "options", "said"),
    [
        ("ring", [], "makes"),
        ("dcgan", ["--pictures", "nowhere.png"], "no such file"),
        ("dcgan", ["-n", "0"], "n must be at least 1"),
        ("dcgan", ["--restarts", "0"], "restarts must be at least 1"),
        ("dcgan", ["--data", "ring"], "'ring' holds vectors"),
    ],
)
def test_what_can_t_be_asked_is_said_in_one_line(
    run: str, options: list[str], said: str, generator_runs: Runs, refusal: Refusal
) -> None:
    assert said in refusal("invert", generator_runs[run], *options, notes=True)
