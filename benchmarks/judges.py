"""Do the networks that photos are seen through judge as an eye does? Pictures with planted faults, and their figures.

    python benchmarks/judges.py photos/ --size 64
    python benchmarks/judges.py ../shared/data/flowers --size 64 --count 1000

One half of the pictures is the data; of the other half come `count` as they are, and the same with a fault each. The
lines of `ORDERS` say which of two an eye finds better; those that a figure turns round are named below the table.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from gankit.base.text import aligned
from gankit.data import Pack, images, open_data
from gankit.evaluation.frechet import frechet_distance
from gankit.evaluation.kernel import kernel_distance
from gankit.evaluation.manifold import manifold_scores
from gankit.features import FeatureNetwork, extract, feature_network

NETWORKS = ("efficientnet-lite0", "photos-cnn", "pixels")
FIGURES = ("frechet", "kid", "precision", "recall", "density", "coverage")
LOWER = ("frechet", "kid")
"""Figures that are better when they are lower."""


def blurred(pictures: Tensor, sd: float) -> Tensor:
    """Pictures [n, C, H, W] under a Gaussian of `sd` pixels."""
    reach = int(3 * sd + 0.5)
    weights = torch.exp(-(torch.arange(-reach, reach + 1).float() / sd).square() / 2)
    weights, channels = weights / weights.sum(), pictures.shape[1]
    padded = F.pad(pictures, (reach,) * 4, mode="reflect")
    across = F.conv2d(padded, weights.expand(channels, 1, 1, -1), groups=channels)
    return F.conv2d(across, weights[:, None].expand(channels, 1, -1, 1), groups=channels)


def compressed(pictures: Tensor, quality: int) -> Tensor:
    """Pictures [n, 3, H, W] in [-1, 1], written as JPEG and read again."""
    found = []
    for values in ((pictures + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy():
        file = io.BytesIO()
        Image.fromarray(values).save(file, "JPEG", quality=quality)
        found.append(torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1))
    return torch.stack(found) / 127.5 - 1


def noisy(pictures: Tensor, sd: float) -> Tensor:
    return (pictures + sd * torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0))).clamp(-1, 1)


def mud(pictures: Tensor) -> Tensor:
    """Each picture's mean colour."""
    return pictures.mean((2, 3), keepdim=True).expand_as(pictures)


FAULTS: dict[str, Callable[[Tensor], Tensor]] = {
    "real": lambda pictures: pictures,
    "blur, sd 1": lambda pictures: blurred(pictures, 1),
    "blur, sd 3": lambda pictures: blurred(pictures, 3),
    "JPEG at 20": lambda pictures: compressed(pictures, 20),
    "JPEG at 4": lambda pictures: compressed(pictures, 4),
    "noise, sd .15": lambda pictures: noisy(pictures, 0.15),
    "noise, sd .5": lambda pictures: noisy(pictures, 0.5),
    "mud": mud,
}
DROPPED = "dropped classes"
WORSE = (
    ("real", "blur, sd 1", "blur, sd 3", "mud"),
    ("real", "JPEG at 20", "JPEG at 4", "mud"),
    ("real", "noise, sd .15", "noise, sd .5", "mud"),
)
FEWER = ("real", DROPPED, "mud")
ORDERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "frechet": (*WORSE, FEWER),
    "kid": (*WORSE, FEWER),
    "precision": WORSE,
    "recall": (FEWER,),
    "density": WORSE,
    "coverage": (*WORSE, FEWER),
}
"""From the better to the worse as an eye has it; that classes are gone is seen in no single picture."""


def halves(pack: Pack, count: int) -> tuple[Tensor, dict[str, Tensor]]:
    """The data, and `count` pictures with each fault. Classes are dropped where there are labels: the first is kept,
    and half of the others."""
    order = torch.randperm(len(pack), generator=torch.Generator().manual_seed(0))
    data, rest = order[: len(pack) // 2], order[len(pack) // 2 :]
    chosen = images(pack, rest[:count])
    faulty = {name: fault(chosen) for name, fault in FAULTS.items()}
    if pack.labels is not None:
        kept = rest[pack.labels[rest] <= int(pack.labels.max()) // 3]
        faulty[DROPPED] = images(pack, kept[:count])
    return images(pack, data[: max(count, 2)]), faulty


def judged(network: FeatureNetwork, data: Tensor, faulty: dict[str, Tensor]) -> dict[str, dict[str, float]]:
    """The default figures of each fault."""
    real = extract(network, data).values
    found = {}
    for name, pictures in faulty.items():
        fake = extract(network, pictures).values
        scores = manifold_scores(real, fake)
        found[name] = {
            "frechet": frechet_distance(real, fake),
            "kid": kernel_distance(real, fake, size=min(len(real), len(fake)) // 4, seed=0).mean,
            **{figure: getattr(scores, figure) for figure in ("precision", "recall", "density", "coverage")},
        }
    return found


def turned_round(found: dict[str, dict[str, float]], count: int) -> Iterator[str]:
    """The pairs of neighbours in `ORDERS` that figures of `count` pictures have the other way, by more than chance
    (two standard errors of the difference of two shares, at the most)."""
    chance = (2 / count) ** 0.5
    for figure, orders in ORDERS.items():
        for order in orders:
            there = [name for name in order if name in found]
            for better, worse in pairwise(there):
                first, second = found[better][figure], found[worse][figure]
                slack = 0.0 if figure in LOWER else chance
                if (first > second) if figure in LOWER else (first < second - slack):
                    yield f"{figure}: {better} {first:.3g}, {worse} {second:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="a folder of photos, in folders by class if there are any")
    parser.add_argument("--size", default="64", help="side at which they are taken")
    parser.add_argument("--count", type=int, default=1000, help="pictures of each kind")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    pack = open_data(asked.data, size=asked.size)
    data, faulty = halves(pack, asked.count)
    for name in NETWORKS:
        found = judged(feature_network(name, pack.spec, pack.source), data, faulty)
        print(f"\n{name}, {len(data):,} pictures of the data")
        rows = [["", *FIGURES]]
        for fault, figures in found.items():
            rows.append([f"{fault} ({len(faulty[fault]):,})", *(f"{figures[figure]:.3g}" for figure in FIGURES)])
        print("\n".join(aligned(rows)))
        for line in turned_round(found, asked.count):
            print(f"the other way round  {line}")


if __name__ == "__main__":
    main()
