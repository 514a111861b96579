"""Labels from a table beside the pictures: dataset.json, metadata.csv and .jsonl, labels.csv, or one that is named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from gankit.base.errors import UserError, nearest
from gankit.base.files import path_of
from gankit.base.text import plural

TABLES = (
    "dataset.json",
    "metadata.csv",
    "metadata.jsonl",
    "labels.csv",
    "list_attr_celeba.txt",
    "list_attr_celeba.csv",
    "attributes.csv",
)
"""Files that hold the labels of the pictures beside them, first come first."""
FILE_COLUMNS = ("file_name", "filename", "file", "image", "image_id", "image_name", "img", "path", "name", "id")
LABEL_COLUMNS = ("label", "labels", "class", "class_name", "category", "target")


@dataclass(frozen=True)
class Table:
    """A file of labels, not yet read."""

    name: str
    column: str | None
    stat: tuple[Any, ...]
    """What tells it from a changed one."""
    read: Callable[[], bytes]
    asked: bool
    """Whether it was asked for, and not only found."""


Label = str | tuple[int, ...]
"""The name of a class, or for each of several attributes whether it is there."""


class Rows(NamedTuple):
    """What a table says: (picture, label) of every row that has both."""

    pairs: Sequence[tuple[str, Label]]
    column: str | None = None
    notes: Sequence[str] = ()
    attributes: tuple[str, ...] = ()
    """What the labels are of, where a picture may have several."""


class Told(NamedTuple):
    """The label of each picture, None for one that has none; what of, where they are attributes; and what to say."""

    labels: list[Label | None]
    notes: list[str]
    attributes: tuple[str, ...] = ()


def asked_for(labels: str) -> Table:
    """The table that `labels` names, as FILE or FILE:COLUMN. Raises `UserError` where there is none."""
    path, column = path_of(labels), None
    if not path.is_file() and ":" in labels:
        name, column = labels.rsplit(":", 1)
        path = path_of(name)
    if not path.is_file():
        raise UserError(f"no file of labels {str(path)!r}: --labels takes FILE or FILE:COLUMN")
    found = path.stat()
    return Table(
        str(path), column, (str(path.resolve()), column, found.st_size, found.st_mtime_ns), path.read_bytes, True
    )


def labels_of(table: Table, names: Sequence[str]) -> Told:
    """The label of each picture.

    Raises `UserError` where the table can't be read, has no such column or names none of the pictures.
    """
    rows, column, said, attributes = rows_of(table, names)
    notes = list(said)
    exact = {PurePosixPath(name.replace("\\", "/")).as_posix(): label for name, label in rows}
    bare = unique((PurePosixPath(name).name, label) for name, label in exact.items())
    stems = unique((PurePosixPath(name).stem, label) for name, label in exact.items())
    found: list[Label | None] = []
    for name in names:
        path = PurePosixPath(name)
        found.append(exact.get(name, bare.get(path.name, stems.get(path.stem))))
    lacking = [name for name, label in zip(names, found, strict=True) if label is None]
    if len(lacking) == len(names):
        if table.asked:
            raise UserError(f"{table.name!r} names none of the pictures: {names[0]!r} is one of them")
        return Told(found, [*notes, f"no labels for the pictures in {table.name}"])
    if lacking:
        notes.append(f"{plural(len(lacking), 'picture')} without a label in {table.name}: {', '.join(lacking[:3])}")
    return Told(found, [f"labels from {table.name}{f', column {column!r}' if column else ''}", *notes], attributes)


def unique(pairs: Iterable[tuple[str, Label]]) -> dict[str, Label]:
    """Those whose name comes once."""
    found: dict[str, Label] = {}
    twice = set()
    for name, label in pairs:
        if name in found:
            twice.add(name)
        found[name] = label
    return {name: label for name, label in found.items() if name not in twice}


def numbered(labels: Sequence[Label | None]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels as indices, and the classes by name; whole numbers in their order."""
    names = sorted({str(label) for label in labels if label is not None}, key=by_number)
    places: dict[Label, int] = {name: index for index, name in enumerate(names)}
    return np.array([places[label] for label in labels if label is not None], np.int64), tuple(names)


def by_number(name: str) -> tuple[int, int, str]:
    return (0, int(name), name) if name.isascii() and name.lstrip("-").isdecimal() else (1, 0, name)


