"""The questions of `gankit explore`, and what they share."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gankit.commands.explore import QUESTIONS
from gankit.commands.explore import __file__ as questions
from gankit.commands.main import main
from tests.commands.explore.asking import Refusal, Runs, Words, explore

SHARED = {"__init__", "options", "output"}


def test_a_question_is_a_file_of_its_name() -> None:
    files = {path.stem for path in Path(questions).parent.glob("*.py")}
    assert files == {*QUESTIONS, *SHARED}
    for name in QUESTIONS:
        assert callable(getattr(import_module(f"gankit.commands.explore.{name}"), name))


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_explains_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "--help"]) == main(["explore"]) == 0
    assert capsys.readouterr().out.count(f"  {name:12} {QUESTIONS[name]}\n") == 2
    with pytest.raises(SystemExit) as stop:
        main(["explore", name, "--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"usage: gankit explore {name} ")
    for option in ("--out", "--seed", "--device"):
        assert option in printed


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("seeds", ("-n", 2)),
        ("walk", ("--seeds", 0, 1, "--steps", 2)),
        ("walk", ("--seeds", 0, 1, "--steps", 2, "--beside-memoriser")),
        ("traverse", ("--seeds", 0, "--axis", 0)),
        ("arithmetic", ("--plus", 0, 1, 2, "--minus", 3, 4, 5)),
        ("neighbours", ("-n", 2)),
        ("invert", ("-n", 2, "--steps", 1, "--restarts", 1)),
    ],
)
def test_sheets_and_films_are_enlarged_as_is_asked(
    question: str, options: tuple[Words, ...], generator_runs: Runs, tmp_path: Path
) -> None:
    sizes = []
    for scale in (4, 9):
        explore(question, generator_runs["dcgan"], *options, "--scale", scale, "--out", tmp_path / "answer.png")
        for path in sorted(tmp_path.glob("answer.[gp][in][fg]")):
            with Image.open(path) as picture:
                sizes.append(picture.size)
    half = len(sizes) // 2
    assert half == (2 if question == "walk" else 1)
    for (width, height), (wider, taller) in zip(sizes[:half], sizes[half:], strict=True):
        assert width < wider
        assert taller - height >= 5 * 8  # pictures of 8x8, in one row at least


def test_a_question_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "wlak"]) == 2
    assert "no question 'wlak' (did you mean 'walk'?)" in capsys.readouterr().err


def test_a_row_that_is_not_there_and_no_run_are_said(generator_runs: Runs, refusal: Refusal, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 100)))
    said = refusal("walk", generator_runs["dcgan"], "--latents", tmp_path / "x.npy", "--seeds", 0, 2)
    assert "has no row 2: there are 2, counted from 0" in said
    assert "holds no run" in refusal("walk", tmp_path)
