"""Arrays: from .npy, .npz or Python, images in whatever range or vectors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from gankit.base.errors import UserError, nearest
from gankit.base.text import plural
from gankit.data.pack.content import Numbers, parts
from gankit.data.pack.decode import SWELLING, swells
from gankit.data.pack.values import LARGEST
from gankit.data.sources.splits import split_of

IMAGE_NAMES, LABEL_NAMES = ("images", "x", "arr_0"), ("labels", "y")
VALUES = ("images", "image", "imgs", "x", "data", "samples", "pictures", "features")
TARGETS = ("labels", "label", "y", "targets", "target", "classes", "class")
PAIR_NAMES = (("a", "b"), ("A", "B"), ("input", "target"), ("images", "other"))
DOMAIN_NAMES = {"train": ("trainA", "trainB"), "test": ("testA", "testB")}
SIDE_NAMES = (*PAIR_NAMES, DOMAIN_NAMES["train"])


def read_array(path: Path, split: str = "train", labels: str | None = None, layout: str | None = None) -> Numbers:
    """The images or vectors of a split, and the labels where there are any, of a .npy or .npz file."""
    name = repr(str(path))
    with wording(path):
        with path.open("rb") as file:
            single = file.read(6) == b"\x93NUMPY"
        if single:
            return from_array(np.load(path, mmap_mode="r", allow_pickle=False), name=name, layout=layout)
        with opened(path) as archive:
            return from_named(archive, name, split, labels, layout)


def read_named_files(files: Mapping[str, Path], name: str, split: str, form: tuple[str | None, str | None]) -> Numbers:
    """The same of a folder with an array a file, by the names of the files."""
    with wording(next(iter(files.values()))):
        arrays = {entry: np.load(path, mmap_mode="r", allow_pickle=False) for entry, path in files.items()}
        return from_named(arrays, name, split, *form)


def from_named(
    arrays: Mapping[str, np.ndarray], name: str, split: str, labels: str | None, layout: str | None
) -> Numbers:
    """The images of a split among named arrays: "train_images" and "train_labels", "x_train" and "y_train", ..."""
    entries = list(arrays)
    split_values, split_labels = (entry_for(entries, split, kinds) for kinds in (VALUES, TARGETS))
    notes: list[str] = []
    if split_values:
        rest = [entry for entry in entries if entry not in (split_values, split_labels)]
        notes.append(f"array {split_values!r}" + (f"; {', '.join(rest[:8])} left aside" if rest else ""))
    elif split == "test":
        raise UserError(f"{name} has no test split: call arrays test_images and test_labels")
    entry = split_values or values_of(arrays, name)
    if labels is not None and labels not in entries:
        raise UserError(f"{name} has no array {labels!r}{nearest(labels, entries)}: it holds {', '.join(entries)}")
    target = labels or split_labels or (None if split_values else labels_of(entries))
    found = from_array(arrays[entry], labels=None if target is None else arrays[target], name=name, layout=layout)
    return replace(found, notes=(*notes, *found.notes))


def entry_for(entries: Sequence[str], split: str, kinds: Sequence[str]) -> str | None:
    """The entry that holds `kinds` of `split`: "x_train", "train_images", "TrainX"."""
    ranked = []
    for entry in entries:
        parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", entry)
        words = [word.lower() for part in parts for word in re.split(r"(?<=^[xyXY])(?=train|test|val)", part)]
        for place, word in enumerate(words):
            kind = split_of(word)
            rest = words[:place] + words[place + 1 :]
            if kind and kind[0] == split and len(rest) == 1 and rest[0] in kinds:
                ranked.append((kind[1], kinds.index(rest[0]), entry))
    return min(ranked)[2] if ranked else None


def require_entry(path: Path, split: str) -> None:
    """Raise `UserError` where a .npz file has no array of `split`."""
    with wording(path), opened(path) as archive:
        if not entry_for(archive.files, split, VALUES):
            raise UserError(f"{str(path)!r} has no {split} split: call arrays test_images and test_labels")


def side_names(path: Path, split: str) -> tuple[str, str] | None:
    """The entries of a .npz file that are two sides, or domains, of `split`; None where it has none of their names.

    Raises `UserError` where it has them, but not for `split`.
    """
    with wording(path), opened(path) as archive:
        there = set(archive.files)
    found = next((names for names in SIDE_NAMES if set(names) <= there), None)
    if split == "train" or found is None:
        return found
    if not set(DOMAIN_NAMES["test"]) <= there:
        raise UserError(f"{str(path)!r} has no test split: put arrays {' and '.join(DOMAIN_NAMES['test'])} in it")
    return DOMAIN_NAMES["test"]


def read_side(path: Path, entry: str) -> Numbers:
    """The images of one entry of a .npz file."""
    with wording(path), opened(path) as archive:
        values = archive[entry]
        if values.ndim == 2:
            raise UserError(f"{entry!r} in {str(path)!r} holds vectors: a translator needs images")
        return from_array(values, name=f"{entry!r} in {str(path)!r}")


@contextmanager
def opened(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    """The .npz archive at `path`. Raises `UserError` where it would be too much when unpacked."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        if not isinstance(archive, np.lib.npyio.NpzFile) or archive.zip is None:
            raise UserError(f"{str(path)!r} is one array: call it .npy")
        for member in archive.zip.infolist():
            if swells(member.file_size, member.compress_size):
                raise UserError(
                    f"{member.filename!r} in {str(path)!r} becomes {member.file_size:,} bytes, over {SWELLING} times "
                    "as many as it has: it may be a decompression bomb; save a real one as .npy"
                )
        yield archive


