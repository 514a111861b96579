"""The pictures of a run's page: previews as they are, and what its generator is asked for that page."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from gankit import pictures
from gankit.base.errors import UserError
from gankit.base.files import cache_root, read_bytes, read_json, refuse_foreign, write_json
from gankit.base.typed import fits
from gankit.data import Pack
from gankit.evaluation.inputs import MetricInputs, as_stored
from gankit.exploration.latents import of_seeds
from gankit.exploration.neighbours import neighbours
from gankit.exploration.walk import walk
from gankit.features import FeatureNetwork, feature_network
from gankit.game import Generator
from gankit.pictures.samples import draw
from gankit.reporting import Picture, Shown
from gankit.runs.directory import PREVIEWS, inside
from gankit.runs.run import Run

PREVIEW = re.compile(r"step-(\d{6,15})\.png")
FOLDER, MAKER = "report", "gankit report"
LARGE = 150_000
"""Bytes above which a preview goes into the page as JPEG, if that is much smaller."""
PIXELS, BYTES = 40_000_000, 32 * 2**20
"""A larger picture, or file, is left out."""
NEIGHBOURS, STOPS = 10, 5
"""Samples beside their nearest training images, and latents that the walk goes through."""
TITLES = {"neighbours": "Nearest training images", "walk": "A walk between latents"}
MEMORISATION = Path("memorisation.png")
"""What `gankit evaluate --metrics memorisation` draws."""


def preview_steps(directory: Path) -> list[int]:
    """The steps of a run's previews, in order; a link is none."""
    found = (path for path in (directory / PREVIEWS).glob("step-*.png") if path.is_file() and not path.is_symlink())
    matches = (PREVIEW.fullmatch(path.name) for path in found)
    return sorted(int(match[1]) for match in matches if match and match[0] == f"step-{int(match[1]):06d}.png")


def rendered(path: Path) -> Picture | None:
    """The picture in a PNG file, as JPEG where that is much smaller; None where it is none, or too large."""
    if path.is_symlink() or path.stat().st_size > BYTES:
        return None
    content = read_bytes(path)
    if len(content) < 33 or not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    width, height = struct.unpack(">II", content[16:24])
    if not 0 < width * height <= PIXELS:
        return None
    picture = Picture(content, "image/png", width, height)
    if len(content) <= LARGE:
        return picture
    smaller = BytesIO()
    try:
        with Image.open(BytesIO(content), formats=["PNG"]) as opened:
            pictures.over_white(opened).convert("RGB").save(smaller, "JPEG", quality=88, subsampling=0)
    except Exception:  # whatever a damaged file makes of a decoder: the browser may show what there is
        return picture
    if len(smaller.getvalue()) > 0.6 * len(content):
        return picture
    return Picture(smaller.getvalue(), "image/jpeg", width, height)


def kept_pictures(directory: Path) -> list[Shown]:
    """What was made for the page before, and the memorisation report, as far as they are there and whole."""
    shown = []
    said = _stated(directory)
    for name, title in TITLES.items():
        entry = said.get(name)
        picture = _kept(directory / FOLDER / f"{name}.png")
        if picture and isinstance(entry, dict):
            words = f"{str(entry.get('words'))[:600]} At step {entry.get('step')}."
            shown.append(Shown(title, picture, words, f"{title}: {words}"))
    if picture := _kept(directory / MEMORISATION):
        words = "Samples beside the training images most like them, as gankit evaluate found them."
        shown.append(Shown("Memorisation", picture, words, words))
    return shown


def make_pictures(run: Run, *, seed: int, device: str, say: Callable[[str], None]) -> None:
    """Have the newest generator of `run` make its neighbours and a walk, unless they are there; `say` what can't be."""
    if run.spec.other_shape or not run.spec.is_image:
        return
    known = run.steps()
    said = _stated(run.directory)
    wanted = {"step": max(known, default=0), "seed": seed}
    if all(_is_of(said.get(name), wanted) and _kept(run.directory / FOLDER / f"{name}.png") for name in TITLES):
        return
    folder = inside(run.directory, run.directory / FOLDER / "pictures.json").parent
    refuse_foreign(folder / "pictures.json", MAKER)
    try:
        generator, step = run.generator_at(device=device)
    except UserError as error:
        say(f"no walk and no neighbours: {error}")
        return
    network = feature_network("auto", run.spec, run.config["data"]["source"]).to(generator.device)
    makers = {"walk": _walk, "neighbours": _neighbours}
    made: dict[str, Any] = {}
    for name, make in makers.items():
        try:
            answer, words = make(run, generator, network, seed)
            pictures.save(answer.picture(), folder / f"{name}.png")
            made[name] = {"step": step, "seed": seed, "words": words}
        except UserError as error:
            say(f"no {name}: {error}")
    if made:
        write_json(folder / "pictures.json", made, maker=MAKER)


def sample_inputs(generator: Generator, train: Pack, network: FeatureNetwork, n: int, seed: int) -> MetricInputs:
    """`n` samples of `seed` beside all of `train`, for a search of their neighbours there."""
    return MetricInputs(
        samples=as_stored(draw(generator, n, seed=seed), train),
        split=train,
        train=train,
        real=len(train),
        network=network,
        generator=None,
        classifier=None,
        seed=seed,
        cache=cache_root(),
    )


def _walk(run: Run, generator: Generator, network: FeatureNetwork, seed: int) -> tuple[Any, str]:
    seeds = range(seed, seed + STOPS)
    found = walk(generator, of_seeds(generator, seeds), features=network, names=list(map(str, seeds)))
    words = "From each latent to the next: smooth is good, a jump from one picture to another is a sign of memory"
    return found, f"{words} ({found.verdict()})."


def _neighbours(run: Run, generator: Generator, network: FeatureNetwork, seed: int) -> tuple[Any, str]:
    found = neighbours(sample_inputs(generator, run.data(), network, NEIGHBOURS, seed))
    ratio = min(found.numbers["ratio"])
    words = "Samples above the training images nearest to them; the number is how near, over the distance of others"
    return found, f"{words} like it: copies are near 0. The least is {ratio:.2f}."


def _stated(directory: Path) -> dict[str, Any]:
    path = directory / FOLDER / "pictures.json"
    try:
        found = read_json(path) if path.is_file() else {}
    except UserError:
        return {}
    return found if isinstance(found, dict) and found.get("made_by") == MAKER else {}


def _is_of(entry: Any, wanted: dict[str, int]) -> bool:
    return isinstance(entry, dict) and all(
        fits(entry.get(name), int) and entry[name] == wanted[name] for name in wanted
    )


def _kept(path: Path) -> Picture | None:
    return rendered(path) if path.is_file() else None
