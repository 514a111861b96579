"""A run as others may have it: its weights, its configuration and a card to read, and nothing of how it was trained on.

model.safetensors  the generator or translator; its metadata say the step
config.json        as in the run; folders of the user's are named by their last part alone
card.json          the figures that are known of these weights
samples.png        what it makes
README.md          the card
method.py          a method of the user's own, which nobody's `load` runs without trust
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from gankit import hub
from gankit.base.errors import warn
from gankit.base.files import new_folder, read_bytes, refuse_filled, write_bytes, write_text
from gankit.evaluation.card import Card
from gankit.hub.card import readme
from gankit.runs.directory import CONFIG, METHOD, config_seal
from gankit.runs.facts import facts_of, figures_of, source_name
from gankit.runs.run import Run, Weights, load
from gankit.training.weights import MODEL, with_facts

SHEET = 64


def write_published(
    run: Run, folder: Path, *, weights: Weights = "average", license: str = "", name: str = "OWNER/NAME"
) -> Path:
    """Write `run` with its `weights` into a new `folder`, whole or not at all. Raises `UserError` where it is there."""
    refuse_filled(folder)
    state, step = run.weights(weights)
    with new_folder(folder) as partial:
        _fill(partial, run, state, step, weights, license, name)
    return folder


def _fill(
    folder: Path, run: Run, state: dict[str, Tensor], step: int, weights: Weights, license: str, name: str
) -> None:
    config = {**run.config, "data": {**run.config["data"], "source": source_name(run.config["data"]["source"])}}
    facts = facts_of(run, step, weights)
    held = {"step": step, "weights": weights, "config": config_seal(config)}
    write_bytes(folder / MODEL, save(state, metadata=with_facts(held)))
    write_text(folder / CONFIG, json.dumps(config, indent=1) + "\n")
    figures = figures_of(run, step, weights)
    if figures:
        Card(figures).save(folder)
    if (run.directory / METHOD).is_file() and facts["paper"] is None:
        write_bytes(folder / METHOD, read_bytes(run.directory / METHOD))
    picture = None
    if not run.spec.other_shape:
        picture = run.sample(SHEET, weights=weights, device="cpu").save(folder / "samples.png").name
    elif found := sorted(run.directory.glob("previews/step-*.png")):
        picture = "samples.png"
        write_bytes(folder / picture, read_bytes(found[-1]))
    own = (folder / METHOD).exists()
    page = readme(facts, Card(figures), config, picture=picture, license=license, own=own, name=name)
    write_text(folder / "README.md", page)


def push(
    run: Run | str | os.PathLike[str],
    name: str,
    *,
    weights: Weights = "average",
    license: str = "",
    private: bool = False,
    message: str = "",
    trust: bool = False,
    say: Callable[[str], None] | None = None,
) -> str:
    """Send `run` to the hub as `name`, "owner/name", and return its address. `gankit.load("hub:owner/name")` opens it.

    `license` is what others may do with it, by the hub's name for it ("mit", "cc-by-4.0"); without one the card says
    that none is stated. What is sent is what `gankit export --to safetensors` writes. Raises `UserError` where the name
    is taken by something else, or the hub can't be reached or refuses.
    """
    from tempfile import TemporaryDirectory

    repository = hub.repository(name)
    run = run if isinstance(run, Run) else load(run, trust=trust)
    with TemporaryDirectory() as place:
        folder = write_published(run, Path(place) / "run", weights=weights, license=license, name=repository)
        sent = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
        (say or warn)("sending     " + ", ".join(f"{name} ({size / 2**20:.1f} MiB)" for name, size in sent.items()))
        return hub.send(
            folder, repository, private=private, message=message or f"A {type(run.method).__name__} of gankit"
        )
