"""The data sets that have a name: found on this machine, else fetched."""

from __future__ import annotations

import gzip
import importlib.util
import math
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from gankit.base.errors import UserError
from gankit.data.pack.content import Content
from gankit.data.sources import hub
from gankit.data.sources.arrays import from_array
from gankit.data.sources.parquet import read_parquet

GZIP = 1040
"""More than so many times its size no gzip file can hold."""
DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Named:
    """A public data set: where it is on the Hugging Face hub, and the names of its classes."""

    repository: str
    classes: tuple[str, ...]
    idx: bool
    """Whether it is also known in the IDX files of MNIST."""


NAMED = {
    "mnist": Named("ylecun/mnist", DIGITS, idx=True),
    "fashion-mnist": Named("zalando-datasets/fashion_mnist", CLOTHES, idx=True),
    "cifar10": Named("uoft-cs/cifar10", THINGS, idx=False),
}
NAMES = ("digits", *NAMED)


@dataclass(frozen=True)
class Files:
    """The files of a source, and how to read them."""

    files: list[Path]
    read: Callable[[], Content]


def files_of(name: str, split: str, cache: Path) -> Files:
    """The files of the data set `name`: in $GANKIT_DATA, else downloaded before, else fetched now.

    Raises `UserError` that says which files to put where, if they are nowhere and cannot be fetched.
    """
    if name == "digits":
        return find_digits(split)
    if found := at_hand(name, split, cache):
        return found
    *own, downloads = places(name, cache)
    fetch(name, downloads, own[0] if own else downloads)
    if found := look(name, split, downloads):
        return found
    raise UserError(f"{NAMED[name].repository} on the hub holds no Parquet files of its {split} split")


def at_hand(name: str, split: str, cache: Path) -> Files | None:
    """The files of the data set `name` where this machine has them."""
    return next((found for place in places(name, cache) if (found := look(name, split, place))), None)


def places(name: str, cache: Path) -> list[Path]:
    """Where the data set `name` is looked for; the last is where it is downloaded to."""
    own = [Path(os.environ["GANKIT_DATA"]) / name] if os.environ.get("GANKIT_DATA") else []
    return [*own, cache / "downloads" / name]


def look(name: str, split: str, place: Path) -> Files | None:
    """The files of a split of `name` in the folder `place`, in either form."""
    kind = NAMED[name]
    if kind.idx:
        stem = {"train": "train", "test": "t10k"}[split]
        for suffix in (".gz", ""):
            images, labels = place / f"{stem}-images-idx3-ubyte{suffix}", place / f"{stem}-labels-idx1-ubyte{suffix}"
            if images.is_file() and labels.is_file():
                return Files([images, labels], partial(read_idx_pair, images, labels, kind.classes))
    shards = sorted(place.rglob(f"{split}-*.parquet"))
    return Files(shards, partial(read_parquet, shards, classes=kind.classes)) if shards else None


def fetch(name: str, into: Path, suggested: Path) -> None:
    """Download `name` from the Hugging Face hub `into` a folder."""
    kind = NAMED[name]
    files = "train-images-idx3-ubyte.gz and its three fellows" if kind.idx else "train-*.parquet and test-*.parquet"
    remedy = f"put {files} in {str(suggested)!r}, or set GANKIT_DATA to the folder above {name}/"
    hub.download(name, kind.repository, into, remedy=remedy)


def read_idx_pair(images: Path, labels: Path, classes: tuple[str, ...]) -> Content:
    values = read_idx(images)
    if values.ndim != 3:
        raise UserError(f"{str(images)!r} holds no images: their shape is {'x'.join(map(str, values.shape))}")
    return from_array(values, labels=read_idx(labels), classes=classes, name=repr(str(images)))


def read_idx(path: Path) -> np.ndarray:
    """The bytes of an IDX file in its shape: http://yann.lecun.com/exdb/mnist/ describes the format."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            start = file.read(4)
            if len(start) < 4 or start[:3] != b"\0\0\x08" or not 1 <= start[3] <= 4:
                raise ValueError("not an IDX file of bytes")
            shape = np.frombuffer(file.read(4 * start[3]), ">u4").tolist()
            stated = math.prod(shape)
            if len(shape) != start[3] or stated > GZIP * path.stat().st_size:
                raise ValueError(f"it states {'x'.join(map(str, shape))} values, which it is too small for")
            data = file.read(stated + 1)
        if len(data) != stated:
            raise ValueError(f"it states {stated:,} values, and holds {'fewer' if len(data) < stated else 'more'}")
        return np.frombuffer(data, np.uint8).reshape(shape)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise UserError(f"{str(path)!r} is damaged ({error}): fetch it again") from error


def find_digits(split: str) -> Files:
    """scikit-learn's 1,797 handwritten digits; its file is read directly, as its loader takes 1.5 s to import."""
    if split == "test":
        raise UserError("'digits' has no test split: use mnist, or train on all of it")
    package = importlib.util.find_spec("sklearn")
    if not package or not package.origin:
        raise UserError("'digits' comes with scikit-learn: pip install scikit-learn")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"

    def read() -> Content:
        table = np.loadtxt(path, delimiter=",", dtype=np.int64)
        pixels = np.rint(table[:, :64] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8)
        return from_array(pixels, labels=table[:, 64], classes=DIGITS, name="digits")

    return Files([path], read)
