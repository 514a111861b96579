"""What the tests of the data share: files of every kind, and what is only there on some machines."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def write_dicom(path: Path, values: np.ndarray, *, slope: float = 1, intercept: float = 0, **more: Any) -> None:
    """A CT slice, or with three axes a stack of them, as a file."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    held = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    held.Rows, held.Columns = values.shape[-2:]
    held.SamplesPerPixel, held.PhotometricInterpretation = 1, "MONOCHROME2"
    held.BitsAllocated = 8 * values.itemsize
    held.BitsStored, held.HighBit = (12, 11) if values.itemsize == 2 else (8, 7)
    held.PixelRepresentation = 0
    if (slope, intercept) != (1, 0):
        held.RescaleSlope, held.RescaleIntercept = slope, intercept
    if values.ndim == 3:
        held.NumberOfFrames = len(values)
    for name, value in more.items():
        setattr(held, name, value)
    held.PixelData = values.tobytes()
    held.save_as(path, enforce_file_format=True)
