"""Evaluate runs that translate: what pictures should become, the way back, and what such a run can't be asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.data import images
from tests.evaluation.facades import labels, painted, photographed
from tests.runs.material import refuses
from tests.tiny import TINY, TinyRun, copied, quiet


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Label maps, A, and photographs, B: 20 pairs to train on and 12 others."""
    folder = tmp_path_factory.mktemp("houses")
    for split, n in (("train", 20), ("test", 12)):
        truth = labels(n, seed=n)
        for side, values in (("A", painted(truth)), ("B", photographed(truth, seed=n))):
            (folder / f"{split}{side}").mkdir()
            for index, pixels in enumerate(values.numpy()):
                Image.fromarray(pixels).save(folder / f"{split}{side}" / f"{index:02}.png")
    return folder


@pytest.fixture(scope="module")
def translators(houses: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, gankit.Run]:
    """A pix2pix and a CycleGAN after two steps."""
    out = tmp_path_factory.mktemp("translators")
    return {
        name: TINY[name].train(out / name, data=str(houses), pair="auto", steps=2) for name in ("pix2pix", "cyclegan")
    }


def test_a_translator_is_scored_by_what_pictures_should_become(
    translators: dict[str, gankit.Run], tmp_path: Path
) -> None:
    path = copied(translators["pix2pix"], tmp_path / "run")
    card = gankit.evaluate(path, say=quiet)
    assert {figure.name for figure in card.figures} == {"frechet", "kid", "l1", "psnr", "ssim"}
    figure = card["psnr"]
    assert (figure.protocol["split"], figure.protocol["samples"]) == ("test", 12)
    assert (figure.protocol["pair"], figure.protocol["direction"]) == ("auto", "AtoB")
    assert figure.subject["source"] == "translator"
    assert figure.subject["step"] == 2
    assert gankit.evaluate(path, say=quiet)["psnr"] == figure
    assert gankit.evaluate(path, seed=1, say=quiet)["psnr"].value != figure.value
    assert gankit.evaluate(path, split="train", say=quiet)["psnr"].protocol["samples"] == 20
    some = gankit.evaluate(path, samples=5, metrics=("l1",), say=quiet)["l1"]
    assert some.protocol["samples"] == 5


def test_a_translator_is_what_its_pictures_are(translators: dict[str, gankit.Run], tmp_path: Path) -> None:
    """The figures are those of pictures translated by hand."""
    run = translators["cyclegan"]
    split = run.data("test", say=quiet)
    assert split.other is not None
    with torch.inference_mode():
        for backwards, (given, wanted) in enumerate([(split, split.other), (split.other, split)]):
            made = run.translator()(images(given, list(range(12))), backwards=bool(backwards))
            levels = ((made.clamp(-1, 1) + 1) * 127.5).round() / 255
            error = float((levels - (images(wanted, list(range(12))) + 1) / 2).abs().mean())
            options = {"metrics": ("l1",), "backwards": bool(backwards), "out": tmp_path}
            found = gankit.evaluate(run, say=quiet, **options)["l1"]
            assert found.value == pytest.approx(error, rel=1e-4)


def test_both_ways_are_figures_of_their_own(translators: dict[str, gankit.Run], tmp_path: Path) -> None:
    a, b = (copied(translators["cyclegan"], tmp_path / name) for name in ("a", "b"))
    gankit.evaluate(a, metrics=("l1", "kid"), say=quiet)
    gankit.evaluate(b, metrics=("l1",), backwards=True, say=quiet)
    with pytest.raises(UserError, match=r"l1 is not comparable: .* differ in .*backwards"):
        gankit.compare([a, b], figures=["l1"])
    gankit.evaluate(b, metrics=("l1", "kid"), say=quiet)
    pix2pix = copied(translators["pix2pix"], tmp_path / "pix2pix")
    gankit.evaluate(pix2pix, metrics=("l1", "kid", "ssim"), say=quiet)
    found = gankit.compare([a, b, pix2pix])
    assert list(found.rows) == ["l1", "kid", "ssim"]
    assert found.refused == []


def test_a_translator_s_labels_are_compared(translators: dict[str, gankit.Run], tmp_path: Path) -> None:
    run = copied(translators["cyclegan"], tmp_path / "run")
    card = gankit.evaluate(run, metrics=("label-iou",), backwards=True, say=quiet)
    assert {figure.name for figure in card.figures} == {
        *("label-accuracy", "label-class-accuracy", "label-iou", "iou-blue", "iou-red", "iou-yellow")
    }
    assert json.loads((run / "card.json").read_text())["figures"][0]["protocol"]["backwards"]


def test_what_a_translator_cannot_be_asked(
    translators: dict[str, gankit.Run],
    tiny_run: TinyRun,
    houses: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tiny_run("dcgan")
    path = copied(translators["pix2pix"], tmp_path / "run")
    assert "knows one way only" in refuses(capsys, "evaluate", path, "--backwards")
    assert "backwards is for runs that translate" in refuses(capsys, "evaluate", run.directory, "--backwards")
    assert "has 12 pictures to translate, fewer than the 50 asked for" in refuses(
        capsys, "evaluate", path, "--samples", "50"
    )
    assert "fcn-score is for labels that become pictures" in refuses(capsys, "evaluate", path, "--metrics", "label-iou")
    assert "it needs a run that translates pictures" in refuses(capsys, "evaluate", run.directory, "--metrics", "psnr")
    np.savez(tmp_path / "grey.npz", A=np.zeros((4, 24, 24, 1), np.uint8), B=np.zeros((4, 24, 24, 3), np.uint8))
    assert "translates images of 3 channels to 3, but the data have 1 and 3" in refuses(
        capsys, "evaluate", path, "--data", tmp_path / "grey.npz", "--split", "train"
    )
    changed = shutil.copytree(houses, tmp_path / "changed")
    moved = copied(translators["pix2pix"], tmp_path / "moved")
    config = json.loads((moved / "config.json").read_text())
    config["data"]["source"] = str(changed)
    (moved / "config.json").write_text(json.dumps(config))
    assert gankit.evaluate(moved, metrics=("l1",), say=quiet)["l1"].value > 0
    (changed / "trainB" / "00.png").write_bytes((changed / "trainB" / "01.png").read_bytes())
    assert "its content changed" in refuses(capsys, "evaluate", moved, "--metrics", "l1")
