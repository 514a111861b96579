"""From an encoded picture to pixels of one layout: orientation, colour, depth, values and size."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from gankit.data.pack.encoded import LARGE, Encoded, open_image
from gankit.data.pack.values import BYTES, CONTAINER, FLOATS, INTEGERS, WORDS, Rule, Span, scaled
from gankit.pictures import over_white

DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
GREY = DEEP | {"1", "L", "LA", "La"}

ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is to be turned; from 5 on, height and width change places."""

SWELLING, HARMLESS = 50, 2**28
"""What is packed may become so many times larger, or so many bytes, before it is taken for a decompression bomb."""


def swells(size: int, packed: int) -> bool:
    """Whether something of `packed` bytes that states that it has `size` when unpacked is likely a bomb."""
    return size > max(HARMLESS, SWELLING * packed)


BAND = 512
"""Rows of a large picture that are converted at a time."""
ALONE = Lock()
"""Large pictures are decoded one by one, whatever the number of threads."""


class Layout(NamedTuple):
    """How every item of a pack is stored."""

    shape: tuple[int, ...]
    """(height, width, channels) of an image, (dimensions,) of a vector."""
    dtype: np.dtype
    """uint8 or uint16 for images, float32 for vectors."""
    rule: Rule = MappingProxyType({})
    """What is done to values that do not use their container."""
    pad: bool = False
    """Whether pictures of another aspect are shown whole, between bars, and not cropped."""


class Header(NamedTuple):
    """What a picture says of itself before it is decoded."""

    height: int
    width: int
    mode: str
    alpha: bool


def mode_of(image: Image.Image) -> str:
    """Pillow's name of the mode, with a word where pixels are transparent and the name does not say so."""
    hidden = image.has_transparency_data and image.mode not in DEEP and not image.mode.lower().endswith("a")
    return f"{image.mode} with alpha" if hidden else image.mode


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


def telling(headers: Iterable[Header | None]) -> set[Header]:
    """As few of `headers` as give the same layout as all: of each mode no more than two sizes."""
    kept: dict[tuple[str, bool], set[Header]] = {}
    for found in headers:
        if found:
            alike = kept.setdefault(found[2:], set())
            if len(alike) < 2:
                alike.add(found)
    return set().union(*kept.values())


def choose_layout(headers: Iterable[Header], size: tuple[int, int] | None, *, limit: int) -> tuple[Layout, bool]:
    """The layout that serves pictures with these `headers`, and whether all of them have an alpha channel.

    All grey: one channel, of 16 bits where all have them. Otherwise RGB. Without a `size` it is that of the
    pictures if they agree and none is longer than `limit`, else `limit` squared.
    """
    sizes: set[tuple[int, int]] = set()
    modes: set[tuple[str, bool]] = set()
    for found in headers:
        sizes.add(found[:2])
        modes.add(found[2:])
    if size is None:
        size = next(iter(sizes)) if len(sizes) == 1 else (limit, limit)
        size = size if max(size) <= limit else (limit, limit)
    channels = 1 if all(mode in GREY for mode, _ in modes) else 3
    deep = all(mode in DEEP for mode, _ in modes)
    dtype = np.dtype(np.uint16 if modes and deep else np.uint8)
    return Layout((*size, channels), dtype), bool(modes) and all(alpha for _, alpha in modes)


def kind_of_mode(mode: str) -> str:
    """The kind of values that a picture of `mode` has."""
    return {"I": INTEGERS, "F": FLOATS}.get(mode, WORDS if mode in DEEP else BYTES)


