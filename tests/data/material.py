"""What the tests of the data share: files of every kind, and what is only there on some machines."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gankit.data import Pack

DATA = Path(os.environ.get("GANKIT_DATA", ""))


def needs(name: str) -> pytest.MarkDecorator:
    there = "GANKIT_DATA" in os.environ and (DATA / name).is_dir()
    return pytest.mark.skipif(not there, reason=f"needs {name} under $GANKIT_DATA")


def write_idx(path: Path, values: np.ndarray) -> None:
    header = b"\0\0\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(header + values.tobytes()))


RNG = np.random.default_rng(0)


def noise(n: int, channels: int = 3) -> np.ndarray:
    """Pictures of 8x8."""
    return RNG.integers(0, 256, (n, 8, 8, channels), dtype=np.uint8)


def png(values: np.ndarray) -> bytes:
    """A picture [H, W], [H, W, 1] or [H, W, 3]."""
    buffer = io.BytesIO()
    Image.fromarray(values[..., 0] if values.shape[2:] == (1,) else values).save(buffer, "PNG")
    return buffer.getvalue()


def write_table(
    path: Path, *, label: Sequence[int] = (), names: Sequence[str] = (), **pictures: np.ndarray | list[bytes]
) -> None:
    """Columns of pictures as the hub has them, and perhaps one of labels with the classes' names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, object] = {}
    for name, column in pictures.items():
        cells = (cell if isinstance(cell, bytes) else png(cell) for cell in column)
        columns[name] = [{"bytes": cell, "path": None} for cell in cells]
    if label:
        columns["label"] = label
    table = pa.table(columns)
    if names:
        hub = json.dumps({"info": {"features": {"label": {"names": names}}}})
        table = table.replace_schema_metadata({"huggingface": hub})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def second(pack: Pack) -> Pack:
    """Its other side."""
    assert pack.other is not None
    return pack.other


def pixels(pack: Pack) -> np.ndarray:
    return pack.values.numpy()
