"""The metrics by name: what each needs, under which protocol it is computed, and how sure its figures are."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gankit.data.sources import toys
from gankit.evaluation.clusters import majority_error, matched_error, two_step_error
from gankit.evaluation.frechet import frechet_distance, frechet_error
from gankit.evaluation.inputs import MetricInputs, StoredImages, cached_features
from gankit.evaluation.kernel import kernel_distance
from gankit.evaluation.likelihood import FGAN_WIDTHS, GAN_WIDTHS, fgan_likelihood, gan_likelihood, unit_pixels
from gankit.evaluation.manifold import expected_coverage, manifold_scores
from gankit.evaluation.memorisation import FEWEST, RARE
from gankit.evaluation.metric import RESAMPLES, Metric, Number, normal, percentiles, share
from gankit.evaluation.modes import MixtureModes, Modes, class_modes, mixture_modes
from gankit.evaluation.neighbours import nearest_neighbour_error, two_sample_test
from gankit.evaluation.path_length import DISCARDED, EPSILON, FEWEST_PATHS, path_length
from gankit.evaluation.scores import inception_score, memorisation_distance
from gankit.evaluation.translation_metrics import OF_TRANSLATIONS
from gankit.features.choose import instead_of_pixels
from gankit.features.classifier import Classifier as ShippedClassifier
from gankit.features.plain import Pixels


def frechet(inputs: MetricInputs) -> list[Number]:
    real, fake = inputs.real_features.values, inputs.fake.values
    error = math.nan
    if inputs.intervals:
        error = frechet_error(real, fake, resamples=RESAMPLES, seed=inputs.seed)
    return [normal("frechet", frechet_distance(real, fake), error, f"sd of {RESAMPLES} bootstrap resamples", "lower")]


def kid(inputs: MetricInputs) -> list[Number]:
    real, fake = inputs.real_features.values, inputs.fake.values
    distance = kernel_distance(real, fake, size=_kid_size(inputs), seed=inputs.seed)
    return [normal("kid", distance.mean, distance.standard_error, "standard error over subsets", "lower", perfect=0.0)]


def _kid_size(inputs: MetricInputs) -> int:
    """1,000 as is usual, but at least ten subsets of what there is."""
    return max(2, min(1000, len(inputs.samples) // 10, len(inputs.real_images) // 10))


def score(inputs: MetricInputs) -> list[Number]:
    logits = inputs.fake.logits
    assert logits is not None
    order = torch.randperm(len(logits), generator=torch.Generator().manual_seed(inputs.seed))
    estimate = inception_score(logits[order].softmax(1), splits=SPLITS)
    interval = f"standard error over {SPLITS} splits"
    return [normal("inception-score", estimate.mean, estimate.standard_error, interval, "higher")]


def manifold(inputs: MetricInputs) -> list[Number]:
    real, fake = inputs.real_features.values, inputs.fake.values
    scores = manifold_scores(real, fake, dc_k=DC_K)
    perfect = expected_coverage(len(real), len(fake))
    return [
        share("precision", scores.precision, len(fake), "higher"),
        share("recall", scores.recall, len(real), "higher"),
        normal("density", scores.density, scores.density_error, "standard error over samples", "higher", perfect=1.0),
        share("coverage", scores.coverage, len(real), "higher", perfect=perfect),
    ]


def _no_manifold(inputs: MetricInputs) -> str:
    if inputs.network.name != Pixels.name:
        return ""
    return f"{COLOURS_ALONE}, so that mud passes for pictures: {instead_of_pixels(inputs.split.spec)}"


COLOURS_ALONE = f"{Pixels.name} averaged down to {Pixels.side}x{Pixels.side} show colours and no shapes"


def memorised_frechet(inputs: MetricInputs) -> list[Number]:
    (frechet_number,) = frechet(inputs)
    distance = memorisation_distance(inputs.train_features.values, inputs.fake.values)
    factor = 1 / (distance + 1e-14) if distance < _mifid_threshold(inputs) else 1.0
    value, low, high = (factor * end for end in (frechet_number.value, frechet_number.low, frechet_number.high))
    return [Number(name="mifid", value=value, low=low, high=high, interval=frechet_number.interval, better="lower")]


def _mifid_threshold(inputs: MetricInputs) -> float:
    """The paper's 0.1 is for Inception. Features of another network are as far apart as they are: half of what lies
    between two halves of the training images."""
    if inputs.network.name == "inception":
        return 0.1
    features = inputs.train_features.values
    return memorisation_distance(features[::2], features[1::2][:2000]) / 2


def modes(inputs: MetricInputs) -> list[Number]:
    random = torch.Generator().manual_seed(inputs.seed)

    def numbers(of: Callable[[Tensor], Modes], n: int) -> list[Number]:
        count = of(torch.arange(n))
        resamples = [of(torch.randint(n, (n,), generator=random)) for _ in range(10 * RESAMPLES * inputs.intervals)]
        figures = [
            percentiles("modes", count.hit, [each.hit for each in resamples], "higher", perfect=float(count.of)),
            percentiles("mode-kl", count.kl, [each.kl for each in resamples], "lower", perfect=count.floor),
        ]
        if isinstance(count, MixtureModes):
            figures.append(share("high-quality", count.quality, n, "higher", perfect=count.ceiling))
        return figures

    mixture = toys.truth(inputs.split.source)
    if mixture is not None:
        points = inputs.samples.values
        return numbers(lambda chosen: mixture_modes(points[chosen], mixture), len(points))
    assert inputs.fake.logits is not None
    assert inputs.train.labels is not None
    labels, classes = inputs.fake.logits.argmax(1), len(inputs.network.classes)
    class_counts = inputs.train.labels.bincount(minlength=classes)
    return numbers(lambda chosen: class_modes(labels[chosen], classes, class_counts), len(labels))


def _no_modes(inputs: MetricInputs) -> str:
    return "" if toys.truth(inputs.split.source) else _no_classifier(inputs)


def parzen(inputs: MetricInputs) -> list[Number]:
    start = len(inputs.train) * 5 // 6
    validation = inputs.train.values[start : start + 1000]
    samples, test = unit_pixels(inputs.samples.pixels), unit_pixels(inputs.real_images.pixels)
    likelihood = gan_likelihood(samples, unit_pixels(type(inputs.samples)(validation).pixels), test)
    return [normal("parzen", likelihood.mean, likelihood.standard_error, "standard error over test examples", "higher")]


def kde(inputs: MetricInputs) -> list[Number]:
    likelihood = fgan_likelihood(
        unit_pixels(inputs.samples.pixels), unit_pixels(inputs.real_images.pixels), folds=FOLDS
    )
    return [normal("kde", likelihood.mean, likelihood.standard_error, "standard error over test examples", "higher")]


def _no_images_apart(inputs: MetricInputs) -> str:
    if not inputs.split.spec.is_image:
        return "it is for images, and these are vectors"
    return "" if inputs.held_out else f"it needs a test split, images of {inputs.split.source!r} not trained on"


def labelled_neighbour(inputs: MetricInputs) -> list[Number]:
    samples, real = inputs.samples, inputs.real_images
    assert samples.labels is not None
    assert real.labels is not None
    error = nearest_neighbour_error(samples.pixels, samples.labels, real.pixels, real.labels)
    return [share("1nn-error", error, len(real), "lower")]


def _no_labels(inputs: MetricInputs) -> str:
    if inputs.samples.labels is None:
        return "it needs samples that were made for a label, and this generator takes none"
    return _no_classes(inputs)


def _no_classes(inputs: MetricInputs) -> str:
    if inputs.split.spec.rates:
        return f"{inputs.split.source!r} has attributes, not a class for each image"
    return "" if inputs.split.labels is not None else f"{inputs.split.source!r} has no labels"


def two_sample(inputs: MetricInputs) -> list[Number]:
    n = min(len(inputs.real_images), len(inputs.samples))
    real = cached_features(inputs.network, inputs.split, n, inputs.cache, inputs.shared)
    test = two_sample_test(real.values, inputs.fake.values[:n])
    return [
        share("two-sample", test.accuracy, 2 * n, "neither", perfect=0.5),
        share("two-sample-real", test.real, n, "neither", perfect=0.5),
        share("two-sample-fake", test.fake, n, "neither", perfect=0.5),
        Number(name="two-sample-p", value=test.p_value, better="higher"),
    ]


def asked_label(inputs: MetricInputs) -> list[Number]:
    logits, labels = inputs.fake.logits, inputs.samples.labels
    assert logits is not None
    assert labels is not None
    agreed = (logits.argmax(1) == labels).double().mean()
    return [share("class-accuracy", float(agreed), len(labels), "higher")]


def smoothness(inputs: MetricInputs) -> list[Number]:
    generator, network = inputs.generator, inputs.network
    assert generator is not None
    n = min(PATHS, len(inputs.samples))
    length = path_length(generator, lambda images: network(images).values, n=n, seed=inputs.seed)
    return [normal("path-length", length.mean, length.standard_error, "standard error over paths", "lower")]


def accuracy(inputs: MetricInputs) -> list[Number]:
    classifier, real = inputs.classifier, inputs.real_images
    assert classifier is not None
    assert real.labels is not None
    predicted = classifier.classes(real)
    if not classifier.clusters:
        return [share("accuracy", float((predicted == real.labels).double().mean()), len(real), "higher")]
    assert inputs.train.labels is not None
    random = torch.Generator().manual_seed(inputs.seed)
    chosen = torch.randperm(len(inputs.train), generator=random)[:NAMING]
    few = StoredImages(inputs.train.values[chosen], inputs.train.labels[chosen])
    assert few.labels is not None
    two_step = two_step_error(classifier.classes(few), few.labels, predicted, real.labels)
    return [
        share("cluster-accuracy", 1 - matched_error(predicted, real.labels), len(real), "higher"),
        share("many-to-one-accuracy", 1 - majority_error(predicted, real.labels), len(real), "higher"),
        share("two-step-accuracy", 1 - two_step, len(real), "higher"),
    ]


def _no_accuracy(inputs: MetricInputs) -> str:
    if inputs.classifier is None:
        return "it needs a run whose method trains a classifier"
    if lack := _no_classes(inputs):
        return lack
    return "" if inputs.held_out else f"it needs a test split, images of {inputs.split.source!r} not trained on"


NAMING = 100
"""Labelled training images by which clusters get their names in two-step accuracy (CatGAN, section 4)."""
PATHS = 2000
SPLITS = 10
"""Parts of an Inception Score."""
DC_K = 5
"""Which neighbour's distance is the radius of a ball for density and coverage."""
FOLDS = 3


