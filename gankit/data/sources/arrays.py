"""Arrays: from .npy, .npz or Python, images in whatever range or vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data.pack.content import Numbers, parts
from gankit.data.pack.values import LARGEST

IMAGE_NAMES, LABEL_NAMES = ("images", "x", "arr_0"), ("labels", "y")
PAIR_NAMES = (("a", "b"), ("A", "B"), ("input", "target"), ("images", "other"))
DOMAIN_NAMES = {"train": ("trainA", "trainB"), "test": ("testA", "testB")}
SIDE_NAMES = (*PAIR_NAMES, DOMAIN_NAMES["train"])


def read_array(path: Path) -> Numbers:
    """The images or vectors, and the labels where there are any, of a .npy or .npz file."""
    name = repr(str(path))
    with wording(path):
        if path.suffix == ".npy":
            return from_array(np.load(path, mmap_mode="r", allow_pickle=False), name=name)
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return from_array(archive[values_of(archive, name)], labels=labels_of(archive), name=name)


def side_names(path: Path, split: str) -> tuple[str, str] | None:
    """The entries of a .npz file that are two sides, or domains, of `split`; None where it has none of their names.

    Raises `UserError` where it has them, but not for `split`.
    """
    with wording(path), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        there = set(archive.files)
    found = next((names for names in SIDE_NAMES if set(names) <= there), None)
    if split == "train" or found is None:
        return found
    if not set(DOMAIN_NAMES["test"]) <= there:
        raise UserError(f"{str(path)!r} has no test split: put arrays {' and '.join(DOMAIN_NAMES['test'])} in it")
    return DOMAIN_NAMES["test"]


def read_side(path: Path, entry: str) -> Numbers:
    """The images of one entry of a .npz file."""
    with wording(path), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        values = archive[entry]
        if values.ndim == 2:
            raise UserError(f"{entry!r} in {str(path)!r} holds vectors: a translator needs images")
        return from_array(values, name=f"{entry!r} in {str(path)!r}")


@contextmanager
def wording(path: Path) -> Iterator[None]:
    """Word a failure to read an array, or an archive of some."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # a damaged archive raises almost anything
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{str(path)!r} cannot be read as {path.suffix}: {why}") from error


def values_of(archive: np.lib.npyio.NpzFile, name: str) -> str:
    """Which entry of `archive` holds the data: one of the known names, or the only one of 3 or 4 dimensions."""
    if known := next((entry for entry in IMAGE_NAMES if entry in archive.files), None):
        return known
    candidates = [entry for entry in archive.files if archive[entry].ndim in (3, 4)]
    if len(candidates) == 1:
        return candidates[0]
    sides = any(set(names) <= set(archive.files) for names in SIDE_NAMES)
    hint = ", or see two sides by --pair auto" if sides else ""
    raise UserError(f"{name} holds {', '.join(archive.files) or 'nothing'}: call the array of images 'images'{hint}")


def labels_of(archive: np.lib.npyio.NpzFile) -> np.ndarray | None:
    return next((archive[entry] for entry in LABEL_NAMES if entry in archive.files), None)


def from_array(
    values: np.ndarray, *, labels: np.ndarray | None = None, classes: Sequence[str] = (), name: str
) -> Numbers:
    """`values` as content: images (N, H, W), (N, H, W, C), or (N, C, H, W) where that is plain; vectors (N, D).

    Raises `UserError` for any other shape or type, for NaN and infinity, and for labels that do not fit.
    """
    if values.dtype.kind not in "buif":
        raise UserError(f"{name} holds values of type {values.dtype}: numbers are needed")
    if values.ndim not in (2, 3, 4) or 0 in values.shape:
        raise UserError(f"{name} has the shape {values.shape}: (N, H, W), (N, H, W, C) or (N, D) is needed")
    notes: list[str] = []
    if values.dtype.kind == "f":
        require_finite(values, name)
    indices, names = number_labels(labels, len(values), classes, name)
    if values.ndim == 2:
        return Numbers(values=values, labels=indices, classes=names)
    if values.ndim == 3:
        values = values[..., None]
    elif values.shape[3] not in (1, 2, 3, 4) and values.shape[1] in (1, 2, 3, 4):
        values = values.transpose(0, 2, 3, 1)
        notes.append("its axes taken as (N, C, H, W)")
    return Numbers(values=values, labels=indices, classes=names, notes=tuple(notes))


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
    if labels.dtype.kind == "f" and (labels == np.floor(labels)).all():
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "biuUS":
        raise UserError(f"{name} has labels of type {labels.dtype}: whole numbers or names are needed")
    if classes:
        return labels.astype(np.int64), tuple(classes)
    present, indices = np.unique(labels.astype(str) if labels.dtype.kind == "S" else labels, return_inverse=True)
    return indices, tuple(map(str, present))
