"""Where a visitor is in a latent space, as a value that goes into a link and comes back from it.

A point is a seed, as `gankit sample --seed` draws, or a latent that was found for a picture; and what is done to it:
truncation, an InfoGAN's codes, and moves along directions.
"""

from __future__ import annotations

import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from gankit.base.errors import UserError

SEEDS = 10_000
"""Seeds that a slider goes through."""
REACH = 10.0
"""How far a move may go, in standard deviations of a latent's components."""
MOVE = re.compile(r"(pca|sefa)-(\d{1,3})|label-(\d{1,4})-(\d{1,4})")
CODE = re.compile(r"(continuous|categorical)-\d{1,3}")
LONGEST = 16_384
"""Characters of a point, at most: a latent of three thousand numbers."""
Settings = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Point:
    """One latent: where it begins, and how it is changed. `str` and `read_point` are each other's inverse."""

    seed: int = 0
    latent: str = ""
    """A latent's numbers (`latent_in_words`), in the place of the seed's."""
    truncation: float | None = None
    codes: Settings = ()
    """Parts of an InfoGAN's latent by their names in `Codes.slices`, and what they are set to: a number, or the
    category's."""
    moves: Settings = ()
    """Directions, and how far: "pca-0", "sefa-3" in standard deviations; "label-3-8", from one class to another, in
    lengths of the move that turns most samples."""

    def __str__(self) -> str:
        words = [f"z{self.latent}" if self.latent else str(self.seed)]
        if self.truncation is not None:
            words.append(f"t{self.truncation:g}")
        words += [f"{name}:{value:g}" for name, value in (*self.codes, *self.moves)]
        return "~".join(words)

    @property
    def is_plain(self) -> bool:
        """Whether it is the first sample of a seed, and nothing was done to it."""
        return self == Point(self.seed)

    def moved(self, name: str, value: float) -> Point:
        """The same with another value of the direction `name`; 0 is none."""
        return replace(self, moves=_with(self.moves, name, value or None))

    def coded(self, name: str, value: float | None) -> Point:
        """The same with the code `name` set; None leaves it to the seed."""
        return replace(self, codes=_with(self.codes, name, value))

    def name(self) -> str:
        """What it is called beside its picture."""
        words = "found" if self.latent else f"seed {self.seed}"
        changes = len(self.codes) + len(self.moves) + (self.truncation is not None)
        return f"{words}, changed" if changes else words


def read_point(text: str) -> Point:
    """The point that `text` states. Raises `UserError` for anything else."""
    if len(text) > LONGEST:
        raise UserError("this link holds a latent that is too long")
    first, *rest = text.split("~")
    if first.startswith("z"):
        numbers_of(first[1:])
        point = Point(latent=first[1:])
    else:
        point = Point(whole(first, "seed", SEEDS))
    for word in rest:
        name, found, value = word.partition(":")
        if not found and word.startswith("t"):
            point = replace(point, truncation=number(word[1:], "truncation", 0.01, 10))
        elif MOVE.fullmatch(name):
            point = point.moved(name, number(value, name, -REACH, REACH))
        elif CODE.fullmatch(name):
            point = point.coded(name, number(value, name, -1000, 1000))
        else:
            raise UserError(f"this link says nothing that is known: {word[:40]!r}")
    return point


def latent_in_words(latent: Tensor) -> str:
    """The numbers of a latent [size] to the bit, in characters that a link can hold."""
    return urlsafe_b64encode(latent.detach().cpu().numpy().astype("<f4").tobytes()).decode().rstrip("=")


def numbers_of(text: str) -> Tensor:
    """The latent [size] that `latent_in_words` wrote. Raises `UserError` for what it did not."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        values = np.frombuffer(content, "<f4").astype(np.float32)
    except ValueError:
        values = np.empty(0, np.float32)
    if not len(values) or not np.isfinite(values).all():
        raise UserError("the latent in this link is damaged")
    return torch.from_numpy(values)


def whole(text: str, what: str, below: int) -> int:
    """The whole number that `text` is, from 0 on. Raises `UserError` for any other."""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) >= below:
        raise UserError(f"{what} must be a whole number below {below:,}, not {text[:40]!r}")
    return int(text)


def number(text: str, what: str, low: float, high: float) -> float:
    """The number that `text` is, within bounds. Raises `UserError` for any other."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise UserError(f"{what} must be a number from {low:g} to {high:g}, not {text[:40]!r}")
    return value


def _with(settings: Settings, name: str, value: float | None) -> Settings:
    kept = {key: held for key, held in settings if key != name}
    return tuple(sorted((kept if value is None else kept | {name: value}).items()))