def decoded(image: Image.Image, layout: Layout) -> np.ndarray:
    """The pixels of `image`, upright, as `pixels` gives them; of one of more than `LARGE` a reduced copy.

    It is reduced by a whole number, still at least twice as large as the layout, and band by band: what is held is
    little more than what Pillow itself decodes.
    """
    if image.width * image.height <= LARGE:
        return pixels(image, layout)
    with ALONE:
        turn = image.getexif().get(ORIENTATION, 1)
        sides = layout.shape[:2][::-1] if turn < 5 else layout.shape[:2]
        image.draft(image.mode, (2 * sides[0], 2 * sides[1]))
        factor = max(1, min(image.width // (2 * sides[0]), image.height // (2 * sides[1])))
        rows = max(factor, BAND // factor * factor)
        bands = []
        for top in range(0, image.height - image.height % factor, rows):
            band = image.crop((0, top, image.width - image.width % factor, min(top + rows, image.height)))
            band.info.pop("exif", None)
            band.getexif().clear()
            values = native(band, layout)
            values = values[: len(values) - len(values) % factor]
            shape = (len(values) // factor, factor, values.shape[1] // factor, factor, values.shape[2])
            means = values.reshape(shape).mean((1, 3))
            bands.append(laid_out(means if values.dtype.kind == "f" else np.rint(means).astype(values.dtype), layout))
        return np.ascontiguousarray(turned(np.concatenate(bands), turn))


def turned(values: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels [h, w, C] as they are to be seen, by their EXIF orientation."""
    mirrored = {2: values[:, ::-1], 4: values[::-1], 5: values.swapaxes(0, 1), 7: values[::-1, ::-1].swapaxes(0, 1)}
    return mirrored.get(orientation, np.rot90(values, {3: 2, 6: 3, 8: 1}.get(orientation, 0)))


def pixels(image: Image.Image, layout: Layout) -> np.ndarray:
    """All pixels of `image`, upright, [height, width, channels] in the channels and depth of `layout`, by its rule.

    Raises `ValueError` for NaN and infinity, and for deep values that lie outside 0 to 65535 (0 to 1 for floats) where
    there is no rule for them.
    """
    ImageOps.exif_transpose(image, in_place=True)
    return laid_out(native(image, layout), layout)


def native(image: Image.Image, layout: Layout) -> np.ndarray:
    """The values of `image` as they are in it, [height, width, C]: C is 1 for deep ones, else as in `layout`."""
    channels = layout.shape[-1]
    if image.mode in DEEP:
        values = np.asarray(image)[..., None]
        if image.mode == "F" and not np.isfinite(values).all():
            raise ValueError("it holds NaN or infinity")
        return values if image.mode in ("F", "I") else values.astype(np.uint16)
    if channels == 4:
        return np.asarray(image.convert("RGBA"))
    plain = np.asarray(over_white(image).convert("L" if channels == 1 else "RGB"))
    return plain.reshape(*plain.shape[:2], channels)


def laid_out(values: np.ndarray, layout: Layout) -> np.ndarray:
    """What `native` gave, in the depth and the channels of `layout`."""
    kind = {"u1": BYTES, "u2": WORDS, "f4": FLOATS}.get(values.dtype.str[1:], INTEGERS)
    ends = layout.rule.get(kind) or CONTAINER.get(kind)
    if ends is None:
        ends = (0.0, 1.0 if kind == FLOATS else 65535.0)
        if not (values.min() >= ends[0] and values.max() <= ends[1]):
            raise ValueError(f"its values lie outside 0 to {ends[1]:g}")
    if kind == BYTES and values.shape[2] == 4:
        return np.concatenate([scaled(values[..., :3], ends, np.dtype(np.uint8)), values[..., 3:]], axis=2)
    values = scaled(values, ends, np.dtype(np.uint8) if kind == BYTES else layout.dtype)
    if kind == BYTES or layout.shape[-1] == 1:
        return values
    values = np.repeat(values, layout.shape[-1], axis=2)
    if layout.shape[-1] == 4:
        values[..., 3] = 255
    return values


def span_of(values: np.ndarray) -> Span:
    """The least and the greatest of the values that `native` gave; an alpha channel has no say."""
    kind = {"u1": BYTES, "u2": WORDS, "f4": FLOATS}.get(values.dtype.str[1:], INTEGERS)
    seen = values[..., :3]
    return Span(kind, float(seen.min()), float(seen.max()))


def fit(values: np.ndarray, size: tuple[int, ...], *, pad: bool = False) -> np.ndarray:
    """Pixels [h, w, C] at `size` (height, width): the largest centred crop of its aspect, by Lanczos; or with `pad` all
    of them, between bars of zeros (black, and transparent where there is alpha)."""
    (height, width, channels), (new_height, new_width) = values.shape, size
    if (height, width) == (new_height, new_width):
        return values
    if pad and height * new_width != width * new_height:
        scale = max(height / new_height, width / new_width)
        inner = max(1, round(height / scale)), max(1, round(width / scale))
        top, left = (new_height - inner[0]) // 2, (new_width - inner[1]) // 2
        padded = np.zeros((new_height, new_width, channels), values.dtype)
        padded[top : top + inner[0], left : left + inner[1]] = fit(values, inner)
        return padded
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
