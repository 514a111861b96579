"""Pictures one after the other: films as GIF, or as MP4 where there is an encoder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.base.files import replacing
from gankit.pictures.saving import over_white


def film(
    frames: Sequence[Image.Image], path: str | os.PathLike[str], *, milliseconds: int = 80, rest: int = 2000
) -> Path:
    """An animated GIF of `frames`, over white, that loops, resting on the last one for `rest` milliseconds."""
    path, frames = Path(path), list(map(over_white, frames))
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
        say(f"no MP4 encoder here, so {path.name}: install ffmpeg, or {how_to_install('film')}")
        return film(frames, path, milliseconds=milliseconds, rest=rest)
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = frames[0].size
    still = [frames[-1]] * (rest // milliseconds)
    raw = b"".join(over_white(frame).convert("RGB").tobytes() for frame in (*frames, *still))
    rate = f"{1000 / milliseconds}"
    input_options = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "-"]
    output_options = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"]  # what players can show
    with replacing(path) as partial:
        command = [encoder, "-loglevel", "error", "-y", *input_options, *output_options, "-f", "mp4", str(partial)]
        process = subprocess.run(command, input=raw, capture_output=True, check=False)
        if process.returncode:
            why = process.stderr.decode(errors="replace").strip().splitlines() or [f"status {process.returncode}"]
            raise UserError(f"{encoder} could not write {path} ({why[-1]}): take a name that ends in .gif")
    return path


def find_encoder() -> str | None:
    """The program that writes MP4: ffmpeg on PATH, or the one that imageio-ffmpeg brings; None without either."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg:
        return ffmpeg
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # pyright: ignore[reportMissingImports]

        return get_ffmpeg_exe()
    except (ImportError, RuntimeError):  # not installed; installed without its program
        return None
