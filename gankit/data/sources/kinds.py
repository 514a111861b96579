"""What the files of a folder or an archive are: pictures, arrays or tables, and never several of these at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data.pack.encoded import AVIF, format_of

KINDS = ("png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif", "ppm", "pgm", "pbm", "pnm", "jfif", "jpe", "dcm")
KINDS = (*KINDS, "avif") if AVIF else KINDS
EXTENSIONS = frozenset(f".{kind}" for kind in KINDS)
UNREAD = {".heic": "HEIC", ".heif": "HEIC", ".hif": "HEIC", ".avif": "AVIF", ".jxl": "JPEG XL", ".jp2": "JPEG 2000"}
"""Suffixes of pictures of which some or all are not read."""

PICTURE, ARRAY, TABLE, SHARD = "picture", ".npy file", ".parquet file", ".tar file"
LONE = (".npz", ".mat", ".pt", ".pth", ".zip", ".h5", ".hdf5")
"""Suffixes of files that hold a whole set each."""


def kind_of_file(name: str, start: Callable[[], bytes]) -> str | None:
    """What a file called `name` is: by its suffix, else by how it `start`s; None for what is no data of a kind that
    comes in many files."""
    suffix = PurePosixPath(name).suffix.lower()
    known = PICTURE if suffix in EXTENSIONS else {".npy": ARRAY, ".parquet": TABLE, ".tar": SHARD}.get(suffix)
    if known or suffix in LONE:
        return known
    first = start()
    if format_of(first):
        return PICTURE
    return ARRAY if first.startswith(b"\x93NUMPY") else TABLE if first.startswith(b"PAR1") else None


def by_kind(names: Iterable[str], start: Callable[[str], bytes]) -> dict[str | None, list[str]]:
    """The files called `names`, sorted, by what they are; None for the rest."""
    found: dict[str | None, list[str]] = {}
    for name in sorted(names):
        found.setdefault(kind_of_file(name, lambda name=name: start(name)), []).append(name)
    return found


def refuse_mixture(source: str, kinds: Mapping[str | None, Sequence[str]]) -> None:
    """Raise `UserError` where the files of `source` are of several kinds: which are meant, it does not tell."""
    several = [kind for kind in (PICTURE, ARRAY, TABLE, SHARD) if kind in kinds]
    if len(several) > 1:
        what = " and ".join(f"{plural(len(kinds[kind]), kind)} ({kinds[kind][0]})" for kind in several)
        raise UserError(f"{source!r} holds {what}: which are meant? Move the others out, or give a folder of one kind")


def ignored(files: Sequence[str], what: str) -> tuple[str, ...]:
    """That `files` are left aside, by name, the likeliest to be missed first; for what is no `what`. Of pictures that
    are not read it is said how many there are of each kind."""
    foreign = unread(files)
    files = [name for name in files if kind_unread(name) is None]
    if not files:
        return foreign
    shown = sorted(files, key=lambda name: not name.lower().endswith(LONE))[:3]
    more = ", ..." if len(files) > len(shown) else ""
    return (*foreign, f"{plural(len(files), 'file')} ignored, not of {what}'s kind: {', '.join(shown)}{more}")


def kind_unread(name: str) -> str | None:
    """The kind of picture that a file called `name` is, where it is none that is read."""
    suffix = PurePosixPath(name).suffix.lower()
    return None if suffix in EXTENSIONS else UNREAD.get(suffix)


def unread(files: Iterable[str]) -> tuple[str, ...]:
    """What to say of the pictures among `files` that are not read: "20 HEIC files, which are not read: ..."."""
    found = Counter(filter(None, map(kind_unread, files)))
    if not found:
        return ()
    counts = " and ".join(plural(n, f"{kind} file") for kind, n in found.most_common())
    verb, them = ("is", "it") if found.total() == 1 else ("are", "them")
    return (f"{counts}, which {verb} not read: convert {them} to JPEG",)
