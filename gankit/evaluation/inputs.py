"""What metrics look at: samples, real images, and what a feature network says of both, each found when first asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.files import replacing, writing_to
from gankit.base.spacing import spaced
from gankit.data import Pack, images, normalise, quantise
from gankit.evaluation.distances import nearest
from gankit.evaluation.memorisation import Memorisation, memorisation, report, shrink
from gankit.features import FeatureNetwork, Features, extract
from gankit.game import Generator
from gankit.pictures.samples import Samples

if TYPE_CHECKING:
    from gankit.evaluation.shared import Shared
    from gankit.evaluation.translations import Translation

CHUNK = 512


@dataclass(frozen=True, eq=False)
class StoredImages:
    """Stored values with their labels: images [n, H, W, C] or vectors [n, D] as a pack has them."""

    values: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.values)

    def first(self, n: int) -> StoredImages:
        return StoredImages(self.values[:n], None if self.labels is None else self.labels[:n])

    def shuffled(self, seed: int) -> StoredImages:
        """The same in an order of chance, so that the first of them are not of the first class alone."""
        order = torch.randperm(len(self.values), generator=torch.Generator().manual_seed(seed))
        return StoredImages(self.values[order], None if self.labels is None else self.labels[order])

    def chunks(self) -> Iterator[Tensor]:
        """Float images [n, C, H, W] in [-1, 1], or vectors, some at a time."""
        return (normalise(part) for part in self.values.split(CHUNK))

    @cached_property
    def pixels(self) -> Tensor:
        """All of them as float vectors [n, d]."""
        return torch.cat([part.flatten(1) for part in self.chunks()])


def as_stored(samples: Iterable[Samples], like: Pack) -> StoredImages:
    """`samples` as `like` has its values: rounded to as many bits, as they would be in files."""
    values, labels = [], []
    for part in samples:
        if not part.values.isfinite().all():
            raise UserError("samples hold values that are no finite numbers, so nothing can be said of them")
        values.append(quantise(part.values, like.values.dtype).cpu())
        labels += [] if part.labels is None else [part.labels.cpu()]
    return StoredImages(torch.cat(values), torch.cat(labels) if labels else None)


def spread(pack: Pack, n: int) -> StoredImages:
    """`n` items of `pack` at even distances, or all if it has fewer."""
    if n >= len(pack):
        return StoredImages(pack.values, pack.labels)
    chosen = spaced(len(pack), n)
    return StoredImages(pack.values[chosen], None if pack.labels is None else pack.labels[chosen])


@dataclass(frozen=True, eq=False)
class Classifier:
    """Logits [n, K] of float images [n, C, H, W] in [-1, 1], on the CPU."""

    logits: Callable[[Tensor], Tensor]
    clusters: bool
    """Whether the K classes were never named: then they are matched with the data's."""

    def classes(self, images: StoredImages) -> Tensor:
        """The likeliest class of each, int64 [n]."""
        return torch.cat([self.logits(part).argmax(1) for part in images.chunks()])


