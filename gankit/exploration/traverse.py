"""One thing about a latent changes while the rest stays: what does it mean?

Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial
Nets", 2016. arXiv:1606.03657 (Figure 2, whose continuous codes go from -2 to 2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor

from gankit.base.errors import UserError
from gankit.exploration.directions import factorised, principal
from gankit.exploration.latents import generate, labels_for, random
from gankit.exploration.moments import correlations, slant, width
from gankit.features import FeatureNetwork, extract
from gankit.game import Generator
from gankit.game.prior import Codes, Prior, Uniform
from gankit.pictures.sheets import Row, sheet

COLUMNS = 9


@dataclass(frozen=True, eq=False)
class Sweep:
    """What is put in the place of a part of the latent, or added to it, column by column."""

    name: str
    columns: tuple[str, ...]
    added: Tensor
    """[columns, size]: added to what is kept of the latent."""
    mask: Tensor
    """[size]: 1 where the latent stays, 0 where it gives way."""
    labels: Tensor | None = None
    """[columns], int64, where the label is what changes."""

    @property
    def is_even(self) -> bool:
        """Whether every column is as far along one line as the one before."""
        steps = self.added.diff(dim=0)
        return bool(steps.any()) and torch.allclose(steps, steps[:1].expand_as(steps), atol=1e-5)

    def __call__(self, base: Tensor) -> Tensor:
        """The latents [columns, size] of a row, for one of [size]."""
        return base * self.mask.to(base.device) + self.added.to(base.device)


@dataclass(frozen=True, eq=False, kw_only=True)
class Traversal:
    numbers: dict[str, Any]
    """The values, and how far the picture moves along each row, in features."""
    rows: tuple[Row, ...]
    columns: tuple[str, ...]

    def picture(self, scale: int | None = None) -> Image.Image:
        return sheet(self.rows, self.columns, scale=scale)


def traverse(
    generator: Generator,
    base: Tensor,
    sweeps: Sequence[Sweep],
    *,
    features: FeatureNetwork,
    label: int | None = None,
    names: Sequence[str] | None = None,
) -> Traversal:
    """A row for every sweep of every latent of `base` [n, size], a column for every value.

    The numbers: for each row, `moved` is the distance in `features` from column to column, all added up. Along a line,
    `slant` and `width` are the correlations of the value with those of the row's images (`shape`).
    """
    names = names or [str(index) for index in range(len(base))]
    rows, lines = [], []
    for sweep in sweeps:
        for name, latent in zip(names, base, strict=True):
            latents = sweep(latent)
            labels = labels_for(generator, len(latents), label) if sweep.labels is None else sweep.labels
            images = generate(generator, latents, None if labels is None else labels.to(base.device))
            if images.dim() != 4:
                raise UserError("a traversal is seen in pictures, and this generator makes vectors")
            rows.append(Row(name if len(sweeps) == 1 else sweep.name, images))
            vectors = extract(features, images).values
            measures = {"name": rows[-1].name, "moved": float((vectors[1:] - vectors[:-1]).norm(dim=1).sum())}
            if sweep.is_even:
                measured = torch.stack([slant(images), width(images)])
                measures |= dict(zip(("slant", "width"), correlations(measured).tolist(), strict=True))
            lines.append(measures)
    numbers = {
        "features": features.name,
        "columns": list(sweeps[0].columns),
        "rows": lines,
    }
    return Traversal(numbers=numbers, rows=tuple(rows), columns=sweeps[0].columns)


def of_code(prior: Prior, name: str, *, reach: float | None = None, columns: int = COLUMNS) -> Sweep:
    """The code `name` of an InfoGAN's latent: "categorical", or a continuous one by its number from 0.

    Names of `Codes.slices` are taken, too. A continuous code goes from -reach to reach, by default twice its bound.
    """
    if not isinstance(prior, Codes):
        raise UserError("this run's latents have no codes, as infogan's do: take --axis, --label or --directions")
    parts = {part: where for part, where in prior.slices().items() if part != "noise"}
    code = "categorical-1" if name == "categorical" else name
    code = f"continuous-{int(name) + 1}" if name.isdecimal() else code
    if code not in parts:
        raise UserError(f"no code {name!r}: there are {', '.join([*parts, *map(str, range(prior.continuous))])}")
    part = parts[code]
    if code.startswith("categorical"):
        values = torch.eye(part.stop - part.start)
        return _replaced(prior.size, code, list(range(part.start, part.stop)), values, map(str, range(len(values))))
    end = 2 * prior.bound if reach is None else reach
    levels = torch.linspace(-end, end, columns)
    return _replaced(prior.size, code, [part.start], levels[:, None], (f"{level:+.2f}" for level in levels.tolist()))


def of_axis(prior: Prior, axis: int, *, reach: float | None = None, columns: int = COLUMNS) -> Sweep:
    """One component of the latent, over all that a uniform prior draws, or within `reach` (3) for a Gaussian."""
    if not 0 <= axis < prior.size:
        raise UserError(f"no latent axis {axis}: this run's latents have {prior.size}, counted from 0")
    centre = prior.centre if isinstance(prior, Uniform) else 0.0
    if reach is None:
        reach = prior.bound if isinstance(prior, Uniform | Codes) else 3.0
    levels = centre + torch.linspace(-reach, reach, columns)
    return _replaced(
        prior.size, f"axis {axis}", [axis], levels[:, None], (f"{level:+.2f}" for level in levels.tolist())
    )


def of_labels(generator: Generator, names: Sequence[str]) -> Sweep:
    """Every class in turn, for the same latent."""
    if not generator.classes:
        raise UserError("this run's generator takes no labels: take --axis, --code or --directions")
    nothing = torch.zeros(generator.classes, generator.prior.size)
    return Sweep("label", tuple(names), nothing, torch.ones(generator.prior.size), torch.arange(generator.classes))


def of_direction(name: str, vector: Tensor, *, reach: float, columns: int = COLUMNS) -> Sweep:
    """Moves along `vector` [size], from -reach to reach."""
    levels = torch.linspace(-reach, reach, columns)
    named = tuple(f"{level:+.3g}" for level in levels.tolist())
    return Sweep(name, named, levels[:, None] * vector.cpu(), torch.ones(len(vector)))


def of_directions(
    generator: Generator,
    kind: Literal["pca", "sefa"],
    component: int | None = None,
    *,
    reach: float | None = None,
    columns: int = COLUMNS,
    label: int | None = None,
    seed: int = 0,
) -> list[Sweep]:
    """Along directions found without labels, principal components or SeFa's: the `component`, or the first eight.

    Each goes to `reach` (5) standard deviations of a random latent's components.
    """
    count = 8 if component is None else component + 1
    size = generator.prior.size
    if not 1 <= count <= size and component is not None:
        raise UserError(f"no component {component}: there are {size}, counted from 0")
    directions = principal(generator, count, label=label, seed=seed) if kind == "pca" else factorised(generator, count)
    unit = float(random(generator, 1000, seed=seed, purpose="spread").std())
    return [
        of_direction(
            f"{kind} {index} ({directions.shares[index]:.0%})",
            unit * directions.vectors[index],
            reach=5.0 if reach is None else reach,
            columns=columns,
        )
        for index in (range(len(directions.vectors)) if component is None else [component])
    ]


def _replaced(size: int, name: str, where: list[int], values: Tensor, columns: Any) -> Sweep:
    """`values` [columns, len(where)] in the places `where` of the latent."""
    added, mask = torch.zeros(len(values), size), torch.ones(size)
    added[:, where] = values
    mask[where] = 0
    return Sweep(name, tuple(columns), added, mask)
