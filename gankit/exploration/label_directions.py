"""Directions that mean something: from samples of one class to samples of another.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
2015. arXiv:1511.06434 (section 6.3.2: differences of means of latents)
Shen et al., "Interpreting the Latent Space of GANs for Semantic Face Editing", 2019. arXiv:1907.10786 (section 2.2:
the normal of the plane that separates two classes)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor

from gankit.base.errors import UserError
from gankit.exploration.latents import BATCH, generate, labels_for, random, within
from gankit.features import FeatureNetwork, extract
from gankit.game import Generator
from gankit.pictures.sheets import Row, sheet

By = Literal["means", "normal"]
FITTED = 6000
"""Samples that the direction is found from."""
MOVED = 200
"""Samples that the length of the move is found with, and as many others that it is tried on."""
LEAST = 20
"""Samples of a class that a direction needs."""
ENOUGH = 0.9
"""The move is the shortest that turns so many into the other class, where there is one."""
LENGTHS = (0.5, *range(1, 13), 16, 20)
"""Moves to choose from, in standard deviations of a latent's components."""
PATIENCE = 20
"""How many batches of ten times `MOVED` latents are looked through for samples of a class."""
SHOWN, STOPS = 8, 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Change:
    numbers: dict[str, Any]
    """`separability`: accuracy of a linear classifier of the latents of the two classes, cross-validated (1/2 is
    chance); not where the label is an input, which latents say nothing of. `turned`: the share of `tried` fresh samples
    that the move turned into the other class. `variety`: how different the turned ones are from each other, as a share
    of how different samples of that class are."""
    images: Tensor
    """[rows, stops, C, H, W]: some of the tried samples on their way."""
    columns: tuple[str, ...]
    vector: Tensor
    """[size]: the move; zeros where the label alone is changed."""

    def verdict(self) -> str:
        """Its numbers in a line or two."""
        numbers = self.numbers
        if numbers["turned"] is None:
            return f"from {numbers['from']!r} to {numbers['to']!r}; no features here tell whether samples turned"
        turned = (
            f"{numbers['turned']:.0%} of {numbers['tried']} samples of {numbers['from']!r} became {numbers['to']!r}"
        )
        if "separability" not in numbers:
            return turned
        return f"{turned}; a linear classifier of latents tells the two with {numbers['separability']:.0%}"

    def picture(self, scale: int | None = None) -> Image.Image:
        return sheet([Row("", row) for row in self.images], self.columns, scale=scale)


def change(
    generator: Generator, start: int, target: int, *, features: FeatureNetwork, by: By = "means", seed: int = 0
) -> Change:
    """The move from class `start` to class `target` of an unconditional generator, named by the logits of `features`.

    by: "means" moves from the mean latent of all other classes to that of `target`; "normal" along the normal of the
        plane that separates the two (logistic regression). From the one class's mean to the other's alone, samples
        often ended in a third class.

    The direction, the length of the move and its success are found on different samples. Moved latents are brought
    back to where the prior draws them. Raises `UserError` where the generator makes too few of either class.
    """
    if start == target:
        raise UserError(f"{features.classes[start]!r} and {features.classes[target]!r} are the same class")
    judge = _Judge(generator, features, None)
    latents = random(generator, FITTED, seed=seed, purpose="direction")
    classes = judge(latents)[1]
    for number in (start, target):
        if (count := int((classes == number).sum())) < LEAST:
            raise _rare(features.classes[number], count, FITTED)
    pair = (classes == start) | (classes == target)
    separability, normal = separable(latents[pair], classes[pair] == target)
    direction = normal if by == "normal" else latents[classes == target].mean(0) - latents[classes != target].mean(0)
    direction = direction / direction.norm() * latents.std()
    choosing, trying = (_samples(judge, start, seed, purpose) for purpose in ("length", "trial"))

    def turned(latents: Tensor, length: float) -> float:
        return float((judge(within(generator.prior, latents + length * direction))[1] == target).float().mean())

    shares = {length: turned(choosing, length) for length in LENGTHS}
    length = next((length for length, share in shares.items() if share >= ENOUGH), max(shares, key=lambda k: shares[k]))
    moved, moved_classes = judge(within(generator.prior, trying + length * direction))
    numbers = {
        "from": features.classes[start],
        "to": features.classes[target],
        "by": by,
        "features": features.name,
        "separability": separability,
        "length": length,
        "turned while choosing": {f"{length:g}": share for length, share in shares.items()},
        "turned": float((moved_classes == target).float().mean()),
        "tried": len(trying),
        "variety": _variety(moved[moved_classes == target], judge(latents[classes == target][:MOVED])[0]),
    }
    stops = torch.linspace(0, 1, STOPS)
    shown = torch.cat([within(generator.prior, trying[:SHOWN] + float(t) * length * direction) for t in stops])
    columns = tuple(f"{t * length:.3g} sd" for t in stops.tolist())
    images = generate(generator, shown).unflatten(0, (STOPS, -1)).transpose(0, 1)
    return Change(numbers=numbers, images=images, columns=columns, vector=(length * direction).cpu())