@contextmanager
def wording(path: Path, kind: str = "") -> Iterator[None]:
    """Word a failure to read the file at `path` as what its suffix says, or as another `kind`."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # a damaged file raises almost anything
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{str(path)!r} cannot be read as {kind or path.suffix or 'an array'}: {why}") from error


def values_of(archive: Mapping[str, np.ndarray], name: str) -> str:
    """Which entry of `archive` holds the data: one of the known names, or the only one of 3 or 4 dimensions."""
    entries = list(archive)
    if known := next((entry for entry in IMAGE_NAMES if entry in entries), None):
        return known
    candidates = [entry for entry in entries if archive[entry].ndim in (3, 4)]
    if len(candidates) == 1:
        return candidates[0]
    sides = any(set(names) <= set(entries) for names in SIDE_NAMES)
    hint = ", or see two sides by --pair auto" if sides else ""
    raise UserError(f"{name} holds {', '.join(entries) or 'nothing'}: call the array of images 'images'{hint}")


def labels_of(entries: Sequence[str]) -> str | None:
    return next((entry for entry in LABEL_NAMES if entry in entries), None)


def from_array(
    values: np.ndarray,
    *,
    labels: np.ndarray | None = None,
    classes: Sequence[str] = (),
    name: str,
    layout: str | None = None,
) -> Numbers:
    """`values` as content: images (N, H, W), (N, H, W, C) or (N, C, H, W), vectors (N, D), or as `layout` says.

    Raises `UserError` for any other shape or type, a single picture, NaN and infinity, and labels that do not fit.
    """
    if values.dtype.kind not in "buif":
        raise UserError(f"{name} holds values of type {values.dtype}: numbers are needed")
    if values.ndim not in (2, 3, 4) or 0 in values.shape:
        raise UserError(f"{name} has the shape {values.shape}: (N, H, W), (N, H, W, C) or (N, D) is needed")
    if values.dtype.kind == "f":
        require_finite(values, name)
    values, notes = arranged(values, layout, name)
    indices, names = number_labels(labels, len(values), classes, name)
    return Numbers(values=values, labels=indices, classes=names, notes=notes)


def arranged(values: np.ndarray, layout: str | None, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """`values` as images [N, H, W, C], or as vectors [N, D], and what to say of their axes."""
    shape = "x".join(map(str, values.shape))
    if layout:
        return as_laid_out(values, layout, name), (f"its axes taken as {layout}, as asked",)
    if values.ndim == 2:
        if values.dtype == np.uint8 and values.shape[0] == values.shape[1]:
            raise UserError(f"{name} is a single picture of {shape}: training needs many, as (N, H, W)")
        return values, ()
    if values.ndim == 3:
        first, last = values.shape[0], values.shape[2]
        if (last in (3, 4) and min(values.shape[:2]) > 8) or (first in (3, 4) and min(values.shape[1:]) >= 32):
            raise UserError(
                f"{name} looks like a single picture of {shape}: training needs many, as (N, H, W, C); --layout HW "
                f"takes it as {first} pictures of {values.shape[1]}x{last}"
            )
        return values[..., None], ()
    channels, height, width = values.shape[1:]
    if width in (1, 2, 3, 4):
        both = channels in (1, 2, 3, 4) and channels != height
        return values, ("its axes taken as (N, H, W, C); --layout CHW overrules it",) if both else ()
    first = channels in (1, 2, 3, 4) or (height == width and channels != height) or 2 * channels <= min(height, width)
    if not first:
        return values, (f"its axes taken as (N, H, W, C), so {width} channels; --layout CHW overrules it",)
    more = f", so {channels} channels; --layout HWC overrules it" if channels > 4 else ""
    return values.transpose(0, 2, 3, 1), (f"its axes taken as (N, C, H, W){more}",)


def as_laid_out(values: np.ndarray, layout: str, name: str) -> np.ndarray:
    """`values` with the axes that somebody said they have. Raises `UserError` where they can't."""
    plain = layout.upper().removeprefix("N")
    if plain in ("HW", "HWC", "CHW") and values.ndim == len(plain) + 1:
        if plain == "CHW":
            return values.transpose(0, 2, 3, 1)
        return values[..., None] if plain == "HW" else values
    sides = re.fullmatch(r"(\d+)X(\d+)(?:X(\d+))?", plain)
    if sides and values.ndim == 2:
        height, width, channels = (int(side or 1) for side in sides.groups())
        if height * width * channels == values.shape[1]:
            return values.reshape(-1, height, width, channels)
    raise UserError(
        f"{name} has the shape {values.shape}, which is no {layout}: --layout takes HW, HWC or CHW, or 28x28 or "
        "32x32x3 for rows that are pictures"
    )


