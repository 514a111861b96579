"""The metrics by name: what each needs, under which protocol it is computed, and how sure its figures are."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gankit.data.sources import toys
from gankit.evaluation.clusters import matched_error, two_step_error
from gankit.evaluation.frechet import frechet_distance, frechet_error
from gankit.evaluation.inputs import Images, Material, cached_features
from gankit.evaluation.kernel import kernel_distance
from gankit.evaluation.likelihood import FGAN_WIDTHS, GAN_WIDTHS, fgan_likelihood, gan_likelihood, unit_pixels
from gankit.evaluation.manifold import expected_coverage, manifold_scores
from gankit.evaluation.memorisation import RARE
from gankit.evaluation.metric import RESAMPLES, Metric, Number, normal, percentiles, share
from gankit.evaluation.modes import MixtureModes, Modes, class_modes, mixture_modes
from gankit.evaluation.neighbours import nearest_neighbour_error, two_sample_test
from gankit.evaluation.path_length import DISCARDED, EPSILON, path_length
from gankit.evaluation.scores import inception_score, memorisation_distance
from gankit.evaluation.translation_metrics import OF_TRANSLATIONS


def frechet(material: Material) -> list[Number]:
    real, fake = material.real_features.values, material.fake.values
    error = math.nan
    if material.intervals:
        error = frechet_error(real, fake, resamples=RESAMPLES, seed=material.seed)
    return [normal("frechet", frechet_distance(real, fake), error, f"sd of {RESAMPLES} bootstrap resamples", "lower")]


def kid(material: Material) -> list[Number]:
    real, fake = material.real_features.values, material.fake.values
    found = kernel_distance(real, fake, size=_kid_size(material), seed=material.seed)
    return [normal("kid", found.mean, found.standard_error, "standard error over subsets", "lower", perfect=0.0)]


def _kid_size(material: Material) -> int:
    """1,000 as is usual, but at least ten subsets of what there is."""
    return max(2, min(1000, len(material.samples) // 10, len(material.real_images) // 10))


def score(material: Material) -> list[Number]:
    logits = material.fake.logits
    assert logits is not None
    shuffled = torch.randperm(len(logits), generator=torch.Generator().manual_seed(material.seed))
    found = inception_score(logits[shuffled].softmax(1))
    return [normal("inception-score", found.mean, found.standard_error, "standard error over 10 splits", "higher")]


def manifold(material: Material) -> list[Number]:
    real, fake = material.real_features.values, material.fake.values
    found = manifold_scores(real, fake)
    perfect = expected_coverage(len(real), len(fake))
    return [
        share("precision", found.precision, len(fake), "higher"),
        share("recall", found.recall, len(real), "higher"),
        normal("density", found.density, found.density_error, "standard error over samples", "higher", perfect=1.0),
        share("coverage", found.coverage, len(real), "higher", perfect=perfect),
    ]


def memorised_frechet(material: Material) -> list[Number]:
    (found,) = frechet(material)
    distance = memorisation_distance(material.train_features.values, material.fake.values)
    factor = 1 / (distance + 1e-14) if distance < _mifid_threshold(material) else 1.0
    value, low, high = (factor * number for number in (found.value, found.low, found.high))
    return [Number(name="mifid", value=value, low=low, high=high, interval=found.interval, better="lower")]


def _mifid_threshold(material: Material) -> float:
    """The paper's 0.1 is for Inception. Features of another network are as far apart as they are: half of what lies
    between two halves of the training images."""
    if material.network.name == "inception":
        return 0.1
    features = material.train_features.values
    return memorisation_distance(features[::2], features[1::2][:2000]) / 2


def modes(material: Material) -> list[Number]:
    random = torch.Generator().manual_seed(material.seed)

    def numbers(of: Callable[[Tensor], Modes], n: int) -> list[Number]:
        found = of(torch.arange(n))
        again = [of(torch.randint(n, (n,), generator=random)) for _ in range(10 * RESAMPLES * material.intervals)]
        figures = [
            percentiles("modes", found.hit, [each.hit for each in again], "higher", perfect=float(found.of)),
            percentiles("mode-kl", found.kl, [each.kl for each in again], "lower", perfect=found.floor),
        ]
        if isinstance(found, MixtureModes):
            figures.append(share("high-quality", found.quality, n, "higher", perfect=found.ceiling))
        return figures

    mixture = toys.truth(material.split.source)
    if mixture is not None:
        points = material.samples.values
        return numbers(lambda chosen: mixture_modes(points[chosen], mixture), len(points))
    assert material.fake.logits is not None
    assert material.train.labels is not None
    labels, classes = material.fake.logits.argmax(1), len(material.network.classes)
    wanted = material.train.labels.bincount(minlength=classes)
    return numbers(lambda chosen: class_modes(labels[chosen], classes, wanted), len(labels))


def _no_modes(material: Material) -> str:
    return "" if toys.truth(material.split.source) else _no_classifier(material)


def parzen(material: Material) -> list[Number]:
    start = len(material.train) * 5 // 6
    validation = material.train.values[start : start + 1000]
    samples, test = unit_pixels(material.samples.pixels), unit_pixels(material.real_images.pixels)
    found = gan_likelihood(samples, unit_pixels(type(material.samples)(validation).pixels), test)
    return [normal("parzen", found.mean, found.standard_error, "standard error over test examples", "higher")]


def kde(material: Material) -> list[Number]:
    found = fgan_likelihood(unit_pixels(material.samples.pixels), unit_pixels(material.real_images.pixels))
    return [normal("kde", found.mean, found.standard_error, "standard error over test examples", "higher")]


def _no_images_apart(material: Material) -> str:
    if not material.split.spec.is_image:
        return "it is for images, and these are vectors"
    return "" if material.held_out else f"it needs a test split, images of {material.split.source!r} not trained on"


def labelled_neighbour(material: Material) -> list[Number]:
    samples, real = material.samples, material.real_images
    assert samples.labels is not None
    assert real.labels is not None
    error = nearest_neighbour_error(samples.pixels, samples.labels, real.pixels, real.labels)
    return [share("1nn-error", error, len(real), "lower")]


def _no_labels(material: Material) -> str:
    if material.samples.labels is None:
        return "it needs samples that were made for a label, and this generator takes none"
    return "" if material.split.labels is not None else f"{material.split.source!r} has no labels"


def two_sample(material: Material) -> list[Number]:
    n = min(len(material.real_images), len(material.samples))
    real = cached_features(material.network, material.split, n, material.cache)
    found = two_sample_test(real.values, material.fake.values[:n])
    return [
        share("two-sample", found.accuracy, 2 * n, "neither", perfect=0.5),
        share("two-sample-real", found.real, n, "neither", perfect=0.5),
        share("two-sample-fake", found.fake, n, "neither", perfect=0.5),
        Number(name="two-sample-p", value=found.p_value, better="higher"),
    ]


def asked_label(material: Material) -> list[Number]:
    logits, labels = material.fake.logits, material.samples.labels
    assert logits is not None
    assert labels is not None
    agreed = (logits.argmax(1) == labels).double().mean()
    return [share("class-accuracy", float(agreed), len(labels), "higher")]


def smoothness(material: Material) -> list[Number]:
    generator, network = material.generator, material.network
    assert generator is not None
    n = min(PATHS, len(material.samples))
    found = path_length(generator, lambda images: network(images).values, n=n, seed=material.seed)
    return [normal("path-length", found.mean, found.standard_error, "standard error over paths", "lower")]


def accuracy(material: Material) -> list[Number]:
    classifier, real = material.classifier, material.real_images
    assert classifier is not None
    assert real.labels is not None
    found = classifier.classes(real)
    if not classifier.clusters:
        return [share("accuracy", float((found == real.labels).double().mean()), len(real), "higher")]
    assert material.train.labels is not None
    random = torch.Generator().manual_seed(material.seed)
    chosen = torch.randperm(len(material.train), generator=random)[:NAMING]
    few = Images(material.train.values[chosen], material.train.labels[chosen])
    assert few.labels is not None
    two_step = two_step_error(classifier.classes(few), few.labels, found, real.labels)
    return [
        share("cluster-accuracy", 1 - matched_error(found, real.labels), len(real), "higher"),
        share("two-step-accuracy", 1 - two_step, len(real), "higher"),
    ]


def _no_accuracy(material: Material) -> str:
    if material.classifier is None:
        return "it needs a run whose method trains a classifier"
    if material.split.labels is None:
        return f"{material.split.source!r} has no labels"
    return "" if material.held_out else f"it needs a test split, images of {material.split.source!r} not trained on"


NAMING = 100
"""Labelled training images by which clusters get their names in two-step accuracy (CatGAN, section 4)."""
PATHS = 2000


def copies(material: Material) -> list[Number]:
    found = material.memorisation
    n, h = len(found.samples.ratio), len(found.reference.ratio) // 2
    return [
        share("near-copies", found.near_copies, n, "lower", perfect=RARE),
        share("near-copies-held-out", found.false_alarms, h, "neither", perfect=RARE),
        Number(name="near-copies-p", value=found.p_copies, better="higher"),
        Number(name="train-distance-p", value=found.p_distance, better="higher"),
    ]


def _no_classifier(material: Material) -> str:
    if not material.network.classes:
        return f"it needs features with classes, and {material.network.name!r} has none"
    if material.network.classes != material.split.spec.classes:
        return f"the classes of {material.network.name!r} are not those of {material.split.source!r}"
    return ""


METRICS: dict[str, Metric] = {
    "frechet": Metric(
        about="Fréchet distance of features (FID, with inception)",
        run=frechet,
        usual=True,
        usual_of_translators=True,
    ),
    "kid": Metric(
        about="kernel distance, unbiased at any number of samples",
        run=kid,
        usual=True,
        usual_of_translators=True,
        protocol=lambda material: {"subset": _kid_size(material)},
    ),
    "inception-score": Metric(
        about="exp KL of the classes of one sample from those of all",
        run=score,
        usual=True,
        lack=lambda material: "" if material.network.classes else _no_classifier(material),
        protocol=lambda material: {"splits": 10},
    ),
    "prdc": Metric(
        about="precision, recall, density, coverage",
        run=manifold,
        usual=True,
        protocol=lambda material: {"pr_k": 3, "dc_k": 5},
    ),
    "modes": Metric(
        about="how many of the known modes are hit, and how evenly",
        run=modes,
        usual=True,
        lack=_no_modes,
        protocol=lambda material: {"radius": 3.0} if toys.truth(material.split.source) else {},
        samples=lambda pack: 2_500 if toys.truth(pack.source) else max(10_000, 26 * len(pack.spec.classes)),
    ),
    "class-accuracy": Metric(
        about="how often a classifier sees the label that was asked for",
        run=asked_label,
        usual=True,
        lack=lambda material: _no_labels(material) or _no_classifier(material),
    ),
    "accuracy": Metric(
        about="test accuracy of the classifier that the method trained; of clusters, once they are named",
        run=accuracy,
        lack=_no_accuracy,
        protocol=lambda material: {"naming": NAMING},
        subject={"weights": "last"},
        network=False,
        of_data=False,
    ),
    "mifid": Metric(
        about="Fréchet distance, multiplied if samples copy the training set",
        run=memorised_frechet,
        protocol=lambda material: {"threshold": round(_mifid_threshold(material), 6)},
        of_data=False,
    ),
    "two-sample": Metric(about="leave-one-out 1-nearest-neighbour test", run=two_sample),
    "path-length": Metric(
        about="perceptual path length in latent space",
        run=smoothness,
        lack=lambda material: "" if material.generator else "it needs the generator, not samples alone",
        protocol=lambda material: {
            "paths": min(PATHS, len(material.samples)),
            "epsilon": EPSILON,
            "discarded": DISCARDED,
        },
        of_data=False,
    ),
    "parzen": Metric(
        about="Parzen-window log-likelihood in nats, the GAN paper's protocol",
        run=parzen,
        lack=_no_images_apart,
        protocol=lambda material: {"widths": [round(width, 4) for width in GAN_WIDTHS], "validation": 1000},
        network=False,
    ),
    "kde": Metric(
        about="kernel density log-likelihood in nats, the f-GAN paper's protocol",
        run=kde,
        lack=_no_images_apart,
        protocol=lambda material: {"widths": [round(width, 4) for width in FGAN_WIDTHS], "folds": 3},
        samples=lambda pack: 16_000,
        network=False,
    ),
    "1nn-error": Metric(
        about="test error of the nearest labelled sample, the DCGAN paper's table",
        run=labelled_neighbour,
        lack=lambda material: _no_labels(material) or _no_images_apart(material),
        samples=lambda pack: 50_000,
        network=False,
    ),
    "memorisation": Metric(
        about="whether samples are copies of training images; draws a report",
        run=copies,
        protocol=lambda material: {"reference": min(len(material.samples), len(material.split))},
        samples=lambda pack: 1_000,
        of_data=False,
    ),
    **OF_TRANSLATIONS,
}
