"""Arrays by name from MATLAB's .mat and PyTorch's .pt files."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np
import torch

from gankit.base.errors import UserError
from gankit.data.pack.content import Numbers
from gankit.data.pack.decode import HARMLESS, SWELLING, swells
from gankit.data.pack.encoded import start_of
from gankit.data.sources.arrays import TARGETS, from_array, from_named, wording

COMPRESSED, HEAD = 15, 128
"""The type of a compressed element in a .mat file, and the bytes before the first."""
HDF5 = b"\x89HDF\r\n\x1a\n"


def is_hdf5(start: bytes) -> bool:
    return start.startswith((HDF5, b"MATLAB 7.3"))


def refuse_hdf5(path: Path) -> None:
    """Raise `UserError` for HDF5, and so for MATLAB's version 7.3."""
    if is_hdf5(start_of(path)):
        how = f"""python -c "import h5py, numpy; f = h5py.File('{path}'); numpy.savez('{path.with_suffix(".npz")}', """
        how += """**{k: v[()] for k, v in f.items() if hasattr(v, 'shape')})\""""
        raise UserError(f"{str(path)!r} is HDF5 (MATLAB's -v7.3), which is not read: convert it, by {how}")


def read_mat(path: Path, split: str, labels: str | None, layout: str | None) -> Numbers:
    """The images of a split, and their labels, of a .mat file up to version 7; MATLAB counts pictures by the last axis,
    which is seen where it is so, and said.

    Raises `UserError` for version 7.3, and where it would be too much when unpacked.
    """
    refuse_hdf5(path)
    with wording(path):
        refuse_swelling(path)
        from scipy.io import loadmat

        found: dict[str, Any] = loadmat(path)
        arrays = {
            name: values.reshape(-1) if values.ndim == 2 and values.shape[0] == 1 < values.shape[1] else values
            for name, values in found.items()
            if isinstance(values, np.ndarray) and values.dtype.kind in "biuf" and values.size
        }
        rows = {len(values.reshape(-1)) for name, values in arrays.items() if name.lower() in TARGETS}
        last = {name for name, values in arrays.items() if layout is None and counted_last(values.shape, rows)}
        turned = {name: np.moveaxis(values, -1, 0) if name in last else values for name, values in arrays.items()}
        numbers = from_named(turned, repr(str(path)), split, labels, layout)
        how = (f"the last axis of {', '.join(sorted(last))} counts the pictures, as in MATLAB",) if last else ()
        return replace(numbers, notes=(*numbers.notes, *how))


def counted_last(shape: tuple[int, ...], rows: set[int]) -> bool:
    """Whether the last axis of an array counts its pictures: by as many labels, else by the other sides."""
    if len(shape) not in (3, 4) or shape[0] in rows:
        return False
    if shape[-1] in rows:
        return True
    if len(shape) == 3:
        return shape[0] == shape[1] != shape[2]
    return shape[2] in (1, 3, 4) and shape[3] > 4 and min(shape[:2]) > 4


def refuse_swelling(path: Path) -> None:
    """Raise `UserError` where a .mat file becomes far larger than it is: counted while unpacking, nothing kept."""
    size = path.stat().st_size
    most = max(HARMLESS, SWELLING * size)
    with path.open("rb") as file:
        order = "little" if file.read(HEAD)[126:128] == b"IM" else "big"
        total = 0
        while len(tag := file.read(8)) == 8:
            kind, length = int.from_bytes(tag[:4], order), int.from_bytes(tag[4:], order)
            if kind != COMPRESSED:
                file.seek(length, 1)
                continue
            unpacker, left = zlib.decompressobj(), length
            while left > 0 and (piece := file.read(min(left, 2**16))):
                left -= len(piece)
                total += len(unpacker.decompress(piece))
                if total > most:
                    raise UserError(f"{str(path)!r} becomes over {most:,} bytes: it may be a decompression bomb")


def read_pt(path: Path, split: str, labels: str | None, layout: str | None) -> Numbers:
    """The images of a split, and their labels, of what `torch.save` wrote: a tensor, a dictionary of them, or images
    and labels. Only tensors are read, and nothing in the file is run.

    Raises `UserError` where it holds anything else.
    """
    name = repr(str(path))
    with wording(path):
        packed = is_zipfile(path)
        if packed:
            with ZipFile(path) as archive:
                if swells(sum(member.file_size for member in archive.infolist()), path.stat().st_size):
                    raise UserError(f"{name} becomes far larger than it is: it may be a decompression bomb")
        try:
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=packed)
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"{name} holds no plain tensors ({str(error).splitlines()[0][:80]}): where it is yours, load it and "
                "numpy.savez its images and labels to an .npz file"
            ) from error
        if isinstance(found, torch.Tensor):
            return from_array(as_array(found, path), name=name, layout=layout)
        if isinstance(found, tuple | list) and found and all(isinstance(part, torch.Tensor) for part in found[:2]):
            found = dict(zip(("images", "labels"), found, strict=False))
        if not isinstance(found, dict):
            raise UserError(f"{name} holds {type(found).__name__}, not a tensor or a dictionary of tensors")
        tensors = {str(key): part for key, part in found.items() if isinstance(part, torch.Tensor)}
        return from_named({key: as_array(part, path) for key, part in tensors.items()}, name, split, labels, layout)


def as_array(tensor: torch.Tensor, path: Path) -> np.ndarray:
    """A tensor of the file at `path`, where it holds what the tensor shows: a few bytes can be shown as any number."""
    if tensor.layout is not torch.strided or tensor.is_quantized:
        raise UserError(f"{str(path)!r} holds a sparse or quantised tensor: save it dense, as numbers")
    if swells(tensor.numel() * tensor.element_size(), path.stat().st_size):
        raise UserError(f"{str(path)!r} shows its bytes as {tensor.numel():,} numbers: save the tensor's clone()")
    return (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).detach().numpy()