def relabelled(
    generator: Generator,
    start: int,
    target: int,
    *,
    names: Sequence[str],
    features: FeatureNetwork,
    seed: int = 0,
) -> Change:
    """The same for a conditional generator, whose class is the label it is given: that changes, and the latent stays.

    `turned` is None where `features` tell no classes, or others than `names`.
    """
    if start == target:
        raise UserError(f"{names[start]!r} and {names[target]!r} are the same class")
    trying = random(generator, MOVED, seed=seed, purpose="trial")
    told = tuple(features.classes) == tuple(names)
    classes = _Judge(generator, features, target)(trying)[1]
    numbers = {
        "from": names[start],
        "to": names[target],
        "by": "label",
        "features": features.name,
        "turned": float((classes == target).float().mean()) if told else None,
        "tried": MOVED,
    }
    sides = (generate(generator, trying[:SHOWN], labels_for(generator, SHOWN, label)) for label in (start, target))
    columns = (f"label={names[start]}", f"label={names[target]}")
    return Change(
        numbers=numbers, images=torch.stack(list(sides), 1), columns=columns, vector=torch.zeros(trying.shape[1])
    )


def separable(latents: Tensor, positive: Tensor) -> tuple[float, Tensor]:
    """Balanced accuracy over five folds of a linear classifier of latents [n, size], and its normal [size].

    positive: [n], bool; both kinds are weighted alike.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    model = LogisticRegression(C=0.01, class_weight="balanced", max_iter=1000)
    points, kinds = latents.cpu().numpy(), positive.cpu().numpy()
    accuracy = cross_val_score(model, points, kinds, cv=5, scoring="balanced_accuracy").mean()
    normal = torch.from_numpy(model.fit(points, kinds).coef_[0]).float()
    return float(accuracy), normal.to(latents.device)


class _Judge:
    """Features [n, d] and classes [n] of what latents become; the pictures themselves are not kept."""

    def __init__(self, generator: Generator, features: FeatureNetwork, label: int | None) -> None:
        self.generator, self.features, self.label = generator, features, label

    def __call__(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        parts = latents.split(BATCH)
        pictures = (generate(self.generator, part, labels_for(self.generator, len(part), self.label)) for part in parts)
        values, logits = extract(self.features, pictures)
        return values, torch.full((len(values),), -1) if logits is None else logits.argmax(1)


def _samples(judge: _Judge, kind: int, seed: int, purpose: str) -> Tensor:
    """`MOVED` random latents whose sample is of class `kind`."""
    accepted: list[Tensor] = []
    for index in range(PATIENCE):
        latents = random(judge.generator, 10 * MOVED, seed=seed, purpose=f"{purpose} {index}")
        accepted.append(latents[judge(latents)[1] == kind])
        if sum(map(len, accepted)) >= MOVED:
            return torch.cat(accepted)[:MOVED]
    raise _rare(judge.features.classes[kind], sum(map(len, accepted)), PATIENCE * 10 * MOVED)


def _rare(name: str, count: int, among: int) -> UserError:
    return UserError(f"only {count} of {among:,} samples look like {name!r}, too few to find a direction from")


def _variety(moved: Tensor, own: Tensor) -> float | None:
    if min(len(moved), len(own)) < 2:
        return None
    return float(torch.pdist(moved).mean() / torch.pdist(own).mean().clamp(min=1e-12))
