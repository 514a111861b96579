"""Any number of samples as files, some at a time: what is in memory does not grow with their number."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import numpy as np
from PIL import Image

from gankit.base.errors import UserError
from gankit.base.files import is_filled, new_folder, replacing, safe_name
from gankit.pictures.grids import to_bytes, to_pil
from gankit.pictures.samples import Samples, name_of

FORMS = "a folder's name, .zip, or .npy"


def write_samples(
    parts: Iterable[Samples],
    n: int,
    path: str | os.PathLike[str],
    *,
    classes: Sequence[str] = (),
    by_class: bool = False,
    at: Callable[[int], object] = lambda done: None,
) -> Path:
    """Write the `n` samples of `parts` to `path`, whole or not at all: raw numbers to a `.npy` file; a PNG each to a
    new folder or a `.zip` file, named by number and class, or `by_class` in a folder for each class.

    classes: their names. at: is told how many are written.
    Raises `UserError` for another suffix, a folder that is not empty, points as pictures, `by_class` without labels.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in ("", ".zip", ".npy"):
        raise UserError(f"can't write {path}: many samples go into {FORMS}")
    if suffix == "" and is_filled(path):
        raise UserError(f"{path} is there already: take another --out")
    if suffix == ".npy" and by_class:
        raise UserError("a .npy file has no folders for classes: take a folder or a .zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    if suffix == ".npy":
        _write_array(parts, n, path, at)
        return path
    with _archive(path) if suffix else _folder(path) as put:
        done = 0
        for part in parts:
            for name, picture in _named(part, done, n, classes, by_class):
                put(name, picture)
            done += len(part)
            at(done)
    return path


def _named(
    part: Samples, first: int, n: int, classes: Sequence[str], by_class: bool
) -> Iterator[tuple[str, Image.Image]]:
    """The pictures of `part`, the first of which is number `first` of `n`, by the names of their files."""
    if part.values.dim() != 4:
        raise UserError("points can't be separate pictures: take --out points.npy")
    if by_class and part.labels is None:
        raise UserError("these samples have no classes to put into folders")
    width = len(str(n - 1))
    for index, pixels in enumerate(to_bytes(part.values)):
        number = f"{first + index:0{width}d}"
        kind = "" if part.labels is None else safe_name(name_of(part.labels[index], classes))
        name = f"{kind}/{number}.png" if by_class else f"{number}-{kind}.png" if kind else f"{number}.png"
        yield name, to_pil(pixels)


def _write_array(parts: Iterable[Samples], n: int, path: Path, at: Callable[[int], object]) -> None:
    with replacing(path) as partial, partial.open("wb") as file:
        done = 0
        for part in parts:
            values = part.values.cpu().numpy()
            if not done:
                header = {"descr": values.dtype.str, "fortran_order": False, "shape": (n, *values.shape[1:])}
                np.lib.format.write_array_header_1_0(file, header)
            file.write(np.ascontiguousarray(values).data)
            done += len(values)
            at(done)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _archive(path: Path) -> Iterator[Callable[[str, Image.Image], None]]:
    with replacing(path) as partial, ZipFile(partial, "w", ZIP_STORED) as archive:

        def put(name: str, picture: Image.Image) -> None:
            buffer = io.BytesIO()
            picture.save(buffer, format="PNG")
            archive.writestr(name, buffer.getvalue())

        yield put


@contextmanager
def _folder(path: Path) -> Iterator[Callable[[str, Image.Image], None]]:
    with new_folder(path) as partial:

        def put(name: str, picture: Image.Image) -> None:
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            picture.save(partial / name, format="PNG")

        yield put
