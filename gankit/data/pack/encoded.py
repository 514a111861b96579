"""Encoded pictures: told by their content, opened page by page, and never larger in memory than there is room for."""

from __future__ import annotations

import io
import stat
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError, features

from gankit.data.pack.dicom import is_dicom, open_dicom, read_header, shape_of

AVIF = "avif" in features.modules and bool(features.check("avif"))
"""Whether the Pillow that is here decodes AVIF."""
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM", *["AVIF"] * AVIF)
MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
    b"GIF8": "GIF",
}
BRANDS = {"AVIF": (b"avif", b"avis"), "HEIC": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")}
"""How files of one container say which kind of pictures they hold."""
START = 132
"""Bytes of a file that tell its kind."""
ROOM = 2**30
"""Bytes that the pixels of one picture may take in memory."""
LARGE = 89_478_485
"""Pixels above which a picture is reduced while it is decoded: what Pillow warns of."""
BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
"""Of a pixel in memory; all other modes take four."""
MOST_TO_ONE = 200
"""Pixels of a DICOM file for each of its bytes, at most: more frames than that are not believed."""
THUMBNAIL = 254
"""The tag of a TIFF's page that says whether it is a smaller copy of another."""


class Page(NamedTuple):
    """One page of a stack, or frame of an animation."""

    file: Path | bytes
    number: int


Encoded = Path | bytes | Page


class TooLargeError(ValueError):
    """A picture whose pixels do not fit into `ROOM`."""


@contextmanager
def strict_pillow() -> Iterator[None]:
    """Judge pictures by `ROOM` and not by Pillow's count of pixels, and quieten its remarks; for all threads, so enter
    it once."""
    most = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(PIL|pydicom)\.")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = most


def open_image(encoded: Encoded) -> Image.Image:
    """The picture, not yet decoded. Raises whatever a damaged file makes Pillow raise, and `TooLargeError`."""
    file, number = encoded if isinstance(encoded, Page) else (encoded, 0)
    if not isinstance(file, bytes):
        require_file(file)
    if is_dicom(file[:START] if isinstance(file, bytes) else start_of(file)):
        _, height, width, samples = shape_of(read_header(file))
        require_room(height, width, 4 * samples)
        return open_dicom(file, number)
    image = Image.open(io.BytesIO(file) if isinstance(file, bytes) else file, formats=FORMATS)
    try:
        if isinstance(encoded, Page):
            image.seek(number)
        width, height = image.size
        shrink = 8 if image.format == "JPEG" and width * height > LARGE else 1
        require_room(height, width, BYTES.get(image.mode, 4) / shrink**2)
    except BaseException:
        image.close()
        raise
    return image


def require_file(path: Path) -> None:
    """Raise `OSError` for what is not there, and `ValueError` for what may never end: a pipe or a device."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("not a file: a folder, a pipe or a device")


def require_room(height: int, width: int, each: float) -> None:
    """Raise `TooLargeError` where pixels of so many bytes `each` do not fit into `ROOM`."""
    needed = width * height * each
    if needed > ROOM:
        raise TooLargeError(f"its {width}x{height} pixels would take {needed / 2**30:.1f} GiB of memory")


def format_of(start: bytes) -> str | None:
    """The format of a picture by its first `START` bytes; None where it is none that is read."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3].isspace():
        return "PPM"
    if is_dicom(start):
        return "DICOM"
    if AVIF and brand_of(start) == "AVIF":
        return "AVIF"
    return next((name for magic, name in MAGIC.items() if start.startswith(magic)), None)


def brand_of(start: bytes) -> str | None:
    """AVIF or HEIC, by the first bytes of a file; None for any other."""
    return next((name for name, brands in BRANDS.items() if start[4:8] == b"ftyp" and start[8:12] in brands), None)


def may_have_pages(start: bytes) -> bool:
    """Whether a picture that starts so may be a stack or an animation."""
    name = format_of(start)
    if name == "PNG":  # an animation says so right after its header
        return start[37:41] == b"acTL"
    if name == "WEBP":
        return start[12:16] == b"VP8X" and bool(start[20] & 2)
    if name == "AVIF":
        return start[8:12] == b"avis"
    return name in ("TIFF", "GIF", "DICOM")


def pages(file: Path | bytes) -> list[int]:
    """The numbers of the pages of a picture, without the smaller copies that some TIFFs hold; [0] for one that cannot
    be read."""
    try:
        if is_dicom(file[:START] if isinstance(file, bytes) else start_of(file)):
            frames, height, width, _ = shape_of(read_header(file))
            size = len(file) if isinstance(file, bytes) else file.stat().st_size
            return list(range(frames if frames * height * width <= MOST_TO_ONE * size else 1))
        with (
            strict_pillow(),
            Image.open(io.BytesIO(file) if isinstance(file, bytes) else file, formats=FORMATS) as image,
        ):
            count = getattr(image, "n_frames", 1)
            if image.format != "TIFF" or count == 1:
                return list(range(count))
            found = []
            for number in range(count):
                image.seek(number)
                if not int(getattr(image, "tag_v2", {}).get(THUMBNAIL, 0)) & 1:
                    found.append(number)
            return found or [0]
    except Exception:  # whatever a damaged file makes Pillow raise, `reason` words it when it is decoded
        return [0]


def start_of(path: Path) -> bytes:
    """The first bytes of a file; none of one that cannot be read, or of a pipe or a device, which might give none."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(START)
    except OSError:
        return b""


def reason(error: Exception, encoded: Encoded) -> str:
    """Why a picture could not be read, in a few words."""
    match error:
        case TooLargeError():
            return f"{error}: it may be a decompression bomb"
        case UnidentifiedImageError():
            file = encoded.file if isinstance(encoded, Page) else encoded
            start = file[:START] if isinstance(file, bytes) else start_of(file)
            if brand := brand_of(start):
                return f"{brand}, which is not read: convert it to JPEG"
            return "not a picture" if start else "an empty file"
        case OSError(strerror=str(words)):
            return words.lower()
        case MemoryError():
            return "not enough memory to decode it"
        case struct.error():
            return "damaged"
        case _:
            return str(error).splitlines()[0] if str(error) else type(error).__name__
