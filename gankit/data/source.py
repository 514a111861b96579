"""Which data are meant, with one side or two: what opens any split, and what stands in where one is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gankit.base.errors import UserError
from gankit.data.pack import Pack
from gankit.data.pack.build import Say
from gankit.data.pack.values import Asked, parse_range
from gankit.data.sides.layouts import two_sided
from gankit.data.sides.opening import Direction, open_two_sides
from gankit.data.sources.located import Channels, Fit, Form, Split
from gankit.data.sources.opening import Size, Source, open_one_side, well_known
from gankit.game import Batch, Paired, Unpaired

Sides = Literal["one", "pairs", "domains", "either", "auto"]
"""One picture at a time; two that belong together; two domains; pairs where they are known, else domains; and auto is
either for a folder of two domains, else one."""


def sides_of(task: type[Batch]) -> Sides:
    """The sides that batches of `task` have."""
    return "pairs" if task is Paired else "domains" if task is Unpaired else "one"


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """Data by name, at a size, as one side or two."""

    source: Source
    """As for `open_data`."""
    sides: Sides = "one"
    pair: str = "auto"
    """How two sides are had from one source."""
    direction: Direction = "AtoB"
    """Which side is the first."""
    size: Size | None = None
    range: Asked = None
    """The (low, high) that become -1 and 1; or the rule that a run's data went by (`Report.values`)."""
    other_range: Asked = None
    """The same of the second side, where that is a rule."""
    labels: str | None = None
    """Where the labels are, where they are not found: FILE or FILE:COLUMN, or the column or the array of a file."""
    layout: str | None = None
    """The axes of an array, where they are not told right: "HW", "HWC", "CHW", or "28x28" of rows that are pictures."""
    fit: Fit = "crop"
    """What becomes of pictures of another aspect."""
    channels: Channels | None = None
    """Those that pictures in files are to have; by default what they need."""
    cache: Path | None = None
    say: Say | None = None

    def open(self, split: Split = "train", *, size: Size | None = None) -> Pack:
        """A split of it, at `size` in the place of its own size; values in a test split go by the rule of training.

        Raises `UserError` where there is none.
        """
        how: dict[str, Any] = {"size": size or self.size, "split": split, "cache": self.cache, "say": self.say}
        how |= {"fit": self.fit, "channels": self.channels}
        asked = (self.range, self.range if isinstance(self.range, tuple) else self.other_range)
        if split == "test" and self.range is None and not well_known(self.source):
            asked = self._rules_of_training(size)
        sides = self.sides
        if sides == "auto":
            sides = "either" if two_sided(self.source) else "one"
        if sides == "one":
            if self.pair != "auto":
                raise UserError(f"--pair {self.pair} makes two sides of each picture, which translators alone take")
            form = Form(self.labels, self.layout)
            return open_one_side(self.source, asked=asked[0], form=form, **how)
        aligned = {"pairs": True, "domains": False, "either": None}[sides]
        return open_two_sides(
            self.source, aligned=aligned, pair=self.pair, direction=self.direction, asked=asked, **how
        )

    def _rules_of_training(self, size: Size | None) -> tuple[Asked, Asked]:
        """What becomes of the values of the training split, of either side."""
        try:
            train = self.open("train", size=size)
        except UserError:
            return None, None
        return train.report.values, train.other.report.values if train.other else None

    def held_out(self, train: Pack, missing: Callable[[str], object]) -> tuple[Pack, Split]:
        """The test split with images as large as those of `train`, and its name; or `train` itself, where there is no
        such split and `missing` was told why."""
        try:
            test = self.open("test")
            if train.spec.is_image and test.spec.shape[1:] != train.spec.shape[1:]:
                test = self.open("test", size=(train.spec.shape[1], train.spec.shape[2]))
            return test, "test"
        except UserError as error:
            missing(str(error))
            return train, "train"


def open_data(source: Source, *, split: Split = "train", **how: Any) -> Pack:
    """The pack of a split of `source`, from the cache where it is there and nothing has changed since; the keywords are
    the fields of `DataSource`.

    source: a named set ("digits", "mnist", "fashion-mnist", "cifar10", "stacked-mnist"), a set of the Hugging Face
        hub ("hub:owner/name"), a toy ("gaussian", "ring", "grid", "swiss-roll"), a folder of pictures or a .zip file
        of one, a .npy, .npz, .mat, .pt, .csv, .parquet or .tar file, a folder of .parquet or .tar shards, a .txt list
        of their http addresses, or an array of images (N, H, W), (N, H, W, C) or vectors (N, D). A folder
        that is called like a set is given as "./mnist".
    size: height and width of what is packed: 64, "48x64" or (48, 64). Without it arrays and named sets keep
        their own, and pictures too where all have the same and it is no more than 64; others become 64x64.
    range: the (low, high) of its values that become -1 and 1. Without it values that do not use their container are
        scaled by the range of the whole set, vectors by the mean and the standard deviation of each column, and that
        is said.
    fit: "crop" cuts pictures of another aspect than theirs, "pad" shows all of each between black bars.
    channels: 1, 3 or 4 of every picture in a file; by default 1 where all are grey, 4 where all have transparent pixels
        (which are then kept), else 3, over white.
    cache: where packs and downloads are kept; by default $GANKIT_CACHE, else gankit's folder in ~/.cache.
    say: is given a line every two seconds of a longer build; by default they go to stderr.

    Raises `UserError` where there is nothing to train on, or no place to pack it.
    """
    asked = how.get("range")
    if not isinstance(asked, Mapping):
        how["range"] = parse_range(asked)
    return DataSource(source=source, **how).open(split)
