"""Each recipe runs from end to end, reduced, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "gankit" / "examples"


def run(recipe: str, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / recipe), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == status, answer.stderr
    return answer


def frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        taken = []
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            taken.append(np.asarray(film.convert("L"), np.int64))
    return taken


@pytest.mark.long
def test_the_gaussian_in_one_dimension(tmp_path: Path) -> None:
    answer = run("gaussian_1d.py", "--steps", "40", "--frames", "4", "--out", str(tmp_path))
    assert "mean" in answer.stdout
    assert "truth 4" in answer.stdout
    shown = frames(tmp_path / "learning.gif")
    assert len(shown) >= 4
    assert np.abs(shown[0] - shown[-1]).mean() > 0.5
    with Image.open(tmp_path / "moments.png") as picture:
        assert np.asarray(picture).std() > 5


@pytest.mark.long
def test_the_mnist_tutorial_on_digits(tmp_path: Path) -> None:
    run("mnist_mlp.py", "--data", "digits", "--frames", "3", "--steps", "30", "--out", str(tmp_path / "run"))
    shown = frames(tmp_path / "run" / "learning.gif")
    assert len(shown) == 3
    assert np.abs(shown[0] - shown[-1]).mean() > 1
    assert (tmp_path / "run" / "grid.png").exists()


@pytest.mark.long
def test_the_plain_gan_moves_its_samples(tmp_path: Path) -> None:
    answer = run("plain_gan.py", "--steps", "20", "--out", str(tmp_path))
    assert "step    20  discriminator" in answer.stdout
    assert frames(tmp_path / "step-00020.png")[0].std() > 1
    assert (tmp_path / "generator.pt").exists()


def test_a_missing_data_set_is_one_clear_line(tmp_path: Path) -> None:
    answer = run("mnist_mlp.py", "--data", "nowhere", "--out", str(tmp_path / "run"), status=2)
    assert answer.stderr.startswith("mnist_mlp: error: no data set or file 'nowhere'")
    assert answer.stderr.count("\n") == 1
