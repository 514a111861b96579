"""Tables of numbers in text: .csv and .tsv, a vector a row."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from gankit.base.errors import UserError, nearest
from gankit.data.pack.content import Numbers
from gankit.data.sources.arrays import from_array
from gankit.data.sources.labels import LABEL_COLUMNS

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})


def read_table(path: Path, label: str | None = None, layout: str | None = None) -> Numbers:
    """The rows of the table at `path` as vectors, without the column of labels ("label", "class", ..., or `label`) and
    without columns of words, which are named.

    Raises `UserError` where a value is missing or is no number, or there is nothing in it.
    """
    name = repr(str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
        mark = next((mark for mark in ",;\t" if mark in text.partition("\n")[0]), ",")
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=mark) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{name} can't be read as a table: {str(error).splitlines()[0]}") from None
    if not rows:
        raise UserError(f"{name} is empty: a row for each vector is needed")
    headed = not any(is_number(cell) for cell in rows[0])
    head = rows.pop(0) if headed else [f"#{index}" for index in range(len(rows[0]))]
    if not rows:
        raise UserError(f"{name} has a header and no rows: a row for each vector is needed")
    for number, row in enumerate(rows, start=1 + headed):
        if len(row) != len(head):
            raise UserError(f"{name}, row {number}, has {len(row)} cells, and the first {len(head)}")
    if label is not None and label not in head:
        raise UserError(f"{name} has no column {label!r}{nearest(label, head)}: {', '.join(head[:9])}")
    columns = dict(zip(head, zip(*rows, strict=True), strict=True))
    if len(columns) < len(head):
        raise UserError(f"{name} has two columns of one name: rename one")
    label = label or (next((column for column in head if column.lower() in LABEL_COLUMNS), None) if headed else None)
    words = [column for column, cells in columns.items() if column != label and not any(map(is_number, cells))]
    kept = [column for column in head if column != label and column not in words]
    if not kept:
        raise UserError(f"{name} has no column of numbers among {', '.join(head[:9])}")
    for column in [*kept, *([label] if label else [])]:
        if gone := [row for row, cell in enumerate(columns[column], start=1 + headed) if cell.lower() in MISSING]:
            raise UserError(
                f"{name} lacks {len(gone)} values in column {column!r}, first in row {gone[0]}: fill them, or leave "
                "those rows out"
            )
        if column != label and (odd := [cell for cell in columns[column] if not is_number(cell)]):
            raise UserError(f"{name} has {odd[0]!r} in column {column!r} of numbers: make it a number")
    values = np.array([columns[column] for column in kept], dtype=np.float64).T
    labels = np.array(columns[label]) if label else None
    found = from_array(np.ascontiguousarray(values), labels=labels, name=name, layout=layout)
    notes = [*found.notes]
    notes += [f"labels from column {label!r}"] if label else []
    notes += [f"columns ignored, as they hold no numbers: {', '.join(words[:9])}"] if words else []
    return replace(found, columns=tuple(kept) if found.values.ndim == 2 else (), notes=tuple(notes))


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.lower() not in MISSING
