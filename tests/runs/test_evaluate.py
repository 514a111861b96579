"""Evaluate, end to end: runs, folders, generators and samples, and every way to get it wrong."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.base.files import locked
from gankit.commands.main import main
from gankit.data import images, open_data
from gankit.evaluation.card import read_card
from gankit.methods.catgan import CatGAN
from gankit.methods.sgan import SGAN
from gankit.networks import DCGANNetwork
from tests.runs.material import QUICK, evaluate, lines, refuses, unsealed
from tests.tiny import TINY, TinyRun, copied, quiet


def test_a_run_gets_a_card(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    path = copied(run, tmp_path / "run")
    card = evaluate(path)
    content = json.loads((path / "card.json").read_text())
    assert [figure["name"] for figure in content["figures"]] == [figure.name for figure in card.figures]
    figure = card["frechet"]
    assert figure.subject["step"] == 6
    assert figure.subject["weights"] == "average"
    assert figure.subject["ema"] == 0.999
    assert figure.subject["versions"]["torch"] == torch.__version__
    assert figure.protocol["samples"] == 300
    assert figure.protocol["real"] == 1797
    assert (figure.protocol["split"], figure.protocol["features"]) == ("train", "digits-cnn")
    assert evaluate(path)["frechet"] == figure
    assert evaluate(path, seed=1)["frechet"].value != figure.value
    assert evaluate(path, weights="last")["frechet"].value != figure.value
    assert len(json.loads((path / "card.json").read_text())["figures"]) == 3 * len(card.figures)


def test_a_generator_samples_and_a_folder_get_the_figures_of_the_run(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    whole = evaluate(run, out=tmp_path / "card")["frechet"].value
    assert evaluate(run.generator(), "digits")["frechet"].value == whole
    samples = run.sample(300)
    assert evaluate(samples, "digits")["frechet"].value == whole
    assert evaluate(samples.values, "digits")["frechet"].value == whole
    samples.save(tmp_path / "made")
    assert evaluate(tmp_path / "made", "digits", samples=None)["frechet"].value == pytest.approx(whole, rel=1e-9)


def test_a_coloured_folder_is_scored_against_grey_data(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    for index, pixels in enumerate(run.sample(300).values[:, 0]):
        grey = ((pixels + 1) * 127.5).round().byte().numpy()
        (tmp_path / "made").mkdir(exist_ok=True)
        Image.fromarray(np.stack([grey] * 3, -1)).save(tmp_path / "made" / f"{index:03}.png")
    said: list[str] = []
    found = gankit.evaluate(tmp_path / "made", "digits", say=said.append, **QUICK)["frechet"].value
    assert (
        "the samples are pictures in colours where grey pictures are needed: their red, green and blue averaged" in said
    )
    assert found == pytest.approx(evaluate(run, out=tmp_path)["frechet"].value, rel=1e-6)


def test_a_module_of_ones_own_gives_the_features(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 5))
    found = evaluate(run, out=tmp_path, features=module)["frechet"]
    assert found.protocol["features"] != "digits-cnn"
    assert found.protocol["features_hash"]


def test_a_conditional_run_is_asked_for_its_labels(tiny_run: TinyRun, tmp_path: Path) -> None:
    card = evaluate(tiny_run("cgan"), metrics=("class-accuracy",), samples=200, out=tmp_path)
    assert 0 <= card["class-accuracy"].value < 0.5


@pytest.mark.long
def test_the_classifier_that_a_method_trained_is_tested(tmp_path: Path) -> None:
    pack = open_data("digits")
    assert pack.labels is not None
    for split, part in (("train", slice(0, 1400)), ("test", slice(1400, 1797))):
        for index, (pixels, label) in enumerate(zip(pack.values[part], pack.labels[part], strict=True)):
            place = tmp_path / "data" / split / str(int(label))
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[..., 0].numpy()).save(place / f"{index}.png")
    method = SGAN(network=DCGANNetwork(width=16), batch_size=64, labels=200)
    run = gankit.train(method, data=str(tmp_path / "data"), out=tmp_path / "sgan", steps=150, say=quiet)
    found = evaluate(run, metrics=("accuracy",))["accuracy"]
    assert found.value > 0.7
    assert found.protocol["split"] == "test"
    assert (found.subject["weights"], found.subject["step"]) == ("last", 150)
    test, players = run.data("test"), run.players(device="cpu")
    assert test.labels is not None
    answers = run.classifier(device="cpu")(images(test, torch.arange(len(test)))).argmax(1)
    assert float((answers == test.labels).double().mean()) == pytest.approx(found.value)
    mixed = run.method.classify(players, images(test, torch.arange(len(test)))).argmax(1)
    assert not torch.equal(answers, mixed)  # whose batch norms remember samples, too
    unsupervised = CatGAN(labels=0, batch_size=32)
    run = gankit.train(unsupervised, data=str(tmp_path / "data"), out=tmp_path / "catgan", steps=5, say=quiet)
    card = evaluate(run, metrics=("accuracy",))
    assert {figure.name for figure in card.figures} == {"cluster-accuracy", "many-to-one-accuracy", "two-step-accuracy"}
    assert card["many-to-one-accuracy"].value >= card["cluster-accuracy"].value


def test_a_toy_run_is_scored_by_its_modes(tiny_run: TinyRun, tmp_path: Path) -> None:
    card = evaluate(tiny_run("points"), metrics=(), samples=500, out=tmp_path)
    assert card["modes"].perfect == 8
    assert card["frechet"].protocol["split"] == "test"


def test_memorisation_leaves_a_report(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    evaluate(run, out=tmp_path, metrics=("memorisation",))
    with Image.open(tmp_path / "memorisation.png") as sheet:
        assert np.asarray(sheet).std() > 10


def test_training_scores_by_the_metrics_asked_for(tmp_path: Path) -> None:
    run = TINY["dcgan"].train(tmp_path / "run", steps=4, evaluate_every=2, metrics=("prdc", "kid"))
    scored = [line for line in lines(run.directory) if "score" in line]
    assert [line["step"] for line in scored] == [2, 4]
    for line in scored:
        assert line["score"] == -line["precision"]
        assert {"recall", "density", "coverage", "kid"} <= line.keys()


def test_what_training_cannot_score_is_said_before_it_starts(tmp_path: Path) -> None:
    tiny, out = TINY["dcgan"], tmp_path / "run"
    with pytest.raises(UserError, match="parzen can't be computed while training: it needs a test split"):
        tiny.train(out, metrics=("frechet", "parzen"), evaluate_every=2)
    with pytest.raises(UserError, match="class-accuracy can't be computed while training: it needs samples that were"):
        tiny.train(out, metrics=("class-accuracy",), evaluate_every=2)
    assert not out.exists()


def test_one_content_at_two_sizes_is_two(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    run.sample(60).save(tmp_path / "made")
    cards = []
    for size in ("8x8", "16x16", "8x8"):
        out = tmp_path / size
        options: Any = {"size": size, "range": (0, 255), "features": "pixels", "metrics": ("kid",), "samples": 60}
        options["out"] = out
        cards.append(gankit.evaluate(tmp_path / "made", tmp_path / "made", say=quiet, **options))
        assert cards[-1]["kid"].value < 1e-3
    with pytest.raises(UserError, match=r"differ in shape"):
        gankit.compare([tmp_path / "8x8", tmp_path / "16x16"], figures=["kid"])
    assert cards[0]["kid"].value == cards[2]["kid"].value


def test_a_sorted_folder_is_not_judged_by_its_first_class(tmp_path: Path) -> None:
    pack = open_data("digits")
    assert pack.labels is not None
    for index, (pixels, label) in enumerate(zip(pack.values, pack.labels, strict=True)):
        for name in ("data", "made")[: 1 + (index % 3 == 0)]:
            place = tmp_path / name / str(int(label))
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[..., 0].numpy()).save(place / f"{index}.png")
    options: Any = {"features": "pixels", "metrics": ("two-sample", "memorisation"), "samples": None}
    found = evaluate(tmp_path / "made", tmp_path / "data", **options)["two-sample"]
    assert found.value < 0.6  # copies of the data: told from them by nothing but an order


def test_two_evaluations_of_a_run_leave_the_figures_of_both(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    path = copied(run, tmp_path / "run")

    def meanwhile(line: str) -> None:
        evaluate(path, metrics=("kid",))

    gankit.evaluate(path, samples=300, metrics=("frechet",), say=meanwhile)
    names = {figure["name"] for figure in json.loads((path / "card.json").read_text())["figures"]}
    assert names == {"kid", "frechet"}


def test_a_test_split_of_another_size_is_brought_to_the_run_s(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split, side in (("train", 16), ("test", 20)):
        (tmp_path / "data" / split).mkdir(parents=True)
        for index in range(24):
            pixels = rng.integers(0, 256, (side, side), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / split / f"{index}.png")
    tiny = TINY["dcgan"]
    run = tiny.train(tmp_path / "run", data=str(tmp_path / "data"), steps=1)
    assert evaluate(run, metrics=("kid",), samples=20)["kid"].protocol["shape"] == [1, 16, 16]
    tall = tiny.train(tmp_path / "tall", data=str(tmp_path / "data"), size=(16, 12), steps=1)
    assert tall.data().spec.shape == (1, 16, 12)


def test_samples_that_are_no_numbers_get_no_figures() -> None:
    with pytest.raises(UserError, match="no finite numbers"):
        evaluate(torch.full((60, 1, 8, 8), float("nan")), "digits", samples=None)


def test_what_cannot_be_evaluated_is_said_in_one_line(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tiny_run("dcgan")
    bare = copied(run, tmp_path / "bare")
    shutil.rmtree(bare / "checkpoints")
    (bare / "config.json").touch()  # by which it has just begun
    with locked(bare / ".lock", "taken"):
        assert "has no checkpoint yet: the first is written within a minute of its beginning, so in about" in refuses(
            capsys, "evaluate", bare
        )
        os.utime(bare / "config.json", (0, 0))
        assert "it is being trained, and the first comes with its next step" in refuses(capsys, "evaluate", bare)
    (bare / "config.json").touch()
    dead = refuses(capsys, "evaluate", bare)
    assert "has no checkpoint yet: no process trains it; gankit train dcgan --data digits" in dead
    assert dead.endswith(f"--out {bare} goes on")
    assert not (bare / "card.json").exists()
    assert "no run or folder" in refuses(capsys, "evaluate", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "empty" in refuses(capsys, "evaluate", tmp_path / "empty", "--data", "digits")
    assert "say which with --data" in refuses(capsys, "evaluate", tmp_path / "empty")
    assert "no metric 'fid'" in refuses(capsys, "evaluate", run.directory, "--metrics", "fid")
    assert "needs at least 6" in refuses(capsys, "evaluate", run.directory, "--metrics", "prdc", "--samples", "3")
    assert "a run whose method trains a classifier" in refuses(
        capsys, "evaluate", run.directory, "--metrics", "accuracy"
    )
    assert "takes none" in refuses(capsys, "evaluate", run.directory, "--metrics", "1nn-error")
    assert "no feature network 'inceptoin'" in refuses(capsys, "evaluate", run.directory, "--features", "inceptoin")
    assert "there is no split 'val'" in refuses(capsys, "evaluate", run.directory, "--split", "val")
    assert "fashion-mnist-cnn" in refuses(
        capsys, "evaluate", run.directory, "--metrics", "modes", "--features", "fashion-mnist-cnn"
    )


def test_a_folder_of_mixed_sizes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    for index, side in enumerate([8, 8, 9]):
        Image.fromarray(np.full((side, side), index * 90, np.uint8)).save(folder / f"{index}.png")
    assert "images of 2 sizes (2 of 8x8, 1 of 9x9)" in refuses(capsys, "evaluate", folder, "--data", "digits")
    (folder / "2.png").unlink()
    assert "has 2 images, fewer than the 50 asked for" in refuses(
        capsys, "evaluate", folder, "--data", "digits", "--samples", "50"
    )


def test_other_data_than_the_run_s_must_fit(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    pack = open_data("digits")
    np.save(tmp_path / "colour.npy", np.zeros((30, 8, 8, 3), np.uint8))
    with pytest.raises(UserError, match="makes 1x8x8, but the data are 3x8x8"):
        evaluate(run, str(tmp_path / "colour.npy"))
    with pytest.raises(UserError, match="the samples are 1x9x9, but the data are 1x8x8"):
        evaluate(torch.zeros(30, 1, 9, 9), "digits")
    path = copied(run, tmp_path / "run")
    config = json.loads((path / "config.json").read_text())
    config["data"]["content"] = "0" * 40
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(
        UserError, match=r"is no longer what .* was trained on: its content changed: put it back .* --data"
    ):
        evaluate(path)
    unsealed(path)
    assert evaluate(path, "digits", metrics=("frechet",)).figures  # as it is now
    config["data"]["source"] = str(tmp_path / "my photos")
    (path / "config.json").write_text(json.dumps(config))
    moved = rf"the data that .*run was trained on are not at '{tmp_path}/my photos': put .* with --data"
    with pytest.raises(UserError, match=moved):
        evaluate(path)
    with pytest.raises(UserError, match=moved):
        gankit.load(path).data()
    config["data"]["source"] = "array"
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"was trained on an array from Python, .* --data"):
        evaluate(path)
    assert images(pack, [0]).shape == (1, 1, 8, 8)


def test_a_judge_that_learned_from_what_the_method_did_is_not_alone(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    said: list[str] = []
    flatters = "digits-cnn flatters this run, trained through a network that learned from ImageNet as it did"
    alone = evaluate(run, features="photos-cnn", metrics=("frechet",), out=tmp_path / "alone")
    monkeypatch.setattr("gankit.methods.dcgan.DCGAN.pretrained", "ImageNet", raising=False)
    monkeypatch.setattr("gankit.features.classifier.LEARNED", {"digits-cnn": "ImageNet"})
    card = gankit.evaluate(run, **QUICK, split="train", say=said.append)
    assert said == [f"{flatters}: the Fréchet distance through photos-cnn stands beside; judge by that and by samples"]
    through = {figure.protocol["features"]: figure for figure in card.of("frechet")}
    assert through.keys() == {"digits-cnn", "photos-cnn"}
    assert through["photos-cnn"] == alone["frechet"]
    assert card["frechet"] == through["digits-cnn"]
    names = [figure.name for figure in card.figures]
    assert sorted(names) == ["coverage", "density", "frechet", "frechet", "kid", "precision", "recall"]
    assert evaluate(run).figures == card.figures
    assert read_card(run).figures == card.figures  # each once
    assert main(["evaluate", str(run), "--metrics", "frechet", "--samples", "300"]) == 0
    printed = capsys.readouterr()
    assert "through photos-cnn stands beside" in printed.err
    for network in ("digits-cnn", "photos-cnn"):
        assert f"frechet ({network})" in printed.out
        assert f"through {network}: frechet ({network})\n" in printed.out
    page = gankit.load(run).report().read_text()
    assert "<h3>frechet (photos-cnn)</h3>" in page
    assert "<h3>kid</h3>" in page
    said.clear()
    card = gankit.evaluate(run, samples=300, metrics=("kid",), split="train", out=tmp_path / "card", say=said.append)
    assert said == [f"{flatters}: judge by --features photos-cnn and by samples as well"]
    assert [figure.name for figure in card.figures] == ["kid"]
    said.clear()
    gankit.evaluate(run, samples=300, metrics=("frechet",), features="pixels", out=tmp_path / "card", say=said.append)
    assert not any("flatters" in line for line in said)
    TINY["dcgan"].train(tmp_path / "watched", steps=2, evaluate_every=2, say=said.append)
    assert f"{flatters}: judge by --features photos-cnn and by samples as well" in said


def test_where_the_other_judge_is_not_installed_that_is_said(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("projected")  # through photos-cnn
    said: list[str] = []
    card = gankit.evaluate(run, **QUICK, split="train", features="photos-cnn", out=tmp_path / "card", say=said.append)
    assert len(card.of("frechet")) == 1
    assert said[0].startswith("photos-cnn flatters this run, trained through a network that learned from CIFAR-10")
    assert "efficientnet-lite0 can't judge here (" in said[0]
    assert said[0].endswith("): judge by samples as well")


@pytest.mark.long
def test_the_other_judge_is_imagenet_s_where_a_run_was_trained_through_cifar_10_s(
    tiny_run: TinyRun, tmp_path: Path, photo_weights: Path
) -> None:
    card = evaluate(
        tiny_run("projected"), samples=20, real=20, metrics=("frechet",), features="photos-cnn", out=tmp_path
    )
    assert [figure.protocol["features"] for figure in card.figures] == ["efficientnet-lite0", "photos-cnn"]
