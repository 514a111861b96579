"""Which folders, or names of arrays, are splits and not classes: in any case, with common suffixes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gankit.base.errors import UserError

SPLITS = {"train": ("train", "training"), "test": ("test", "testing", "val", "valid", "validation", "dev", "eval")}
"""What a split is called, likeliest first."""
WHAT = r"(?:images?|imgs?|pictures?|pics|photos?|set|data|dataset|split|folder|\d{2,4})"


def split_of(name: str) -> tuple[str, int] | None:
    """The split that a folder called `name` is, and how likely: 0 for the likeliest name. None where it is none."""
    plain = name.lower()
    for split, words in SPLITS.items():
        for rank, word in enumerate(words):
            if re.fullmatch(rf"(?:{WHAT}[\W_]*)?{word}(?:[\W_]*{WHAT})*", plain):
                return split, rank
    return None


def named_for(names: Iterable[str], split: str) -> str | None:
    """The likeliest of `names` for `split`."""
    found = [(kind[1], name) for name in sorted(names) if (kind := split_of(name)) and kind[0] == split]
    return min(found)[1] if found else None


Look = Callable[[str], tuple[set[str], bool]]
"""The folders in a folder ("" for the outermost, else "a/b/"), and whether pictures lie beside them."""


def part_for(source: str, look: Look, split: str) -> tuple[str, tuple[str, ...]]:
    """The folder of `split` in `source`, "" for all of it, else "a/b/"; and what to say of it.

    Folders around everything are looked through, and so is a train/ with nothing beside it.
    """
    where, notes = "", []
    while True:
        inside, beside = look(where)
        if {"traina", "trainb"} <= {name.lower() for name in inside}:
            raise UserError(f"{source!r} holds two domains: give one of them, {source + '/' + where + 'trainA'!r} say")
        train = named_for(inside, "train")
        if train and (named_for(inside, "test") or (len(inside) == 1 and not beside)):
            part = named_for(inside, split)
            if part is None:
                break
            rest = sorted(inside - {part})
            aside = f"; {', '.join(f'{name}/' for name in rest[:4])} left aside" if rest else ""
            return f"{where}{part}/", (*notes, f"only the pictures in {where}{part}/, for its split{aside}")
        if len(inside) != 1 or beside:
            break
        (only,) = inside
        if not look(f"{where}{only}/")[0]:
            break
        where = f"{where}{only}/"
        notes = [f"{where} around everything looked through"]
    if split == "test":
        raise UserError(f"{source!r} has no test split: put train/ and test/ in it, or give another folder")
    return where, tuple(notes)