def require_finite(values: np.ndarray, name: str) -> None:
    """Raise `UserError`, naming the first item with NaN, infinity or what 32 bits do not hold, and how many have it."""
    bad: list[int] = []
    start = 0
    for part in parts(values):
        finite = (np.abs(part) <= LARGEST).reshape(len(part), -1).all(axis=1)
        bad += (start + np.flatnonzero(~finite)).tolist()
        start += len(part)
    if bad:
        what = "NaN, infinity or numbers beyond 32 bits"
        raise UserError(f"{name} has {what} in {plural(len(bad), 'item')}, first in number {bad[0]}")


def number_labels(
    labels: np.ndarray | None, n: int, classes: Sequence[str], name: str
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """`labels` as indices from 0, and the classes' names: `classes`, or the labels themselves."""
    if labels is None:
        return None, ()
    if labels.shape not in ((n,), (n, 1)):
        shape = "x".join(map(str, labels.shape))
        raise UserError(f"{name} has {shape} labels for {n:,} images: one label for each image is needed")
    labels = labels.reshape(n)
    if labels.dtype.kind == "f" and np.isfinite(labels).all() and (labels == np.floor(labels)).all():
        present, places = np.unique(labels, return_inverse=True)  # beyond what int64 holds, too
        if np.abs(present).max() >= 2**63:
            return number_labels(np.array([str(int(label)) for label in present])[places], n, classes, name)
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "biuUS":
        raise UserError(f"{name} has labels of type {labels.dtype}: whole numbers or names are needed")
    if classes:
        if labels.dtype.kind not in "biu" or labels.min() < 0 or labels.max() >= len(classes):
            raise UserError(f"{name} has labels other than 0 to {len(classes) - 1}, which its classes are numbered by")
        return labels.astype(np.int64), tuple(classes)
    present, indices = np.unique(labels.astype(str) if labels.dtype.kind == "S" else labels, return_inverse=True)
    return indices, tuple(map(str, present))
