"""DICOM: medical pictures in the units that their files state (Hounsfield's for CT), as Pillow's deep modes.

National Electrical Manufacturers Association, "Digital Imaging and Communications in Medicine (DICOM)", PS3.3 C.7.6.3
(pixels) and C.11.1 (modality LUT). pydicom reads them: pip install 'gankit[medical]'.
"""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

DEFLATED = b"1.2.840.10008.1.2.1.99"
HEAD = 2**16
"""Bytes in which a file states how it is packed."""


def is_dicom(start: bytes) -> bool:
    """Whether a file that starts so is DICOM: the word stands after 128 bytes of anything."""
    return start[128:132] == b"DICM"


def read_header(file: Path | bytes) -> Any:
    """All that the file says but its pixels. Raises what pydicom does, and `ValueError` where it is not there."""
    try:
        pydicom = import_module("pydicom")
    except ImportError:
        raise ValueError("DICOM needs pydicom: pip install 'gankit[medical]'") from None
    with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as opened:
        if DEFLATED in opened.read(HEAD):
            raise ValueError("a DICOM file deflated as a whole: dcmconv +te IN OUT unpacks it")
        opened.seek(0)
        return pydicom.dcmread(opened, stop_before_pixels=True)


def shape_of(header: Any) -> tuple[int, int, int, int]:
    """Frames, rows, columns and samples for a pixel, as the file states them."""
    found = [int(header.get(name) or 1) for name in ("NumberOfFrames", "Rows", "Columns", "SamplesPerPixel")]
    return found[0], found[1], found[2], found[3]


def open_dicom(file: Path | bytes, frame: int) -> Image.Image:
    """One frame: mode L or RGB for bytes to be looked at; I (whole numbers) or F in the units that the file states.

    What is stored with white as its least value (MONOCHROME1) is turned round.
    """
    pixels: Any = import_module("pydicom.pixels")
    dataset: Any = import_module("pydicom").dcmread(io.BytesIO(file) if isinstance(file, bytes) else file)
    values = pixels.pixel_array(dataset, index=frame)
    kind = str(dataset.get("PhotometricInterpretation", ""))
    if kind == "PALETTE COLOR":
        values = pixels.apply_color_lut(values, dataset)
    if values.ndim == 3:
        return Image.fromarray(values if values.dtype == np.uint8 else (values >> 8).astype(np.uint8))
    if kind == "MONOCHROME1":
        top = -1 if int(dataset.get("PixelRepresentation", 0)) else 2 ** int(dataset.BitsStored) - 1
        values = top - values.astype(np.int64)
    scaled = "ModalityLUTSequence" in dataset or (
        (dataset.get("RescaleSlope", 1) or 1, dataset.get("RescaleIntercept", 0) or 0) != (1, 0)
    )
    if scaled:
        values = np.asarray(pixels.apply_modality_lut(values, dataset))
    elif int(dataset.BitsStored) <= 8:
        return Image.fromarray(values.astype(np.uint8))
    whole = values.dtype.kind in "iu" or bool((values == np.floor(values)).all())
    return Image.fromarray(values.astype(np.int32 if whole else np.float32))
