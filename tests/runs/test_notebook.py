"""What a notebook shows of runs, samples, cards, data and comparisons."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

import gankit
from gankit.evaluation.card import Card
from gankit.pictures.notebook import as_html
from tests.runs.material import evaluate
from tests.tiny import POINTS, TINY, TinyRun, copied


def test_text_is_text_and_tables_are_tables() -> None:
    shown = as_html("<b>", [["a"], ["1 < 2"]], Image.new("L", (2, 2)))
    assert "&lt;b&gt;" in shown
    assert "<th>a</th>" in shown
    assert "<td>1 &lt; 2</td>" in shown
    assert "data:image/png;base64," in shown


def test_samples_show_their_sheet(tiny_run: TinyRun) -> None:
    samples = tiny_run("dcgan").sample(4)
    with Image.open(io.BytesIO(samples._repr_png_())) as picture:
        assert np.array_equal(np.asarray(picture), np.asarray(samples.picture()))


def test_a_run_shows_its_preview_and_its_figures(tiny_run: TinyRun, tmp_path: Path) -> None:
    folder = copied(tiny_run("dcgan"), tmp_path / "run")
    evaluate(folder, metrics=("frechet",), samples=100, real=200)
    shown = gankit.load(folder)._repr_html_()
    assert "DCGAN on digits" in shown
    assert "step 6" in shown
    assert "<img" in shown
    assert "<td>frechet</td>" in shown


def test_data_and_cards_show_themselves(tiny_run: TinyRun) -> None:
    assert "digits: 1,797 of 1x8x8, 10 classes" in TINY["dcgan"].pack()._repr_html_()
    assert "<img" not in POINTS.pack()._repr_html_()
    assert Card()._repr_html_() == "<div><div>no figures yet</div></div>"


def test_a_comparison_shows_table_and_picture(tiny_run: TinyRun, tmp_path: Path) -> None:
    folders = [copied(tiny_run("dcgan"), tmp_path / name) for name in "ab"]
    for folder in folders:
        evaluate(folder, metrics=("frechet",), samples=100, real=200)
    shown = gankit.compare(folders)._repr_html_()
    assert "<th>frechet</th>" in shown
    assert "<img" in shown
