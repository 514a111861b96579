"""Tables of pictures: Parquet in the layout of the Hugging Face hub, an image column and perhaps a label."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from gankit.base.errors import UserError, nearest
from gankit.base.extras import how_to_install
from gankit.data.pack.content import Pictures
from gankit.data.sources.arrays import wording
from gankit.data.sources.parquet_sizes import check_sizes

BATCH = 16
"""Rows in memory at once: a picture may take megabytes."""
SIDES = (
    ("imagea", "imageb"),
    ("a", "b"),
    ("input", "target"),
    ("inputimage", "targetimage"),
    ("inputimage", "editedimage"),
    ("source", "target"),
)
"""Names of two columns that make pairs, in small letters and without marks."""


def read_parquet(
    shards: Sequence[Path], *, classes: Sequence[str] = (), column: str | None = None, label: str | None = None
) -> Pictures:
    """The pictures of `shards`, in order: those of `column`, else of the first that holds any.

    The names of the classes come from the file, else `classes`.

    Raises `UserError` where pyarrow is missing, or a file is damaged or has no column of pictures, or no rows.
    """
    files = [open_shard(shard) for shard in shards]
    schema = files[0].schema_arrow
    if label is not None and label not in schema.names:
        raise UserError(f"{str(shards[0])!r} has no column {label!r}{nearest(label, schema.names)}")
    image, label = column or image_column(schema, shards[0]), label or label_column(schema)
    ignored = [name for name in schema.names if name not in (image, label)]
    n = sum(file.metadata.num_rows for file in files)
    if not n:
        raise UserError(f"{str(shards[0])!r} has no rows, so no pictures: give another file")
    for shard, file in zip(shards, files, strict=True):
        check_shard(shard, file, schema, [name for name in (image, label) if name])
    labels = np.concatenate([read_column(*one, label) for one in zip(shards, files, strict=True)]) if label else None
    if labels is not None and labels.shape != (n,):
        raise UserError(f"{str(shards[0])!r} is damaged: it states {n:,} rows, and has {len(labels):,} labels")
    if labels is not None and labels.dtype.kind == "O" and all(isinstance(cell, str) for cell in labels):
        present, labels = np.unique(labels.astype(str), return_inverse=True)
        return pictures(shards, files, image, n, labels, [str(name) for name in present], ignored)
    if labels is not None and (labels.dtype.kind not in "iu" or labels.min() < 0):
        labels = None  # a missing label is null or -1, as in the hub's test sets
    if labels is not None:
        known = class_names(schema, label) or classes
        if len(known) > labels.max():
            classes, labels = known, labels.astype(np.int64)
        else:
            present, labels = np.unique(labels, return_inverse=True)
            classes = [str(number) for number in present.tolist()]

    return pictures(shards, files, image, n, labels, classes, ignored)


def pictures(
    shards: Sequence[Path],
    files: Sequence[Any],
    image: str,
    n: int,
    labels: np.ndarray | None,
    classes: Sequence[str],
    ignored: Sequence[str],
) -> Pictures:
    """The `n` pictures of the column `image`, with `labels` as numbers of `classes`."""

    def encoded(start: int, stop: int) -> Iterator[bytes]:
        place = 0
        for shard, file in zip(shards, files, strict=True):
            for group in range(file.num_row_groups):  # one after the other: read together they would stay in memory
                rows = file.metadata.row_group(group).num_rows
                if place < stop and place + rows > start:
                    last = stop - place if stop < place + rows else None
                    with wording(shard, "Parquet"):
                        yield from islice(cells(shard, file, image, group), max(start - place, 0), last)
                place += rows

    return Pictures(
        names=Numbered(n),
        encoded=encoded,
        labels=labels,
        classes=tuple(classes) if labels is not None else (),
        notes=(f"columns ignored: {', '.join(ignored[:9])}",) if ignored else (),
    )


class Numbered(Sequence[str]):
    """The names "#0", "#1", ... of rows that have none."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: Any) -> Any:
        return f"#{index}"


def check_shard(path: Path, file: Any, schema: Any, columns: Sequence[str]) -> None:
    """Raise `UserError` where a shard has other `columns` than the first one's `schema`, or would be too much when
    unpacked."""
    for name in columns:
        if schema.names.count(name) > 1:
            raise UserError(f"{str(path)!r} has {schema.names.count(name)} columns called {name!r}: rename all but one")
        if name not in file.schema_arrow.names or file.schema_arrow.field(name).type != schema.field(name).type:
            raise UserError(f"{str(path)!r} has no column {name!r} like that of the files before it")
    check_sizes(path, file.metadata)


def open_shard(path: Path) -> Any:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise UserError(f"reading {str(path)!r} needs pyarrow: {how_to_install('hub')}") from None
    with wording(path, "Parquet"):
        return ParquetFile(path)


def read_column(path: Path, file: Any, name: str) -> np.ndarray:
    """The labels in the column `name`; where they are lists, or other than flat, they are none that we know."""
    with wording(path, "Parquet"):
        return np.asarray(file.read([name])[name].to_numpy())


def cells(path: Path, file: Any, column: str, group: int) -> Iterator[bytes]:
    """The pictures in a group of rows of `column` of the table `file`, which lies at `path`."""
    left = file.metadata.row_group(group).num_rows
    for batch in file.iter_batches(BATCH, row_groups=[group], columns=[column]):
        left -= len(batch)
        for cell in batch.column(0).to_pylist():
            yield ((cell.get("bytes") if isinstance(cell, dict) else cell) or b"")  # bytes, by their type
    if left:
        raise UserError(f"{str(path)!r} is damaged: it has not as many rows as it states")


def image_column(schema: Any, path: Path) -> str:
    if found := image_columns(schema):
        return found[0]
    raise UserError(f"{str(path)!r} has no column of pictures among {', '.join(schema.names)}")


def image_columns(schema: Any) -> list[str]:
    """The columns of encoded pictures: bytes, or a struct that holds them."""
    from pyarrow import types

    def holds_pictures(kind: Any) -> bool:
        if types.is_struct(kind):
            inner = kind.get_field_index("bytes")
            return inner >= 0 and holds_bytes(kind.field(inner).type)
        return holds_bytes(kind)

    def holds_bytes(kind: Any) -> bool:
        return types.is_binary(kind) or types.is_large_binary(kind)

    return [column.name for column in schema if holds_pictures(column.type)]


def side_columns(shards: Sequence[Path]) -> tuple[str, str] | None:
    """The two columns of pictures of which a row holds a pair; None where there is just one column.

    Raises `UserError` where there are more, and their names do not tell which two.
    """
    found = image_columns(open_shard(shards[0]).schema_arrow)
    if len(found) < 2:
        return None
    plain = {re.sub(r"[\W_]", "", name.lower()): name for name in found}
    if known := next((names for names in SIDES if set(names) <= plain.keys()), None):
        return plain[known[0]], plain[known[1]]
    if len(found) == 2:
        return found[0], found[1]
    raise UserError(
        f"{str(shards[0])!r} has pictures in the columns {', '.join(found)}: call the sides' own 'input' and 'target'"
    )


def label_column(schema: Any) -> str | None:
    return next((name for name in ("label", "labels", "fine_label") if name in schema.names), None)


def class_names(schema: Any, label: str | None) -> list[str]:
    """The classes' names that the hub writes into a table's metadata; empty where there are none."""
    try:
        described = json.loads((schema.metadata or {})[b"huggingface"])
        names = described["info"]["features"][label]["names"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return []
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []
