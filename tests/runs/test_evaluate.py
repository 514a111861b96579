"""Evaluate and compare, end to end: runs, folders, generators and samples, and every way to get it wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data import images, open_data
from gankit.methods.catgan import CatGAN
from gankit.methods.cgan import CGAN
from gankit.methods.cyclegan import CycleGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.methods.pix2pix import Pix2Pix
from gankit.methods.sgan import SGAN
from gankit.networks import MLP, DCGANNetwork, ResNetNetwork, UNetNetwork
from tests.evaluation.facades import labels, painted, photographed

QUICK: dict[str, Any] = {"samples": 300, "metrics": ("frechet", "kid", "prdc")}


def quiet(line: str) -> None:
    pass


def evaluate(subject: Any, *rest: Any, **options: Any) -> gankit.Card:
    return gankit.evaluate(subject, *rest, say=quiet, **{**QUICK, **options})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> gankit.Run:
    """A DCGAN after three steps."""
    tiny = DCGAN(network=DCGANNetwork(width=4), batch_size=8)
    out = tmp_path_factory.mktemp("runs") / "dcgan"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANKIT_CACHE", str(tmp_path_factory.getbasetemp() / "gankit-cache"))
        return gankit.train(tiny, out=out, steps=3, say=quiet)


def copy(run: gankit.Run, to: Path) -> Path:
    return Path(shutil.copytree(run.directory, to))


def test_a_run_gets_a_card(run: gankit.Run, tmp_path: Path) -> None:
    path = copy(run, tmp_path / "run")
    card = evaluate(path)
    content = json.loads((path / "card.json").read_text())
    assert [figure["name"] for figure in content["figures"]] == [figure.name for figure in card.figures]
    figure = card["frechet"]
    assert figure.subject["step"] == 3
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


def test_a_generator_samples_and_a_folder_get_the_figures_of_the_run(run: gankit.Run, tmp_path: Path) -> None:
    whole = evaluate(run, out=tmp_path / "card")["frechet"].value
    assert evaluate(run.generator(), "digits")["frechet"].value == whole
    samples = run.sample(300)
    assert evaluate(samples, "digits")["frechet"].value == whole
    assert evaluate(samples.values, "digits")["frechet"].value == whole
    samples.save(tmp_path / "made")
    assert evaluate(tmp_path / "made", "digits", samples=None)["frechet"].value == pytest.approx(whole, rel=1e-9)


def test_a_coloured_folder_is_scored_against_grey_data(run: gankit.Run, tmp_path: Path) -> None:
    for index, pixels in enumerate(run.sample(300).values[:, 0]):
        grey = ((pixels + 1) * 127.5).round().byte().numpy()
        (tmp_path / "made").mkdir(exist_ok=True)
        Image.fromarray(np.stack([grey] * 3, -1)).save(tmp_path / "made" / f"{index:03}.png")
    found = evaluate(tmp_path / "made", "digits")["frechet"].value
    assert found == pytest.approx(evaluate(run, out=tmp_path)["frechet"].value, rel=1e-6)


def test_a_module_of_ones_own_gives_the_features(run: gankit.Run, tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 5))
    found = evaluate(run, out=tmp_path, features=module)["frechet"]
    assert found.protocol["features"] != "digits-cnn"
    assert found.protocol["features_hash"]


def test_a_conditional_run_is_asked_for_its_labels(tmp_path: Path) -> None:
    made = gankit.train(CGAN(batch_size=8), out=tmp_path / "cgan", steps=2, say=quiet)
    assert 0 <= evaluate(made, metrics=("class-accuracy",), samples=200)["class-accuracy"].value < 0.5


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
    assert {figure.name for figure in card.figures} == {"cluster-accuracy", "two-step-accuracy"}


def test_a_toy_run_is_scored_by_its_modes(tmp_path: Path) -> None:
    small = MLP(generator_widths=(8,), discriminator_widths=(8,), latent=2)
    made = gankit.train(GAN(network=small, batch_size=32), data="ring", out=tmp_path / "ring", steps=3, say=quiet)
    card = evaluate(made, metrics=(), samples=500)
    assert card["modes"].perfect == 8
    assert card["frechet"].protocol["split"] == "test"


def test_memorisation_leaves_a_report(run: gankit.Run, tmp_path: Path) -> None:
    evaluate(run, out=tmp_path, metrics=("memorisation",))
    with Image.open(tmp_path / "memorisation.png") as sheet:
        assert np.asarray(sheet).std() > 10


def test_training_scores_by_the_metrics_asked_for(tmp_path: Path) -> None:
    tiny = DCGAN(network=DCGANNetwork(width=4), batch_size=8)
    out = tmp_path / "run"
    gankit.train(tiny, out=out, steps=4, evaluate_every=2, metrics=("prdc", "kid"), say=quiet)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    scored = [line for line in lines if "score" in line]
    assert [line["step"] for line in scored] == [2, 4]
    for line in scored:
        assert line["score"] == -line["precision"]
        assert {"recall", "density", "coverage", "kid"} <= line.keys()


def test_what_training_cannot_score_is_said_before_it_starts(tmp_path: Path) -> None:
    tiny: Any = {"out": tmp_path / "run", "steps": 4, "evaluate_every": 2, "say": quiet}
    with pytest.raises(UserError, match="parzen can't be computed while training: it needs a test split"):
        gankit.train(DCGAN(network=DCGANNetwork(width=4), batch_size=8), metrics=("frechet", "parzen"), **tiny)
    with pytest.raises(UserError, match="class-accuracy can't be computed while training: it needs samples that were"):
        gankit.train(DCGAN(network=DCGANNetwork(width=4), batch_size=8), metrics=("class-accuracy",), **tiny)
    assert not (tmp_path / "run").exists()


def test_one_content_at_two_sizes_is_two(run: gankit.Run, tmp_path: Path) -> None:
    run.sample(60).save(tmp_path / "made")
    cards = []
    for size in ("8x8", "16x16", "8x8"):
        out = tmp_path / size
        options: Any = {"size": size, "features": "pixels", "metrics": ("kid",), "samples": 60, "out": out}
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


def test_two_evaluations_of_a_run_leave_the_figures_of_both(run: gankit.Run, tmp_path: Path) -> None:
    path = copy(run, tmp_path / "run")

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
    tiny = DCGAN(network=DCGANNetwork(width=4), batch_size=8)
    run = gankit.train(tiny, data=str(tmp_path / "data"), out=tmp_path / "run", steps=1, say=quiet)
    assert evaluate(run, metrics=("kid",), samples=20)["kid"].protocol["shape"] == [1, 16, 16]
    tall = gankit.train(tiny, data=str(tmp_path / "data"), out=tmp_path / "tall", size=(16, 12), steps=1, say=quiet)
    assert tall.data().spec.shape == (1, 16, 12)


def test_samples_that_are_no_numbers_get_no_figures() -> None:
    with pytest.raises(UserError, match="no finite numbers"):
        evaluate(torch.full((60, 1, 8, 8), float("nan")), "digits", samples=None)


# --- translators ------------------------------------------------------------------------------------------------


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
    methods = {
        "pix2pix": Pix2Pix(network=UNetNetwork(width=8, depth=4, discriminator_width=4)),
        "cyclegan": CycleGAN(network=ResNetNetwork(width=4, blocks=1, discriminator_width=4), pool=2),
    }
    out = tmp_path_factory.mktemp("translators")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANKIT_CACHE", str(tmp_path_factory.getbasetemp() / "gankit-cache"))
        return {
            name: gankit.train(method, data=str(houses), out=out / name, steps=2, say=quiet)
            for name, method in methods.items()
        }


def test_a_translator_is_scored_by_what_pictures_should_become(
    translators: dict[str, gankit.Run], tmp_path: Path
) -> None:
    path = copy(translators["pix2pix"], tmp_path / "run")
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
    a, b = (copy(translators["cyclegan"], tmp_path / name) for name in ("a", "b"))
    gankit.evaluate(a, metrics=("l1", "kid"), say=quiet)
    gankit.evaluate(b, metrics=("l1",), backwards=True, say=quiet)
    with pytest.raises(UserError, match=r"l1 is not comparable: .* differ in .*backwards"):
        gankit.compare([a, b], figures=["l1"])
    gankit.evaluate(b, metrics=("l1", "kid"), say=quiet)
    pix2pix = copy(translators["pix2pix"], tmp_path / "pix2pix")
    gankit.evaluate(pix2pix, metrics=("l1", "kid", "ssim"), say=quiet)
    found = gankit.compare([a, b, pix2pix])
    assert list(found.rows) == ["l1", "kid", "ssim"]
    assert found.refused == []


def test_a_translator_s_labels_are_compared(translators: dict[str, gankit.Run], tmp_path: Path) -> None:
    run = copy(translators["cyclegan"], tmp_path / "run")
    card = gankit.evaluate(run, metrics=("label-iou",), backwards=True, say=quiet)
    assert {figure.name for figure in card.figures} == {
        *("label-accuracy", "label-iou", "iou-blue", "iou-red", "iou-yellow")
    }
    assert json.loads((run / "card.json").read_text())["figures"][0]["protocol"]["backwards"]


def test_what_a_translator_cannot_be_asked(
    translators: dict[str, gankit.Run],
    run: gankit.Run,
    houses: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = copy(translators["pix2pix"], tmp_path / "run")
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
    moved = copy(translators["pix2pix"], tmp_path / "moved")
    config = json.loads((moved / "config.json").read_text())
    config["data"]["source"] = str(changed)
    (moved / "config.json").write_text(json.dumps(config))
    assert gankit.evaluate(moved, metrics=("l1",), say=quiet)["l1"].value > 0
    (changed / "trainB" / "00.png").write_bytes((changed / "trainB" / "01.png").read_bytes())
    assert "its content changed" in refuses(capsys, "evaluate", moved, "--metrics", "l1")


# --- compare ----------------------------------------------------------------------------------------------------


def test_runs_stand_side_by_side(run: gankit.Run, tmp_path: Path) -> None:
    paths = [copy(run, tmp_path / name) for name in ("a", "b", "c")]
    for seed, path in enumerate(paths):
        evaluate(path, seed=seed)
    evaluate(paths[0], metrics=("two-sample",))
    found = gankit.compare(paths)
    header, *rows = found.table()
    assert header[:3] == ["run", "frechet", "kid"]
    assert [row[0] for row in rows] == list(map(str, paths))
    assert len({figure.value for figure in found.rows["frechet"] if figure}) == 3
    assert rows[1][header.index("two-sample")] == "-"
    assert found.refused == []
    assert np.asarray(found.picture()).std() > 10


def test_unlike_protocols_are_refused_by_the_field_that_differs(run: gankit.Run, tmp_path: Path) -> None:
    a, b = copy(run, tmp_path / "a"), copy(run, tmp_path / "b")
    evaluate(a, metrics=("frechet", "kid"))
    evaluate(b, metrics=("frechet",), samples=301)
    evaluate(b, metrics=("kid",))
    found = gankit.compare([a, b])
    assert list(found.rows) == ["kid"]
    assert found.refused == [f"frechet is not comparable: {a} and {b} differ in samples: 300 -> 301"]
    with pytest.raises(UserError, match="differ in samples: 300 -> 301"):
        gankit.compare([a, b], figures=["frechet"])
    evaluate(b, metrics=("frechet",))
    assert list(gankit.compare([a, b]).rows) == ["frechet", "kid"]


@pytest.mark.parametrize(
    ("options", "field"),
    [({"features": "pixels"}, "features: digits-cnn -> pixels"), ({"real": 500}, "real: 1797 -> 500")],
)
def test_every_part_of_the_protocol_counts(run: gankit.Run, options: Any, field: str, tmp_path: Path) -> None:
    a, b = copy(run, tmp_path / "a"), copy(run, tmp_path / "b")
    evaluate(a, metrics=("frechet",))
    evaluate(b, metrics=("frechet",), **options)
    with pytest.raises(UserError, match=field):
        gankit.compare([a, b])


def test_comparing_what_can_t_be(run: gankit.Run, tmp_path: Path) -> None:
    a, b = copy(run, tmp_path / "a"), copy(run, tmp_path / "b")
    evaluate(a, metrics=("frechet",))
    with pytest.raises(UserError, match=r"b has no figures yet: gankit evaluate"):
        gankit.compare([a, b])
    with pytest.raises(UserError, match="at least two"):
        gankit.compare([a])
    evaluate(b, metrics=("frechet",))
    with pytest.raises(UserError, match=r"no figure 'fretchet' .did you mean 'frechet'"):
        gankit.compare([a, b], figures=["fretchet"])
    path = b / "card.json"
    path.write_text(path.read_text().replace('"samples": 300', '"samples": 301'))
    with pytest.raises(UserError, match="was changed by hand"):
        gankit.compare([a, b])


# --- bad input --------------------------------------------------------------------------------------------------


def refuses(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """The one line on stderr of a command that ends with status 2."""
    assert main([str(word) for word in words]) == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("gankit: error: ")
    return line


def test_what_cannot_be_evaluated_is_said_in_one_line(
    run: gankit.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = copy(run, tmp_path / "bare")
    shutil.rmtree(bare / "checkpoints")
    assert "has no checkpoint yet: train it first" in refuses(capsys, "evaluate", bare)
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


def test_other_data_than_the_run_s_must_fit(run: gankit.Run, tmp_path: Path) -> None:
    pack = open_data("digits")
    np.save(tmp_path / "colour.npy", np.zeros((30, 8, 8, 3), np.uint8))
    with pytest.raises(UserError, match="makes 1x8x8, but the data are 3x8x8"):
        evaluate(run, str(tmp_path / "colour.npy"))
    with pytest.raises(UserError, match="the samples are 1x9x9, but the data are 1x8x8"):
        evaluate(torch.zeros(30, 1, 9, 9), "digits")
    path = copy(run, tmp_path / "run")
    config = json.loads((path / "config.json").read_text())
    config["data"]["content"] = "0" * 40
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"is no longer what .* was trained on"):
        evaluate(path)
    assert images(pack, [0]).shape == (1, 1, 8, 8)


def test_the_commands_print_tables_and_where_they_wrote(
    run: gankit.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = copy(run, tmp_path / "a"), copy(run, tmp_path / "b")
    for path in (a, b):
        assert main(["evaluate", str(path), "--samples", "300", "--metrics", "frechet", "prdc"]) == 0
    answer = capsys.readouterr().out
    assert "95 % interval" in answer
    assert "300 samples, 1,797 images of the train split through digits-cnn" in answer
    assert str(b / "card.json") in answer
    assert main(["compare", str(a), str(b), "--out", str(tmp_path / "plot.png")]) == 0
    answer = capsys.readouterr().out
    assert answer.splitlines()[0].split() == ["run", "frechet", "precision", "recall", "density", "coverage"]
    assert (tmp_path / "plot.png").stat().st_size > 1000