@dataclass(frozen=True, eq=False, kw_only=True)
class MetricInputs:
    """One generator's samples beside real images, under one feature network."""

    samples: StoredImages
    split: Pack
    """The real images it is compared with."""
    train: Pack
    """The real images it was trained on: `split` itself, where the source has no others."""
    real: int
    """How many of `split` are used, at most."""
    network: FeatureNetwork
    generator: Generator | None
    """None where only its samples are at hand."""
    classifier: Classifier | None
    """What the method trained beside its generator, if it did."""
    seed: int
    cache: Path
    """Where features of real images are kept."""
    translation: Translation | None = None
    """What samples were made from, where they are translations."""
    sample_features: dict[str, Features] = field(default_factory=dict)
    """Features of samples, shared with what `first` gives."""
    intervals: bool = True
    """Whether figures are to say how sure they are, where that is found by resampling."""
    stand_in: bool = False
    """Whether training images are in the place of samples: their features are kept, too."""
    shared: Shared | None = None
    """The processes that find features together, where there are several."""

    @property
    def held_out(self) -> bool:
        return self.split is not self.train

    def first(self, n: int) -> MetricInputs:
        """The same with the first `n` samples, or all where there are fewer."""
        translation = self.translation.first(n) if self.translation else None
        return replace(self, samples=self.samples.first(n), translation=translation)

    @property
    def fake(self) -> Features:
        n, features = len(self.samples), self.sample_features.get("fake")
        if features is None and self.stand_in:
            features = cached_features(self.network, self.train, n, self.cache, self.shared)
        done = 0 if features is None else len(features.values)
        if done < n:
            if self.shared:
                more = self.shared.of_samples(done, n)
            else:
                more = extract(self.network, StoredImages(self.samples.values[done:]).chunks())
            features = joined(features, more) if features else more
        assert features is not None
        self.sample_features["fake"] = features
        return Features(features.values[:n], None if features.logits is None else features.logits[:n])

    @cached_property
    def real_images(self) -> StoredImages:
        return spread(self.split, self.real)

    @cached_property
    def real_features(self) -> Features:
        return cached_features(self.network, self.split, self.real, self.cache, self.shared)

    @cached_property
    def train_features(self) -> Features:
        """Of all training images."""
        return cached_features(self.network, self.train, len(self.train), self.cache, self.shared)

    def of_training_images(self) -> MetricInputs:
        """The same with as many training images, spread over the set, in the place of samples."""
        samples = spread(self.train, len(self.samples))
        nobody = replace(self, generator=None, classifier=None, translation=None)
        return replace(nobody, samples=samples, sample_features={}, intervals=False, stand_in=True)

    @cached_property
    def memorisation(self) -> Memorisation:
        held_out = shrunk(spread(self.split, len(self.samples))) if self.held_out else None
        return memorisation(shrunk(self.samples), shrunk(StoredImages(self.train.values)), held_out)

    def nearest_in_features(self) -> tuple[Tensor, Tensor]:
        """The squared distance [n] of each sample to its nearest training image in features, and which that is [n]."""
        squares, index = nearest(self.fake.values, self.train_features.values)
        return squares[:, 0], index[:, 0]

    def memorisation_report(self) -> Image.Image:
        """Samples beside their nearest training images, and the distances of all; for images only."""
        _, by_features = self.nearest_in_features()
        whole = images(self.train, torch.cat([self.memorisation.samples.index, by_features]))
        return report(self.memorisation, torch.cat(list(self.samples.chunks())), *whole.chunk(2))


def shrunk(stored: StoredImages) -> Tensor:
    """All of them at the size that a search for copies looks at."""
    return torch.cat([shrink(part) for part in stored.chunks()])


def joined(first: Features, second: Features) -> Features:
    """Of the images of both, found by one network."""
    logits = None if first.logits is None or second.logits is None else torch.cat([first.logits, second.logits])
    return Features(torch.cat([first.values, second.values]), logits)


def cached_features(network: FeatureNetwork, pack: Pack, n: int, cache: Path, shared: Shared | None = None) -> Features:
    """Features of `spread(pack, n)`: computed once for a content, a shape, a network and a number, by all processes
    where there are several; kept in `cache`."""
    identity = (pack.content, *pack.spec.shape, network.name, network.hash, min(n, len(pack)))
    identity += ("over white",) if pack.spec.shape[0] == 4 else ()  # earlier versions laid them over black
    key = blake2b(" ".join(map(str, identity)).encode(), digest_size=16)
    path = cache / "features" / f"{key.hexdigest()}.safetensors"
    try:
        stored = load_file(path)
        return Features(stored["values"], stored.get("logits"))
    except (OSError, SafetensorError, KeyError):
        pass
    features = shared.of_pack(pack, n) if shared else extract(network, spread(pack, n).chunks())
    tensors = {"values": features.values} | ({} if features.logits is None else {"logits": features.logits})
    with writing_to(cache):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            save_file(tensors, partial)
    return features
