"""Samples as pictures: grids of images, clouds of points, and films of either."""

from __future__ import annotations

import io
import math
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.files import replacing

HEAD = 14
"""Pixels for a column's name."""


def to_bytes(images: Tensor) -> np.ndarray:
    """Images [n, C, H, W] in [-1, 1] as uint8 [n, H, W, C]."""
    scaled = images.detach().float().cpu().clamp(-1, 1).add(1).mul(127.5).round()
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).numpy()


def to_pil(pixels: np.ndarray) -> Image.Image:
    """One picture from uint8 [H, W, C]; channel counts PIL has no mode for show their first channel."""
    channels = pixels.shape[-1]
    return Image.fromarray(pixels if channels in (3, 4) else np.ascontiguousarray(pixels[..., 0]))


def grid(images: Tensor, *, columns: int | None = None, gap: int = 2) -> Image.Image:
    """A sheet of images [n, C, H, W] in [-1, 1], row by row; small ones are enlarged by a whole factor."""
    pixels = to_bytes(images)
    n, height, width, channels = pixels.shape
    columns = columns or math.ceil(math.sqrt(n * height / width))
    rows = math.ceil(n / columns)
    scale = max(1, 64 // max(height, width))
    pixels = pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    height, width = height * scale + gap, width * scale + gap
    sheet = np.zeros((rows * height + gap, columns * width + gap, channels), np.uint8)
    for index, picture in enumerate(pixels):
        top, left = gap + index // columns * height, gap + index % columns * width
        sheet[top : top + height - gap, left : left + width - gap] = picture
    return to_pil(sheet)


def columns(named: Sequence[tuple[str, Tensor]], *, gap: int = 2) -> Image.Image:
    """A sheet with a column for each of `named`, a name and images [n, C, H, W] in [-1, 1], of any channel counts."""
    sheets = []
    for name, images in named:
        strip = grid(coloured(images), columns=1, gap=gap)
        sheet = Image.new("RGB", (strip.width, strip.height + HEAD), "white")
        sheet.paste(strip, (0, HEAD))
        ImageDraw.Draw(sheet).text((strip.width / 2, HEAD / 2), name, fill="black", anchor="mm")
        sheets.append(sheet)
    whole = Image.new("RGB", (sum(sheet.width for sheet in sheets), max(sheet.height for sheet in sheets)), "white")
    left = 0
    for sheet in sheets:
        whole.paste(sheet, (left, 0))
        left += sheet.width
    return whole


def coloured(images: Tensor) -> Tensor:
    """Images [n, C, H, W] in [-1, 1] as [n, 3, H, W]: transparent ones over white, of other channels the first."""
    if images.shape[1] == 4:
        opaque = (images[:, 3:] + 1) / 2
        return images[:, :3] * opaque + 1 - opaque
    return images if images.shape[1] == 3 else images[:, :1].expand(-1, 3, -1, -1)


def columns_by_label(labels: Tensor) -> int | None:
    """Columns of a sheet in which labels that go round, 0, 1, ..., 0, 1, ..., stand below their like.

    None for labels that don't, and where there are too many for a row.
    """
    classes = int(labels.max()) + 1
    if not 2 <= classes <= 20 or not torch.equal(labels.cpu(), torch.arange(len(labels)) % classes):
        return None
    return classes * max(1, 8 // classes)


def cloud(groups: Mapping[str, Tensor], *, size: int = 512) -> Image.Image:
    """Named groups of points [n, D]: histograms where D is 1, else scattered in their first two dimensions."""
    figure, axes = new_figure(size)
    for (label, points), colour in zip(groups.items(), ("0.6", "tab:green", "tab:blue"), strict=False):
        shown = points.detach().float().cpu().numpy()
        if shown.shape[1] == 1:
            axes.hist(shown[:, 0], bins=60, density=True, alpha=0.6, color=colour, label=label)
        else:
            axes.scatter(shown[:, 0], shown[:, 1], s=3, alpha=0.5, color=colour, label=label)
    axes.legend(loc="upper right")
    return figure_to_pil(figure)


def new_figure(size: int) -> tuple[Any, Any]:
    """A square matplotlib figure of `size` pixels, on no screen, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size / 100, size / 100), dpi=100, layout="constrained")
    return figure, figure.subplots()


def figure_to_pil(figure: Any) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return Image.open(buffer).convert("RGB")


def save(
    picture: Image.Image, path: str | os.PathLike[str], options: Mapping[str, Mapping[str, Any]] | None = None
) -> Path:
    """Write `picture` in the format of `path`'s suffix (PNG if it has none); a reader never sees half of it.

    `options` are Pillow's, by the format. Raises `UserError` for a format that Pillow only reads, or not for `picture`.
    """
    path = Path(path)
    kind = Image.registered_extensions().get(path.suffix.lower(), "PNG")
    refusal = f"can't write {path}: pictures like this can't be written as {kind}; take .png, .jpg, .webp or .tiff"
    if kind not in Image.SAVE:
        raise UserError(refusal)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with replacing(path) as partial:
            picture.save(partial, format=kind, **(options or {}).get(kind, {}))
    except ValueError as error:  # some formats' word for a mode that they do not have; others raise an OSError
        raise UserError(refusal) from error
    return path


def film(
    frames: Sequence[Image.Image], path: str | os.PathLike[str], *, milliseconds: int = 80, rest: int = 2000
) -> Path:
    """An animated GIF of `frames` that loops, resting on the last one for `rest` milliseconds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    durations = [milliseconds] * (len(frames) - 1) + [rest]
    with replacing(path) as partial:
        frames[0].save(partial, format="GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return path


def movie(
    frames: Sequence[Image.Image],
    path: str | os.PathLike[str],
    *,
    milliseconds: int = 80,
    rest: int = 2000,
    say: Callable[[str], None] = print,
) -> Path:
    """A film of `frames`, all of one size, resting on the last one: MP4 or GIF, by the suffix of `path`.

    MP4 takes an encoder. Where there is none the film becomes a GIF of the same name, and that is said. Returns
    where it was written.
    """
    path = Path(path)
    if path.suffix.lower() != ".mp4":
        return film(frames, path, milliseconds=milliseconds, rest=rest)
    encoder = find_encoder()
    if encoder is None:
        path = path.with_suffix(".gif")
        say(f"no MP4 encoder here, so {path.name}: install ffmpeg, or pip install 'gankit[film]'")
        return film(frames, path, milliseconds=milliseconds, rest=rest)
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = frames[0].size
    still = [frames[-1]] * (rest // milliseconds)
    raw = b"".join(frame.convert("RGB").tobytes() for frame in (*frames, *still))
    rate = f"{1000 / milliseconds}"
    taken = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "-"]
    even = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"]  # what players can show
    with replacing(path) as partial:
        command = [encoder, "-loglevel", "error", "-y", *taken, *even, "-f", "mp4", str(partial)]
        done = subprocess.run(command, input=raw, capture_output=True, check=False)
        if done.returncode:
            why = done.stderr.decode(errors="replace").strip().splitlines() or [f"status {done.returncode}"]
            raise UserError(f"{encoder} could not write {path} ({why[-1]}): take a name that ends in .gif")
    return path


def find_encoder() -> str | None:
    """The program that writes MP4: ffmpeg on PATH, or the one that imageio-ffmpeg brings; None without either."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # pyright: ignore[reportMissingImports]

        return get_ffmpeg_exe()
    except (ImportError, RuntimeError):  # not installed; installed without its program
        return None
