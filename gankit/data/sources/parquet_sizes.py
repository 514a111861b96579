"""How large a Parquet file becomes when unpacked, as it states itself: its columns, and their pages.

A page is unpacked as a whole, and states its size in a header of its own, in Thrift's compact protocol:
https://github.com/apache/parquet-format and https://github.com/apache/thrift describe both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from gankit.base.errors import UserError
from gankit.data.pack.decode import swells

HEADER = 2**16
"""Bytes that are looked at for the header of a page; statistics in it may be long."""
UNPACKED, PACKED = 2, 3
"""The fields of a header that state the size of its page."""


def check_sizes(path: Path, metadata: Any) -> None:
    """Raise `UserError` where the file at `path`, or a page in it, would be far larger than it is when unpacked."""
    size = path.stat().st_size
    columns = [
        metadata.row_group(group).column(column)
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    ]
    stated = sum(column.total_uncompressed_size for column in columns)
    rows = sum(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
    if rows != metadata.num_rows or metadata.num_rows > max(2**20, size):
        raise UserError(f"{str(path)!r} states {metadata.num_rows:,} rows, which it is too small for")
    if swells(stated, size):
        raise UserError(f"{str(path)!r} becomes {stated:,} bytes: it may be a decompression bomb")
    with path.open("rb") as file:
        for column in columns:
            starts = [column.data_page_offset, column.dictionary_page_offset if column.has_dictionary_page else None]
            start = min(start for start in starts if start is not None)
            for unpacked, packed in pages(file, start, start + column.total_compressed_size):
                if unpacked < 0 or packed < 0 or swells(unpacked, packed):
                    raise UserError(
                        f"{str(path)!r} has a page of {packed:,} bytes that becomes {unpacked:,}: it may be a "
                        "decompression bomb"
                    )


def pages(file: BinaryIO, start: int, end: int) -> list[tuple[int, int]]:
    """(unpacked, packed) bytes of each page from `start` to `end`, as their headers state them; those after a damaged
    header are left out, as nobody can find them."""
    found = []
    while 0 <= start < end:
        file.seek(start)
        header = file.read(HEADER)
        try:
            length, numbers = read_struct(header, 0)
            sizes = numbers[UNPACKED], numbers[PACKED]
        except (IndexError, KeyError, RecursionError):
            break
        found.append(sizes)
        start += length + max(sizes[1], 0)
    return found


def read_struct(data: bytes, at: int) -> tuple[int, dict[int, int]]:
    """The end of the struct that starts at `at`, and those of its fields that are whole numbers, by their numbers."""
    found: dict[int, int] = {}
    field = 0
    while kind := data[at]:
        at += 1
        if kind >> 4:
            field += kind >> 4
        else:
            at, field = read_number(data, at)
        at, value = read_value(data, at, kind & 15)
        if value is not None:
            found[field] = value
    return at + 1, found


def read_value(data: bytes, at: int, kind: int) -> tuple[int, int | None]:
    """The end of a value of the Thrift type `kind`, and what it is if it is a whole number."""
    match kind:
        case 1 | 2:  # true and false have no bytes
            return at, None
        case 3:
            return at + 1, data[at]
        case 4 | 5 | 6:
            return read_number(data, at)
        case 7:
            return at + 8, None
        case 8:
            at, length = read_varint(data, at)
            return at + length, None
        case 9 | 10:
            count, kind = data[at] >> 4, data[at] & 15
            at += 1
            if count == 15:
                at, count = read_varint(data, at)
            for _ in range(min(count, len(data))):
                at = at + 1 if kind in (1, 2) else read_value(data, at, kind)[0]
            return at, None
        case 12:
            return read_struct(data, at)[0], None
        case _:
            raise IndexError


def read_number(data: bytes, at: int) -> tuple[int, int]:
    at, value = read_varint(data, at)
    return at, (value >> 1) ^ -(value & 1)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128 or shift > 63:
            return at, value
