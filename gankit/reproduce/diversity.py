"""How much samples differ from each other, in units of how much real images do."""

from __future__ import annotations

import torch
from torch import Tensor

from gankit.data import Pack, normalise, open_data
from gankit.features import FeatureNetwork, extract, feature_network
from gankit.pictures.samples import Samples, draw
from gankit.runs.run import Run

EACH = 500


def mean_distance(features: Tensor) -> float:
    """Mean Euclidean distance of two different ones of features [n, d]."""
    return float(torch.pdist(features.double()).mean())


def class_diversity(run: Run, *, seed: int) -> Tensor:
    """For each class of MNIST, [10]: the mean distance of two samples over that of two test images."""
    test, network = _test(run)
    assert test.labels is not None
    classes = len(run.spec.classes)
    samples = Samples.joined(draw(run.generator(weights="last"), EACH * classes, seed=seed))
    assert samples.labels is not None
    fake = extract(network, samples.values).values
    ratios = []
    for label in range(classes):
        real = extract(network, normalise(test.values[test.labels == label][:EACH])).values
        ratios.append(mean_distance(fake[samples.labels == label]) / mean_distance(real))
    return torch.tensor(ratios)


def diversity(run: Run, *, seed: int) -> float:
    """The same over all classes at once, for a generator that takes none."""
    test, network = _test(run)
    samples = Samples.joined(draw(run.generator(weights="last"), 2 * EACH, seed=seed))
    real = extract(network, normalise(test.values[: 2 * EACH])).values
    return mean_distance(extract(network, samples.values).values) / mean_distance(real)


def _test(run: Run) -> tuple[Pack, FeatureNetwork]:
    test = open_data("mnist", split="test")
    return test, feature_network("mnist-cnn", run.spec, test.source)
