"""WebDataset shards: .tar files whose members are samples, a picture and what belongs to it under one name.

`0001.png` and `0001.cls` are one sample; a name ends at the first dot of its last part, and the members of a sample lie
one after the other. https://github.com/webdataset/webdataset describes it, and POSIX (pax) and GNU the archives.
"""

from __future__ import annotations

import json
import mmap
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.data.pack.content import Pictures
from gankit.data.sources.folder import hidden, reading
from gankit.data.sources.kinds import EXTENSIONS
from gankit.data.sources.labels import by_number

BLOCK = 512
CLASS, FACTS = "cls", "json"
"""What the members that hold a label end in: a whole number or a name, or JSON with one of `FIELDS`."""
FIELDS = ("label", "class", "cls", "category", "target")
LONGEST = 2**20
"""Bytes of a member that holds a label or a long name, at most."""


class Member(NamedTuple):
    name: str
    start: int
    size: int


def members(path: Path, content: mmap.mmap) -> Iterator[Member]:
    """The plain files in the archive at `path`, in order. Raises `UserError` where it is damaged or cut short."""
    place, renamed = 0, ""
    while True:
        header = content[place : place + BLOCK]
        if len(header) < BLOCK:
            raise UserError(f"{str(path)!r} is cut short, at byte {place:,}: fetch it again")
        if not header.strip(b"\0"):
            return
        size = octal(header[124:136])
        start = place + BLOCK
        if size is None or octal(header[148:156]) != sum(header) - sum(header[148:156]) + 8 * ord(" "):
            raise UserError(f"{str(path)!r} is no .tar file, or damaged at byte {place:,}: fetch it again")
        if start + size > len(content):
            raise UserError(f"{str(path)!r} is cut short, at byte {len(content):,}: fetch it again")
        kind = header[156:157]
        if kind in b"Lx":
            renamed = long_name(content[start : start + min(size, LONGEST)], pax=kind == b"x")
        elif kind in b"0\0":
            name = renamed or member_name(header)
            if not any(map(hidden, name.removeprefix("./").split("/"))):
                yield Member(name, start, size)
        if kind not in b"Lxg":
            renamed = ""
        place = start + -(-size // BLOCK) * BLOCK


def octal(field: bytes) -> int | None:
    """The number in a field of a header; None where it holds none."""
    if field[:1] == b"\x80":  # GNU's way to write large ones
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else None


def member_name(header: bytes) -> str:
    name, prefix = (part.split(b"\0", 1)[0] for part in (header[:100], header[345:500]))
    named = b"/".join(filter(None, (prefix if header[257:263] == b"ustar\0" else b"", name)))
    return named.decode(errors="replace")


def long_name(content: bytes, *, pax: bool) -> str:
    """The name of the member that follows, as one before it states; empty where that says something else."""
    if not pax:
        return content.split(b"\0", 1)[0].decode(errors="replace")
    found = re.search(rb"(?:^|\n)\d+ path=([^\n]*)\n", content)
    return found[1].decode(errors="replace") if found else ""


@dataclass
class Index:
    """Where the pictures of shards lie, a few bytes for each."""

    shards: Sequence[Path]
    label: str | None
    """The field of JSON that is the label, or "cls"; None for whatever there is."""
    first: list[int] = field(default_factory=list)
    """The number of the first picture of each shard."""
    starts: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    names: dict[str, int] = field(default_factory=dict)
    """The labels that were seen, numbered as they came."""
    labels: array[int] = field(default_factory=lambda: array("q"))
    """Their numbers, -1 where a sample has none."""
    kind: str = ""
    """What the pictures' names end in."""
    ignored: Counter[str] = field(default_factory=Counter)

    def read(self, shard: Path) -> None:
        """Add the pictures of a shard."""
        self.first.append(len(self.starts))
        with shard_content(shard) as content:
            sample, own = "", {}
            for member in members(shard, content):
                folder, _, last = member.name.rpartition("/")
                stem, _, kind = last.partition(".")
                if f"{folder}/{stem}" != sample:
                    self.take(shard, content, own)
                    sample, own = f"{folder}/{stem}", {}
                own[kind.lower()] = member
            self.take(shard, content, own)

    def take(self, shard: Path, content: mmap.mmap, sample: dict[str, Member]) -> None:
        """Add the picture of a sample, if it holds one."""
        pictures = [kind for kind in sample if f".{kind.rpartition('.')[2]}" in EXTENSIONS]
        if not self.kind and pictures:
            self.kind = pictures[0]
        chosen = self.kind if self.kind in sample else next(iter(pictures), None)
        self.ignored.update(kind for kind in sample if kind not in (chosen, CLASS, FACTS))
        if chosen is None:
            return
        self.starts.append(sample[chosen].start)
        self.sizes.append(sample[chosen].size)
        label = self.label_of(shard, content, sample)
        self.labels.append(-1 if label is None else self.names.setdefault(label, len(self.names)))

    def label_of(self, shard: Path, content: mmap.mmap, sample: dict[str, Member]) -> str | None:
        kind = CLASS if CLASS in sample and self.label in (None, CLASS) else FACTS
        if kind not in sample:
            return None
        member = sample[kind]
        text = content[member.start : member.start + min(member.size, LONGEST)].decode(errors="replace").strip()
        if kind == CLASS:
            return str(int(text)) if re.fullmatch(r"\d{1,9}", text) else text or None
        try:
            facts = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{str(shard)!r}: {member.name} holds no JSON: {str(error).splitlines()[0]}") from None
        found = [facts.get(name) for name in ((self.label,) if self.label else FIELDS)] if type(facts) is dict else []
        return next((str(value) for value in found if type(value) in (int, str)), None)

    def encoded(self, start: int, stop: int) -> Iterator[bytes]:
        ends = [*self.first[1:], len(self.starts)]
        for shard, first, end in zip(self.shards, self.first, ends, strict=True):
            if first < stop and end > start:
                with reading(shard), shard.open("rb") as file:
                    for number in range(max(first, start), min(end, stop)):
                        file.seek(self.starts[number])
                        yield file.read(self.sizes[number])


class Keys(Sequence[str]):
    """The names of an index' pictures, read where they stand when they are asked for."""

    def __init__(self, index: Index) -> None:
        self.shown = index

    def __len__(self) -> int:
        return len(self.shown.starts)

    def __getitem__(self, number: Any) -> Any:
        shard = self.shown.shards[int(np.searchsorted(self.shown.first, number, "right")) - 1]
        with reading(shard), shard.open("rb") as file:
            file.seek(self.shown.starts[number] - BLOCK)
            return f"{shard.name}: {member_name(file.read(BLOCK))}"


def shard_content(path: Path) -> mmap.mmap:
    """The bytes of a shard. Raises `UserError` for one that can't be read or holds none."""
    with reading(path), path.open("rb") as file:
        if not path.stat().st_size:
            raise UserError(f"{str(path)!r} is cut short, at byte 0: fetch it again")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def read_shards(shards: Sequence[Path], label: str | None = None) -> Pictures:
    """The pictures of `shards`, in order: of each sample one, of the kind that the first one has. Labels are those of
    the samples, a number or a name, where all have one; `label` names the field of JSON that is meant.

    Raises `UserError` where a shard is damaged or cut, or there are no pictures or not the labels that were asked for.
    """
    index = Index(shards, label)
    for shard in shards:
        index.read(shard)
    if not len(index.starts):
        raise UserError(f"no pictures in {str(shards[0])!r}: its samples should hold a .png, .jpg or .webp")
    notes = []
    if index.ignored:
        most = ", ".join(f".{kind} ({n:,})" for kind, n in index.ignored.most_common(6))
        notes.append(f"members of samples ignored, neither picture nor label: {most}")
    numbers = np.array(index.labels, np.int64)
    missing = int((numbers < 0).sum())
    labels, classes = None, ()
    if not missing:
        classes = tuple(sorted(index.names, key=by_number))
        labels = np.argsort([index.names[name] for name in classes])[numbers]
    elif label:
        raise UserError(f"{str(shards[0])!r}: {plural(missing, 'sample')} without the label {label!r}: name another")
    elif missing < len(numbers):
        notes.append(f"no classes: {plural(missing, 'sample')} without a label")
    index.labels = array("q")
    return Pictures(names=Keys(index), encoded=index.encoded, labels=labels, classes=classes, notes=tuple(notes))
