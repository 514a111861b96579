"""From an encoded picture to pixels of one layout: orientation, colour, depth and size."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
GREY = DEEP | {"1", "L", "LA", "La"}

ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is to be turned; from 5 on, height and width change places."""

Encoded = Path | bytes
SWELLING = 50
LARGE = 2**28
"""What is packed may become `SWELLING` times larger, or `LARGE` bytes, before it is taken for a decompression bomb."""


def swells(size: int, packed: int) -> bool:
    """Whether something of `packed` bytes that states that it has `size` when unpacked is likely a bomb."""
    return size > max(LARGE, SWELLING * packed)


class Layout(NamedTuple):
    """How every item of a pack is stored."""

    shape: tuple[int, ...]
    """(height, width, channels) of an image, (dimensions,) of a vector."""
    dtype: np.dtype
    """uint8 or uint16 for images, float32 for vectors."""


class Header(NamedTuple):
    """What a picture says of itself before it is decoded."""

    height: int
    width: int
    mode: str
    alpha: bool


@contextmanager
def strict_pillow() -> Iterator[None]:
    """Make a decompression bomb an error, and quieten Pillow's remarks; for all threads, so enter it once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def mode_of(image: Image.Image) -> str:
    """Pillow's name of the mode, with a word where pixels are transparent and the name does not say so."""
    hidden = image.has_transparency_data and image.mode not in DEEP and not image.mode.lower().endswith("a")
    return f"{image.mode} with alpha" if hidden else image.mode


def open_image(encoded: Encoded) -> Image.Image:
    return Image.open(io.BytesIO(encoded) if isinstance(encoded, bytes) else encoded, formats=FORMATS)


def header(encoded: Encoded) -> Header | None:
    """Size (as seen, so after its EXIF orientation) and mode of a picture; None if it cannot be opened."""
    try:
        with open_image(encoded) as image:
            width, height = image.size
            # To look for EXIF where none was announced is slow, and a PNG is decoded for it. Pillow turns TIFFs.
            if "exif" in image.info and image.getexif().get(ORIENTATION, 1) >= 5:
                width, height = height, width
            alpha = image.has_transparency_data and image.mode not in DEEP
            return Header(height, width, image.mode, alpha)
    except Exception:  # whatever a damaged file makes Pillow raise, `reason` words it when it is decoded
        return None


def shows_through(encoded: Encoded) -> bool:
    """Whether some pixel is not opaque; what cannot be decoded does not object."""
    try:
        with open_image(encoded) as image:
            return image.convert("RGBA").getchannel("A").getextrema() != (255, 255)
    except Exception:
        return True


def choose_layout(headers: Iterable[Header | None], size: tuple[int, int] | None, *, limit: int) -> tuple[Layout, bool]:
    """The layout that serves pictures with these `headers`, and whether all of them have an alpha channel.

    All grey: one channel, of 16 bits where all have them. Otherwise RGB. Without a `size` it is that of the
    pictures if they agree and none is longer than `limit`, else `limit` squared.
    """
    sizes: set[tuple[int, int]] = set()
    modes: set[tuple[str, bool]] = set()
    for found in headers:
        if found:
            sizes.add(found[:2])
            modes.add(found[2:])
    if size is None:
        size = next(iter(sizes)) if len(sizes) == 1 else (limit, limit)
        size = size if max(size) <= limit else (limit, limit)
    channels = 1 if all(mode in GREY for mode, _ in modes) else 3
    deep = all(mode in DEEP for mode, _ in modes)
    dtype = np.dtype(np.uint16 if modes and deep else np.uint8)
    return Layout((*size, channels), dtype), bool(modes) and all(alpha for _, alpha in modes)


def pixels(image: Image.Image, layout: Layout) -> np.ndarray:
    """All pixels of `image`, upright, [height, width, channels] in the channels and depth of `layout`."""
    channels = layout.shape[-1]
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode in DEEP:
        deep = sixteen_bits(image)
        if layout.dtype == np.uint16:
            return deep[..., None]
        image = Image.fromarray(np.rint(deep / 257).astype(np.uint8))
    if channels == 4:
        return np.asarray(image.convert("RGBA"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    plain = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return plain.reshape(*plain.shape[:2], channels)


def sixteen_bits(image: Image.Image) -> np.ndarray:
    """Pixels of a deep grey picture as uint16 [height, width]."""
    values = np.asarray(image)
    top = 1 if image.mode == "F" else 65535
    if not (values.min() >= 0 and values.max() <= top):
        raise ValueError(f"its values lie outside 0 to {top}")
    return np.rint(values * 65535.0).astype(np.uint16) if image.mode == "F" else values.astype(np.uint16)


def fit(values: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Pixels [h, w, C] at `size` (height, width): the largest centred crop of its aspect, by Lanczos."""
    (height, width, channels), (new_height, new_width) = values.shape, size
    if (height, width) == (new_height, new_width):
        return values
    scale = min(height / new_height, width / new_width)
    crop_height, crop_width = min(new_height * scale, height), min(new_width * scale, width)
    left, top = (width - crop_width) / 2, (height - crop_height) / 2
    box = (left, top, left + crop_width, top + crop_height)

    def resize(plane: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(plane).resize((new_width, new_height), Image.Resampling.LANCZOS, box))

    if values.dtype == np.uint8 and channels in (3, 4):
        return resize(np.ascontiguousarray(values))
    planes = (np.ascontiguousarray(values[..., channel]) for channel in range(channels))
    if values.dtype == np.uint8:
        return np.stack([resize(plane) for plane in planes], axis=-1)
    smooth = np.stack([resize(plane.astype(np.float32)) for plane in planes], axis=-1)
    return np.rint(smooth).clip(0, 65535).astype(np.uint16)


def reason(error: Exception, encoded: Encoded) -> str:
    """Why a picture could not be read, in a few words."""
    match error:
        case Image.DecompressionBombWarning() | Image.DecompressionBombError():
            return "far too many pixels: it may be a decompression bomb"
        case UnidentifiedImageError():
            length = len(encoded) if isinstance(encoded, bytes) else encoded.stat().st_size
            return "not a picture" if length else "an empty file"
        case OSError(strerror=str(words)):
            return words.lower()
        case MemoryError():
            return "not enough memory to decode it"
        case _:
            return str(error).splitlines()[0] if str(error) else type(error).__name__
