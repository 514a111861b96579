"""From a picture's file to what a translator is given, and to what it should become where the file tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from gankit.base.errors import UserError
from gankit.data.pack.decode import GREY
from gankit.data.pack.encoded import Page, open_image, pages, reason
from gankit.data.sides.derived_pairs import PAIRINGS, Pairing
from gankit.translation.paths import Input, file_of, pictures_in, spelled
from gankit.translation.pipeline import Pipeline, read_picture, reduction
from gankit.translation.scaling import Size, resize

TWICE = 0.02
"""How far, as a share, a picture may be from twice as wide as the training images and be a pair side by side."""


class Preprocessed(NamedTuple):
    """A picture as it is translated."""

    values: np.ndarray
    """Pixels [h, w, C], uint8 or uint16, at the size they are translated at."""
    own: Size
    """The size that the translation is brought to."""
    target: np.ndarray | None
    """Pixels [h, w, C'] of what it should become, where that is known."""
    note: str | None
    """What was done to get there, to be said once."""


@dataclass(frozen=True)
class Preprocessor:
    """How the files of a run's pictures are taken."""

    pipeline: Pipeline
    half: int | None = None
    """Where pictures twice as wide as the training images are pairs: 0 if their left half goes in, 1 the right."""
    pairing: Pairing | None = None
    """What makes both sides of one picture; a grey one, where it needs colours, goes in as it is."""
    swapped: bool = False
    """Whether what goes in is the pairing's second side."""
    targets: Mapping[str, Path] = field(default_factory=dict)
    """What pictures should become, by the stem of their names."""

    def __call__(self, path: Input) -> Preprocessed:
        """Raises whatever a damaged file makes Pillow raise."""
        with open_image(path) as image:
            large = reduction(image)
            if self.pairing is not None and (1 in self.pairing.channels or image.mode not in GREY):
                return self._paired(self.pairing, image)
            values = read_picture(image, self.pipeline.channels[0], self.pipeline.rules[0])
            if self.half is not None and self._is_twice_as_wide(values):
                return self._halved(image, values)
        own = (values.shape[0], values.shape[1])
        size = self.pipeline.scaled(own)
        target, why = self._known(path, size)
        return Preprocessed(resize(values, size), own, target, why or large)

    def _paired(self, pairing: Pairing, image: Image.Image) -> Preprocessed:
        whole = read_picture(image, max(self.pipeline.channels), self.pipeline.rules[0], bits=8)
        own = (whole.shape[0], whole.shape[1])
        if pairing.square and own[0] != own[1]:
            raise UserError(f"not square, but {own[0]}x{own[1]} (--raw takes it as it is)")
        sides = pairing.make(resize(whole, self.pipeline.scaled(own)))
        values, target = reversed(sides) if self.swapped else sides
        note = "what goes in is made from each picture as in training, and so is its target; --raw takes it as it is"
        return Preprocessed(values, own, target, note)

    def _is_twice_as_wide(self, values: np.ndarray) -> bool:
        trained_height, trained_width = self.pipeline.trained
        twice = 2 * trained_width / trained_height
        return abs(values.shape[1] / values.shape[0] / twice - 1) <= TWICE and values.shape[1] >= 2

    def _halved(self, image: Image.Image, values: np.ndarray) -> Preprocessed:
        width = values.shape[1] // 2
        halves = (slice(None, width), slice(values.shape[1] - width, None))
        own = (values.shape[0], width)
        size = self.pipeline.scaled(own)
        assert self.half is not None
        target = read_picture(image, self.pipeline.channels[1], self.pipeline.rules[1])[:, halves[1 - self.half]]
        side, other = ("left", "right") if self.half == 0 else ("right", "left")
        note = (
            f"pictures twice as wide as in training are pairs: the {side} half goes in, and the {other} one is its "
            "target; --raw takes them whole"
        )
        return Preprocessed(resize(values[:, halves[self.half]], size), own, resize(target, size), note)

    def _known(self, path: Input, size: Size) -> tuple[np.ndarray | None, str | None]:
        """The target of the picture at `path`, and what is wrong with it."""
        file: Input | None = self.targets.get(file_of(path).stem)
        if file is None:
            return None, None
        if isinstance(path, Page) and path.number in pages(file):
            file = Page(file, path.number)
        try:
            with open_image(file) as image:
                target = read_picture(image, self.pipeline.channels[1], self.pipeline.rules[1])
                return resize(target, size), None
        except Exception as error:  # whatever a damaged file makes Pillow raise
            return None, f"the target {spelled(file)!r} can't be read: {reason(error, file)}"


def preprocessor_for(
    pipeline: Pipeline,
    stated: Mapping[str, Any],
    *,
    aligned: bool,
    raw: bool = False,
    targets: Path | None = None,
) -> Preprocessor:
    """How pictures are taken for a run whose configuration has `stated` of its data, and whose sides are `aligned`.

    raw: every picture is what goes in. targets: so they are, and a folder has what they should become, by their names.
    """
    if targets is not None:
        return Preprocessor(pipeline, targets=by_stem(targets))
    pair = stated.get("pair", "auto")
    # A run that was written before this was noted may be of halves, where its pairs were found by themselves.
    halved = stated.get("halves", pair == "side-by-side" or (pair == "auto" and aligned))
    second = (stated.get("direction", "AtoB") == "BtoA") != pipeline.options.backwards
    if raw:
        return Preprocessor(pipeline)
    if halved:
        return Preprocessor(pipeline, half=int(second))
    if pair == "auto":
        return Preprocessor(pipeline)
    return Preprocessor(pipeline, pairing=PAIRINGS[pair], swapped=second)


def by_stem(folder: Path) -> dict[str, Path]:
    """The pictures in `folder` by their names without suffix; `UserError` where there are none, or two of a name."""
    found: dict[str, Path] = {}
    for file in pictures_in(folder):
        if file.stem in found:
            raise UserError(
                f"{found[file.stem].name} and {file.name} in {str(folder)!r} are both targets of one picture"
            )
        found[file.stem] = file
    if not found:
        raise UserError(f"no pictures in {str(folder)!r}, where targets were looked for")
    return found


def check_targets(files: Sequence[Input], preprocessor: Preprocessor) -> str | None:
    """What to say of pictures without a target; `UserError` where targets were given and none has one of them."""
    lacking = [file.name for file in map(file_of, files) if file.stem not in preprocessor.targets]
    if not preprocessor.targets or not lacking:
        return None
    if len(lacking) == len(files):
        example = next(iter(preprocessor.targets.values())).name
        raise UserError(f"no target has the name of a picture: {lacking[0]} is one of these, and {example} of those")
    rest = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
    return f"no target for {', '.join(lacking[:3])}{rest}"
