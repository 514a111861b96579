"""Translators under judgement: perfect ones, planted faults, noise that follows from the seed, and what is lacking."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data import Pack
from gankit.evaluation import segmenter
from gankit.evaluation.card import Figure
from gankit.evaluation.evaluator import USUAL_OF_TRANSLATORS, Evaluator
from gankit.evaluation.inputs import StoredImages
from gankit.evaluation.pairs import CEILING
from gankit.evaluation.translations import BLOCK, Translation, translated
from gankit.evaluation.while_training import TrainingEvaluator
from gankit.features import feature_network
from gankit.game import Translator
from gankit.pictures.samples import Samples
from tests.evaluation.facades import as_jpeg, joined, labels, painted, photographed


class Noisy(Translator):
    """Adds noise, and counts how many pictures it was shown at a time."""

    def __init__(self, sd: float = 0.1) -> None:
        super().__init__()
        self.sd, self.seen = torch.nn.Parameter(torch.tensor(sd)), []

    def forward(self, images: Tensor, *, backwards: bool = False) -> Tensor:
        self.seen.append(len(images))
        return images + self.sd * torch.randn_like(images)


def houses(kind: str) -> tuple[Pack, Pack]:
    """Training pairs and others, of labels to photographs or the reverse."""
    packs = []
    for name, n, seed in (("train", 40, 0), ("test", 30, 1)):
        truth = labels(n, seed)
        first, second = as_jpeg(painted(truth), 90), photographed(truth, seed)
        if kind == "to labels":
            first, second = second, first
        packs.append(joined(first, second, f"{kind} {name}"))
    return packs[0], packs[1]


def figures(cache: Path, packs: tuple[Pack, Pack], samples: Tensor, *metrics: str, n: int = 30) -> dict[str, Figure]:
    train, split = packs
    assert train.other is not None
    assert split.other is not None
    network = feature_network("pixels", split.other.spec, "houses")
    evaluator = Evaluator(
        split=split.other,
        train=train.other,
        network=network,
        split_name="test",
        metrics=metrics,
        cache=cache,
        translates={"direction": "AtoB"},
    )
    translation = Translation.of(split, lambda: train, n)
    found, _ = evaluator(StoredImages(samples), None, {}, say=lambda line: None, translation=translation)
    return {figure.name: figure for figure in found}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmenter, "train_segmenter", partial(segmenter.train_segmenter, steps=30))


def test_the_truth_is_perfect_and_noise_is_not(tmp_path: Path) -> None:
    packs = houses("to photographs")
    assert packs[1].other is not None
    truth = packs[1].other.values
    found = figures(tmp_path, packs, truth)
    assert {figure.metric for figure in found.values()} == set(USUAL_OF_TRANSLATORS)
    assert found["l1"].value == 0
    assert found["psnr"].value == pytest.approx(CEILING)
    assert found["ssim"].value == pytest.approx(1)
    assert found["frechet"].value == pytest.approx(0, abs=1e-3)
    assert found["frechet"].training_images is not None
    assert found["psnr"].training_images is None
    assert found["l1"].protocol["direction"] == "AtoB"
    brighter = truth.float().add(20).clamp(max=255).byte()
    worse = figures(tmp_path, packs, brighter)
    assert worse["l1"].value == pytest.approx(float((brighter - truth).float().mean()) / 255, rel=1e-4)
    for name in ("psnr", "ssim"):
        assert worse[name].value < found[name].value
        assert (worse[name].low or 0) < worse[name].value


def test_targets_are_matched_one_by_one(tmp_path: Path) -> None:
    packs = houses("to photographs")
    assert packs[1].other is not None
    truth = packs[1].other.values
    whole = figures(tmp_path, packs, truth, "l1", "frechet")
    rolled = figures(tmp_path, packs, truth.roll(1, 0), "l1", "frechet")
    assert rolled["l1"].value > whole["l1"].value + 0.02
    assert rolled["frechet"].value == pytest.approx(whole["frechet"].value, abs=1e-3)
    some = figures(tmp_path, packs, truth[torch.linspace(0, 29, 7, dtype=torch.float64).long()], "l1", n=7)
    assert some["l1"].value == 0


def test_a_segmenter_sees_what_photographs_were_made_from(tmp_path: Path) -> None:
    packs = houses("to photographs")
    assert packs[1].other is not None
    truth = packs[1].other.values
    real = figures(tmp_path, packs, truth, "fcn-score")
    assert list(real) == ["fcn-pixel-accuracy", "fcn-class-accuracy", "fcn-iou"]
    for figure in real.values():
        assert figure.value == figure.perfect
        assert figure.value > 0.7
        assert figure.training_images is None
    repaired = photographed(labels(30, seed=1), seed=9)
    plain = figures(tmp_path, packs, repaired, "fcn-score")["fcn-iou"]
    wrong = figures(tmp_path, packs, truth.roll(1, 0), "fcn-score")["fcn-iou"]
    assert plain.perfect == wrong.perfect == real["fcn-iou"].value
    assert plain.value > 0.7 > 0.6 > wrong.value
    assert wrong.high is not None
    assert wrong.high < 0.7
    with pytest.raises(UserError, match="fcn-score is for labels that become pictures"):
        figures(tmp_path, packs, truth, "label-iou")


def test_painted_labels_are_compared_colour_by_colour(tmp_path: Path) -> None:
    packs = houses("to labels")
    truth = labels(30, seed=1)
    good = figures(tmp_path, packs, as_jpeg(painted(truth), 90), "label-iou")
    assert list(good) == ["label-accuracy", "label-class-accuracy", "label-iou", "iou-blue", "iou-red", "iou-yellow"]
    assert good["label-iou"].value == pytest.approx(1)
    blind = truth.clone()
    blind[:, :, 12:][truth[:, :, 12:] == 1] = 0
    faulty = figures(tmp_path, packs, painted(blind), "label-iou")
    kept = float((blind == 1).sum() / (truth == 1).sum())
    assert faulty["iou-red"].value == pytest.approx(kept, abs=0.07)
    assert faulty["iou-yellow"].value == pytest.approx(1, abs=0.05)
    assert faulty["iou-blue"].value < 0.95
    mean = sum(faulty[f"iou-{colour}"].value for colour in ("blue", "red", "yellow")) / 3
    assert faulty["label-iou"].value == pytest.approx(mean)
    with pytest.raises(UserError, match="label-iou is for pictures that become labels"):
        figures(tmp_path, packs, painted(truth), "fcn-score")


def test_a_label_never_seen_in_training_is_an_error(tmp_path: Path) -> None:
    train, split = houses("to photographs")
    assert split.other is not None
    split.values[4, :8, :8] = torch.tensor((0, 255, 0), dtype=torch.uint8)
    with pytest.raises(UserError, match=r"picture 4 has .*% of its pixels in #00ff00, a label that no training pic"):
        figures(tmp_path, (train, split), split.other.values, "fcn-score")
    assert not list(tmp_path.rglob("*.safetensors"))


def test_without_targets_there_is_no_truth_to_compare_with(tmp_path: Path) -> None:
    truth = labels(30)
    loose = joined(painted(truth), photographed(truth), "loose", aligned=False)
    found = figures(tmp_path, (loose, loose), photographed(truth))
    assert set(found) == {"frechet", "kid"}
    for metric in ("l1", "psnr", "ssim", "lpips", "fcn-score", "label-iou"):
        with pytest.raises(UserError, match=f"{metric} can't be computed: nothing tells what these pictures should"):
            figures(tmp_path, (loose, loose), photographed(truth), metric)
    with pytest.raises(UserError, match="there are no training pairs"):
        figures(tmp_path, (loose, houses("to photographs")[1]), photographed(truth), "fcn-score")


def test_noise_follows_from_the_seed_and_the_place_alone() -> None:
    inputs = StoredImages(photographed(labels(10)))

    def made(n: int, **options: Any) -> Tensor:
        return Samples.joined(translated(Noisy(), inputs.first(n), **{"seed": 0, **options})).values

    torch.manual_seed(3)
    whole = made(10)
    assert whole.shape == (10, 3, 24, 24)
    assert torch.equal(made(10), whole)
    assert torch.equal(made(7), whole[:7])
    assert not torch.equal(made(10, seed=1), whole)
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(1))
    noise = whole - torch.cat(list(inputs.chunks()))
    assert not torch.allclose(noise[0], noise[BLOCK], atol=1e-3)
    translator = Noisy()
    list(translated(translator, inputs, seed=0))
    assert set(translator.seen) == {BLOCK}


def test_a_translator_is_watched_in_training() -> None:
    photos = photographed(labels(30))
    train = joined(photos, photos, "the same")
    watch = TrainingEvaluator(train, ("l1", "frechet"), "pixels", seed=0)
    near, far = watch(Noisy(0.0)), watch(Noisy(0.5))
    assert near.keys() == {"score", "l1", "frechet"}
    assert near["score"] == near["l1"] == 0 < far["l1"]
    assert watch(Noisy(0.5)) == far
    assert TrainingEvaluator(train, ("psnr",), "pixels", seed=0)(Noisy())["score"] < 0