def rows_of(table: Table, names: Sequence[str]) -> Rows:
    """What `table` says: of the column of labels, or of several in which all is -1 and 1, or 0 and 1: attributes."""
    try:
        text = table.read().decode("utf-8-sig")
        if table.name.lower().endswith(".json"):
            return Rows(
                [(str(name), as_text(label)) for name, label in pairs_in(json.loads(text)) if label is not None]
            )
        if table.name.lower().endswith(".jsonl"):
            records = [json.loads(line) for line in text.splitlines() if line.strip()]
            head = list(dict.fromkeys(key for record in records for key in record))
            cells = [[as_text(record.get(key)) for key in head] for record in records]
        else:
            head, cells = delimited(text, names)
    except (OSError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise UserError(f"{table.name!r} can't be read as a table of labels: {str(error).splitlines()[0]}") from None
    if len(head) < 2 or not cells:
        raise UserError(f"{table.name!r} is no table of labels: a column of files and one of labels are needed")
    cells = [[*row, *[""] * (len(head) - len(row))] for row in cells]
    lower = {name.lower(): name for name in reversed(head)}
    file = next((lower[name] for name in FILE_COLUMNS if name in lower), head[0])
    others = [name for name in head if name != file]
    column = table.column or next((lower[name] for name in LABEL_COLUMNS if lower.get(name) in others), None)
    if column is None and len(others) == 1:
        values = {row[head.index(others[0])] for row in cells}
        column = others[0] if table.asked or len(values) <= max(2, len(cells) // 2) else None
    of = head.index(file)
    several = list(dict.fromkeys(table.column.split(","))) if table.column and table.column not in others else others
    if table.column and (unknown := [name for name in several if name not in others]):
        which = f"{unknown[0]!r}{nearest(unknown[0], others)}"
        raise UserError(f"{table.name!r} has no column {which}: {', '.join(others)}")
    if len(several) > 1 and (column is None or column not in others) and binary(cells, list(map(head.index, several))):
        places = list(map(head.index, several))
        ignored = [name for name in others if name not in several]
        notes = [f"columns ignored: {', '.join(ignored[:9])}"] if ignored else []
        shown = f"{', '.join(several[:6])}{', ...' if len(several) > 6 else ''}"
        notes.append(f"{len(several)} attributes, of which a picture may have several: {shown}")
        pairs = [(row[of], tuple(int(row[at] == "1") for at in places)) for row in cells]
        return Rows(pairs, None, notes, tuple(several))
    if column is None or column not in others:
        how = f"--labels {table.name}:{others[0]} takes one"
        if table.asked:
            raise UserError(f"{table.name!r} has several columns, {', '.join(others[:9])}: {how}")
        return Rows([], None, [f"columns of {table.name} are no labels: {', '.join(others[:9])}; {how}"])
    ignored = [name for name in others if name != column]
    notes = [f"columns ignored: {', '.join(ignored[:9])}"] if ignored else []
    at = head.index(column)
    told = [(row[of], row[at]) for row in cells if len(row) > max(at, of) and row[at] != ""]
    if {label for _, label in told} == {"-1", "1"}:
        told = [(name, column if label == "1" else f"not {column}") for name, label in told]
    return Rows(told, column, notes)


def binary(cells: Sequence[Sequence[str]], places: Sequence[int]) -> bool:
    """Whether the columns at `places` hold nothing but -1 and 1, or 0 and 1."""
    found = {row[at] if at < len(row) else "" for row in cells for at in places}
    return found <= {"-1", "1"} or found <= {"0", "1"}


def pairs_in(content: Any) -> Iterable[tuple[Any, Any]]:
    """The (picture, label) pairs of StyleGAN's dataset.json, or of a plain object of labels by picture."""
    listed = content.get("labels", content) if isinstance(content, dict) else content
    if listed is None:
        return []
    return [(name, label) for name, label in (listed.items() if isinstance(listed, dict) else listed)]


def as_text(label: Any) -> str:
    """A label as the name of its class. Raises `ValueError` for what is none."""
    if label is None:
        return ""
    if isinstance(label, float):
        if not label.is_integer():
            raise ValueError(f"{label} is no label: whole numbers or names are needed")
        label = int(label)
    if isinstance(label, bool | int | str):
        return str(label)
    if isinstance(label, list) and all(number in (0, 1) for number in label) and sum(label) == 1:
        return str(label.index(1))
    raise ValueError(f"{str(label)[:40]} is no label: whole numbers or names are needed")


def delimited(text: str, names: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """The names of the columns and the rows of a table in text: by commas, semicolons, tabs or spaces."""
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].strip().isdecimal():
        lines = lines[1:]  # CelebA's tables begin with their length
    mark = next((mark for mark in ",;\t" if lines and mark in lines[0]), None)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)) if mark else [line.split() for line in lines]
    rows = [[cell.strip() for cell in row] for row in rows]
    known = {part for name in names for part in (name, PurePosixPath(name).name, PurePosixPath(name).stem)}
    if rows and rows[0][0] in known:
        width = max(map(len, rows))
        return ["file", *(["label"] if width == 2 else [f"#{index}" for index in range(1, width)])], rows
    if len(rows) > 1 and len(rows[0]) + 1 == len(rows[1]):
        rows[0] = ["file", *rows[0]]
    return (rows[0], rows[1:]) if rows else ([], [])


def beside(root: Path, outer: Path) -> Table | None:
    """The table of labels in `root`, or else in `outer`, where there is one."""
    for folder in dict.fromkeys((root, outer)):
        for name in TABLES:
            path = folder / name
            if path.is_file():
                found = path.stat()
                return Table(name, None, (name, found.st_size, found.st_mtime_ns), path.read_bytes, False)
    return None