def copies(inputs: MetricInputs) -> list[Number]:
    memorisation = inputs.memorisation
    n, h = len(memorisation.samples.ratio), len(memorisation.reference.ratio) // 2
    return [
        share("near-copies", memorisation.near_copies, n, "lower", perfect=RARE),
        share("near-copies-held-out", memorisation.false_alarms, h, "neither", perfect=RARE),
        Number(name="near-copies-p", value=memorisation.p_copies, better="higher"),
        Number(name="train-distance-p", value=memorisation.p_distance, better="higher"),
    ]


def _too_few_trained_on(inputs: MetricInputs, fewest: int) -> str:
    n = len(inputs.train)
    return "" if n >= fewest else f"it needs at least {fewest:,} training images, not {n:,}"


def _no_classifier(inputs: MetricInputs) -> str:
    if not inputs.network.classes:
        return f"it needs features with classes, and {inputs.network.name!r} has none"
    if inputs.network.classes != inputs.split.spec.classes:
        return f"the classes of {inputs.network.name!r} are not those of {inputs.split.source!r}"
    return ""


def _other_classes(inputs: MetricInputs) -> str:
    return _no_classifier(inputs) if isinstance(inputs.network, ShippedClassifier) else ""


METRICS: dict[str, Metric] = {
    "frechet": Metric(
        about="Fréchet distance of features (FID, with inception)",
        run=frechet,
        fewest_samples=2,
        fewest_real=2,
        usual=True,
        usual_of_translators=True,
    ),
    "kid": Metric(
        about="kernel distance, unbiased at any number of samples",
        run=kid,
        fewest_samples=4,
        fewest_real=4,
        usual=True,
        usual_of_translators=True,
        protocol=lambda inputs: {"subset": _kid_size(inputs)},
    ),
    "inception-score": Metric(
        about="exp KL of the classes of one sample from those of all",
        run=score,
        fewest_samples=2 * SPLITS,
        usual=True,
        lack=lambda inputs: "" if inputs.network.classes else _no_classifier(inputs),
        unasked=_other_classes,
        protocol=lambda inputs: {"splits": SPLITS},
    ),
    "prdc": Metric(
        about="precision, recall, density, coverage",
        run=manifold,
        fewest_samples=DC_K + 1,
        fewest_real=DC_K + 1,
        usual=True,
        lack=_no_manifold,
        protocol=lambda inputs: {"pr_k": 3, "dc_k": DC_K},
    ),
    "modes": Metric(
        about="how many of the known modes are hit, and how evenly",
        run=modes,
        usual=True,
        lack=_no_modes,
        protocol=lambda inputs: {"radius": 3.0} if toys.truth(inputs.split.source) else {},
        samples=lambda pack: 2_500 if toys.truth(pack.source) else max(10_000, 26 * len(pack.spec.classes)),
    ),
    "class-accuracy": Metric(
        about="how often a classifier sees the label that was asked for",
        run=asked_label,
        usual=True,
        lack=lambda inputs: _no_labels(inputs) or _no_classifier(inputs),
    ),
    "accuracy": Metric(
        about="test accuracy of the classifier that the method trained; of clusters, once they are named",
        run=accuracy,
        lack=_no_accuracy,
        protocol=lambda inputs: {"naming": NAMING},
        subject={"weights": "last"},
        network=False,
        of_data=False,
    ),
    "mifid": Metric(
        about="Fréchet distance, multiplied if samples copy the training set",
        run=memorised_frechet,
        lack=lambda inputs: _too_few_trained_on(inputs, 2),
        fewest_samples=2,
        fewest_real=2,
        protocol=lambda inputs: {"threshold": round(_mifid_threshold(inputs), 6)},
        of_data=False,
    ),
    "two-sample": Metric(
        about="leave-one-out 1-nearest-neighbour test", run=two_sample, fewest_samples=2, fewest_real=2
    ),
    "path-length": Metric(
        about="perceptual path length in latent space",
        run=smoothness,
        fewest_samples=FEWEST_PATHS,
        lack=lambda inputs: "" if inputs.generator else "it needs the generator, not samples alone",
        protocol=lambda inputs: {
            "paths": min(PATHS, len(inputs.samples)),
            "epsilon": EPSILON,
            "discarded": DISCARDED,
        },
        of_data=False,
    ),
    "parzen": Metric(
        about="Parzen-window log-likelihood in nats, the GAN paper's protocol",
        run=parzen,
        lack=_no_images_apart,
        protocol=lambda inputs: {"widths": [round(width, 4) for width in GAN_WIDTHS], "validation": 1000},
        network=False,
    ),
    "kde": Metric(
        about="kernel density log-likelihood in nats, the f-GAN paper's protocol",
        run=kde,
        lack=_no_images_apart,
        protocol=lambda inputs: {"widths": [round(width, 4) for width in FGAN_WIDTHS], "folds": FOLDS},
        fewest_samples=FOLDS,
        samples=lambda pack: 16_000,
        network=False,
    ),
    "1nn-error": Metric(
        about="test error of the nearest labelled sample, the DCGAN paper's table",
        run=labelled_neighbour,
        lack=lambda inputs: _no_labels(inputs) or _no_images_apart(inputs),
        samples=lambda pack: 50_000,
        network=False,
    ),
    "memorisation": Metric(
        about="whether samples are copies of training images; draws a report",
        run=copies,
        lack=lambda inputs: _too_few_trained_on(inputs, FEWEST),
        fewest_samples=FEWEST,
        fewest_real=FEWEST,
        protocol=lambda inputs: {"reference": min(len(inputs.samples), len(inputs.split))},
        samples=lambda pack: 1_000,
        of_data=False,
    ),
    **OF_TRANSLATIONS,
}
