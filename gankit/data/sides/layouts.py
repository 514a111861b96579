"""The forms in which a source has two sides, and how each is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gankit.base.errors import UserError
from gankit.base.files import path_of
from gankit.base.text import plural
from gankit.data.pack.build import Say
from gankit.data.pack.content import Content
from gankit.data.pack.values import Asked
from gankit.data.sides import derived_pairs as pairings
from gankit.data.sides import domains
from gankit.data.sides.derived_pairs import PAIRINGS, Derived
from gankit.data.sides.domains import Place, list_domains, match, mostly_shared, read_partnered
from gankit.data.sides.matched_pairs import partnered
from gankit.data.sides.side_by_side import halve, side_by_side
from gankit.data.sources import hub, named, stacked
from gankit.data.sources.arrays import PAIR_NAMES, read_side, side_names
from gankit.data.sources.folder import Listing
from gankit.data.sources.located import Located, Split, only_train, stat_of
from gankit.data.sources.opening import Source, locate, open_found
from gankit.data.sources.parquet import read_parquet, side_columns


class Sides(NamedTuple):
    """Two sources before they are read, A and B."""

    first: Located
    second: Located
    aligned: bool | None
    """None: where there are as many of both."""
    notes: tuple[str, ...] = ()


def find_sides(source: Source, pair: str, aligned: bool | None, split: Split, cache: Path, say: Say | None) -> Sides:
    """The two sides that `source` holds by itself, or cut down the middle."""
    path = None if isinstance(source, np.ndarray) or is_named(source) else path_of(source)
    if pair == "auto" and path is not None:
        if (place := domains.place_of(path)) and (names := domains.folders(path, place.inside)):
            return two_folders(place, names, aligned, split)
        if path.suffix.lower() == ".npz" and path.is_file() and (names := side_names(path, split)):
            return two_arrays(path, names, aligned)
    if pair == "auto" and (shards := tables(source, path, split, cache)) and (columns := side_columns(shards)):
        return two_columns(source, shards, columns, aligned)
    found = locate(source, split, cache, say)
    if pair == "auto" and not side_by_side(found.read()):
        raise UserError(
            f"{source_name(source)!r} has no two sides: pairs are pictures twice as wide as high, or lie by the "
            "same names in A/ and B/, with no folder beside them; two domains lie in trainA/ and trainB/; "
            "--pair colorize or --pair edges makes pairs of any"
        )
    return two_halves(found, aligned, source_name(source))


def two_folders(place: Place, names: tuple[str, str], aligned: bool | None, split: Split) -> Sides:
    first, second = list_domains(place, names, split)
    if aligned is None:
        aligned = mostly_shared(first, second)
    notes = ()
    if aligned:
        first, second, notes = match(first, second)
    origin = f"{place.path.resolve()} {'pairs' if aligned else 'domains'}"

    def found(own: Listing, other: Listing, side: str) -> Located:
        content = [own.files, other.files if aligned else None]
        read = (lambda: read_partnered(place, own, other)) if aligned else (lambda: place.read(own))
        return Located(str(own.root), f"{origin} {side}", content, read)

    return Sides(found(first, second, "A"), found(second, first, "B"), aligned, notes)


def two_arrays(path: Path, names: tuple[str, str], aligned: bool | None) -> Sides:
    if aligned is None and names not in PAIR_NAMES:
        aligned = False

    def found(entry: str) -> Located:
        origin = f"{path.resolve()} {entry}"
        return Located(f"{path}: {entry}", origin, stat_of(path), lambda: read_side(path, entry))

    return Sides(found(names[0]), found(names[1]), aligned)


def two_columns(source: Source, shards: list[Path], columns: tuple[str, str], aligned: bool | None) -> Sides:
    origin = str(source) if is_named(source) else str(path_of(str(source)).resolve())
    aligned = aligned is not False

    def found(own: str, other: str) -> Located:
        def read() -> Content:
            mine = read_parquet(shards, column=own)
            return partnered(mine, read_parquet(shards, column=other)) if aligned else mine

        content = [aligned, other, *map(stat_of, shards)]
        return Located(f"{source}: {own}", f"{origin} {own} {'pairs' if aligned else 'domains'}", content, read)

    return Sides(found(*columns), found(*reversed(columns)), aligned, () if aligned else (unused_pairs("rows"),))


def two_halves(whole: Located, aligned: bool | None, source: str) -> Sides:
    def found(side: str) -> Located:
        read: Callable[[], Content] = lambda: halve(whole.read, right=side == "right", name=source)  # noqa: E731
        return Located(f"{source}, {side} halves", f"{whole.origin} {side}", whole.content, read)

    notes = (unused_pairs("pictures"),) if aligned is False else ()
    return Sides(found("left"), found("right"), aligned is not False, notes)


def unused_pairs(what: str) -> str:
    return f"its {what} are pairs, which is made no use of: the sides are taken as two domains"


def derived(
    source: Source,
    pair: str,
    target: tuple[int, int] | None,
    split: Split,
    cache: Path,
    say: Say | None,
    asked: Asked,
    shape: Callable[[Located], Located],
    *,
    apart: bool,
) -> Sides:
    """Both sides of a pairing, made of the pack of `source` in its `shape`, whose values go by the `asked` rule."""
    found = locate(source, "train", cache, say)
    own_test = has_test(source, cache)
    if split == "test" and own_test:
        found = locate(source, split, cache, say)
    found = shape(found)
    base = open_found(found, target, split if own_test else "train", cache, say, asked)
    pairings.require(pair, base)
    chosen = pairings.choose(len(base), split=split, own_test=own_test, apart=apart)
    aligned = split == "test" or not apart
    if not min(map(len, chosen)):
        raise UserError(f"{source_name(source)!r} has too few pictures to make two sides of: {len(base)}")
    notes = [*base.report.notes, f"made by --pair {pair}: {PAIRINGS[pair].about}"]
    if lost := base.report.unreadable:
        notes.append(f"{plural(len(lost), 'picture')} that can't be read left out, {lost[0][0]} the first")
    if base.report.bits == 16:
        notes.append("16 bits reduced to 8")
    if not own_test:
        notes.append("a tenth of the pictures is held out as the test split")
    if not aligned:
        notes.append("each side of pictures of its own, drawn by a fixed shuffle: no picture is in both")

    def side(letter: str, make: pairings.Make, chosen: np.ndarray) -> Located:
        kind = "pairs" if aligned else "domains"
        origin = f"{found.origin} {pair} {kind} {letter}" if found.origin else ""
        content = [base.key, pair, letter, pairings.FORMAT, chosen]
        read = partial(Derived, values=base.values.numpy(), chosen=chosen, make=make, rule=base.report.values)
        return Located(f"{source_name(source)}, {pair} {letter}", origin, content, read)

    row = PAIRINGS[pair]
    return Sides(side("A", row.first, chosen[0]), side("B", row.second, chosen[1]), aligned, tuple(notes))


def has_test(source: Source, cache: Path) -> bool:
    """Whether `source` has a test split of its own."""
    if isinstance(source, str) and source in (*named.NAMED, stacked.NAME):
        return True
    try:
        locate(source, "test", cache)
    except UserError:
        return False
    return True


def two_sided(source: Source) -> bool:
    """Whether `source` is a folder with the folders of two domains in it."""
    if isinstance(source, np.ndarray) or is_named(source):
        return False
    path = path_of(source)
    place = domains.place_of(path)
    return place is not None and domains.folders(path, place.inside) is not None


def is_named(source: Source) -> bool:
    """Whether `source` is no file or folder, but a name that stands for data."""
    known = (*named.NAMES, stacked.NAME)
    return isinstance(source, str) and (source in known or source.startswith(hub.PREFIX))


def tables(source: Source, path: Path | None, split: Split, cache: Path) -> list[Path]:
    """The Parquet files of `source`, where it is a set of the hub or such a file."""
    if isinstance(source, str) and source.startswith(hub.PREFIX):
        return hub.shards_of(source, split, cache)
    if path is None or path.suffix.lower() != ".parquet" or not path.is_file():
        return []
    only_train(repr(str(source)), split)
    return [path]


def source_name(source: Source) -> str:
    return "the array" if isinstance(source, np.ndarray) else str(source)
