"""`make pin`: five steps of every method, to the bit, beside what they were before a change that should change nothing.

Nothing here knows where a file of gankit lies: methods are the public ones, by name, and what they are made of is
found by the annotations of their fields. Plain, it compares with what is recorded for this kind of machine, as other
kinds round otherwise; with `--base COMMIT`, with that commit, played here and now.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import fields, is_dataclass, replace
from io import StringIO
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args, get_type_hints

import torch

import gankit

ROOT = Path(__file__).resolve().parents[1]
PINS = Path(__file__).resolve().parent / "pins"
Terms = dict[str, list[float]]
"""A loss term's values, step by step, by its name in the log."""

BATCH = 8
SIDES = {"pair": "edges", "size": "16"}
RING = {"data": "ring"}
CYCLE = {"kind": "ResNetNetwork", "width": 8, "blocks": 2, "discriminator_width": 8}
UNET = {"kind": "UNetNetwork", "width": 8, "discriminator_width": 8}
ALL_STABILISERS = {"instance_noise": 0.3, "instance_noise_steps": 4, "replay": 12, "history": 0.1}
POINTS = ("WGANGP", "WGAN", "LSGAN", "DRAGAN", "EBGAN", "BEGAN")
"""The methods that have networks for images and for vectors side by side."""

PLAYED: dict[str, dict[str, Any]] = {
    "GAN": {},
    "GAN mlp": {"network": {"kind": "MLP"}},
    "GAN mlp minibatch": {"network": {"kind": "MLP", "minibatch": 5}, "smoothing": 0.1},
    "GAN conv": {"network": {"kind": "DCGANNetwork"}, "discriminator_steps": 2},
    "GAN minimax": {"objective": "minimax", "network": {"units": 32}, "generator_optimizer": {"kind": "Adam"}},
    "GAN in turn": {"at_once": False},
    "GAN at once": {"at_once": True, "network": {"kind": "MLP"}, "smoothing": 0.1},
    "GAN at once stabilised": {"stabilisers": {"instance_noise": 0.1, "history": 0.1}},
    "GAN points": {"network": {"kind": "MLP", "latent": 2}, "train": RING},
    "DCGAN": {},
    "DCGAN spectral": {"network": {"discriminator_norm": "spectral"}},
    "DCGAN layer": {"network": {"discriminator_norm": "layer", "kernel": 5}},
    "DCGAN none": {"network": {"generator_norm": "none", "discriminator_norm": "none", "init_sd": None}},
    "DCGAN minibatch": {"network": {"minibatch": 5, "prior": "normal"}},
    "DCGAN 13x20": {"network": {"width": 8}, "train": {"size": "13x20", "flip": True}},
    "DCGAN noise": {"stabilisers": {"instance_noise": 0.3, "instance_noise_steps": 4}},
    "DCGAN replay": {"stabilisers": {"replay": 12}},
    "DCGAN history": {"stabilisers": {"history": 0.1}},
    "DCGAN stabilised": {"stabilisers": ALL_STABILISERS, "smoothing": 0.1},
    "DCGAN augmented": {"stabilisers": {"augment": ("color", "translation", "cutout")}},
    "DCGAN ada": {"stabilisers": {"augment": ("color", "flip"), "ada": 0.1, "ada_images": 100}},
    "DCGAN resize": {"network": {"upsample": "resize", "minibatch_deviation": 4}, "train": {"ema_images": 20}},
    "DCGAN decay": {"generator_optimizer": {"decay_after": 1, "decay_steps": 3, "weight_decay": 0.1}},
    "DCGAN seed": {"train": {"seed": 7, "ema": 0.5}},
    "DCGAN bf16": {"train": {"precision": "bf16"}},
    "DCGAN spectral bf16": {"network": {"discriminator_norm": "spectral"}, "train": {"precision": "bf16"}},
    "WGANGP": {},
    "WGANGP layer": {"network": {"conv": {"discriminator_norm": "layer"}}},
    "CGAN": {},
    "CGAN in turn": {
        "network": {"prior": "cube", "initial_weights": "torch"},
        "at_once": False,
        "discriminator_optimizer": {"lr": 0.1, "lr_floor": 1e-6},
    },
    "CGAN conv": {"network": {"kind": "ConditionalDCGAN"}, "generator_optimizer": {"kind": "Adam"}},
    "CGAN conv batch": {"network": {"kind": "ConditionalDCGAN", "sample_norm": "batch"}},
    "CGAN conv gains": {"network": {"kind": "ConditionalDCGAN", "gains": True}, "stabilisers": {"instance_noise": 0.1}},
    "ACGAN": {},
    "ACGAN real classes": {"fake_class": False},
    "ACGAN own": {"network": {"kind": "ACGANNetwork", "noise": 0.1}, "train": {"size": "16"}},
    "ACGAN mlp": {"network": {"kind": "MLP"}, "smoothing": 0.1},
    "InfoGAN": {},
    "InfoGAN conv": {"network": {"kind": "DCGANNetwork"}, "learn_spread": False},
    "InfoGAN mlp": {"network": {"kind": "MLP"}, "noise": 5, "categorical": (3, 4), "continuous": 1},
    "CatGAN": {},
    "CatGAN labels": {"labels": 20, "network": {"kind": "DCGANNetwork"}},
    "CatGAN conv": {"network": {"kind": "ConvCatGAN"}, "labels": 20},
    "CatGAN mlp": {"network": {"kind": "MLP"}, "categories": 6},
    "SGAN": {},
    "SGAN weight norm": {"network": {"kind": "WeightNormMLP"}, "labels": 20},
    "SGAN features": {"network": {"kind": "WeightNormMLP"}, "generator_objective": "feature-matching"},
    "SGAN mlp": {"network": {"kind": "MLP"}, "generator_objective": "feature-matching", "smoothing": 0.1},
    "WGAN": {},
    "WGAN long": {"long_phases": True, "network": {"conv": {"width": 4}}, "batch_size": 2},
    "WGAN adam": {"generator_optimizer": {"kind": "Adam"}, "discriminator_optimizer": {"kind": "Adam"}},
    "LSGAN": {},
    "LSGAN pearson": {"fake_target": -1.0, "wanted": 0.0},
    "DRAGAN": {},
    "DRAGAN released": {"noise": "released", "network": {"conv": {"discriminator_norm": "layer"}}},
    **{
        f"FGAN {name}": {"divergence": name, "trick": name in ("kl", "js", "gan")}
        for name in ("kl", "reverse-kl", "pearson", "neyman", "hellinger", "jeffrey", "js", "gan")
    },
    "FGAN": {},
    "FGAN conv": {"network": {"kind": "DCGANNetwork"}, "divergence": "js"},
    "EBGAN": {},
    "EBGAN repelling": {"repelling": 0.1, "energy": "mean-square", "margin": 1.0},
    "EBGAN mlp": {"network": {"kind": "MLPAutoencoder"}},
    "BEGAN": {},
    "BEGAN grey": {"network": {"conv": {"start": "grey", "base": 4, "filters": 16}}, "train": {"size": "16"}},
    **{f"{name} points": {"train": RING} for name in POINTS},
    "SNGAN": {"network": {"width": 32, "discriminator_width": 32}},
    "SNGAN labels": {"conditional": True, "network": {"width": 16, "discriminator_width": 16}, "train": {"size": "16"}},
    "SNGAN conv": {"network": {"kind": "DCGANNetwork", "width": 16, "discriminator_norm": "spectral"}},
    "R3GAN": {"network": {"width": 32}},
    "R3GAN absolute": {"network": {"width": 16, "blocks": 1}, "relativistic": False, "r2": 0.0},
    "FastGAN": {"network": {"width": 8, "discriminator_width": 8, "latent": 32}},
    "FastGAN blind": {"network": {"width": 8, "discriminator_width": 8, "latent": 32, "eyes": None}},
    "ProjectedGAN": {
        "network": {"width": 8, "latent": 32, "eyes": "photos-cnn", "side": 32, "mixed_width": 8},
        "train": {"size": "16"},
    },
    "R3GAN mlp": {"network": {"kind": "MLP", "dropout": 0.0}, "train": RING},
    "Pix2Pix augmented": {"network": {"width": 16}, "stabilisers": {"augment": ("color", "translation")}},
    "Pix2Pix": {"network": {"width": 16}},
    "Pix2Pix batch": {"network": {**UNET, "norm": "batch", "test_noise": False}, "train": {"pair": "rotate"}},
    "Pix2Pix alone": {"network": {**UNET, "patch": 16}, "conditional": False, "train": {"direction": "BtoA"}},
    "Pix2Pix l1": {"network": {**UNET, "depth": 2}, "adversarial": 0.0, "train": {"pair": "tint", "size": "8"}},
    "CycleGAN": {"network": {"width": 8, "blocks": 2}},
    "CycleGAN pool": {"network": CYCLE, "pool": 3, "identity": 0.0, "mirror": False, "jitter": 1.0},
    "CycleGAN tint": {"network": {**CYCLE, "patch": "full"}, "train": {"pair": "tint", "size": "13"}},
    "CycleGAN alone": {"network": CYCLE, "cycle": 0.0, "identity": 0.0, "stabilisers": {"history": 0.1}},
}
"""What is played, by the name of its method and a word: fields that differ from the method's own, and as `train` the
options. Of the methods by their bare names all is default but the batch and, for the largest, the widths."""


def methods() -> dict[str, type[gankit.Method[Any]]]:
    """The public methods by name."""
    public = {name: getattr(gankit, name) for name in gankit.__all__}
    known = {name: kind for name, kind in public.items() if isinstance(kind, type) and issubclass(kind, gankit.Method)}
    return {name: kind for name, kind in known.items() if kind is not gankit.Method}


def kinds() -> dict[str, type]:
    """Every dataclass that a public method can be made of, by name, wherever it lies."""
    found: dict[str, type] = {}
    ahead: list[Any] = list(methods().values())
    while ahead:
        kind = ahead.pop()
        ahead += get_args(kind)
        if isinstance(kind, type) and is_dataclass(kind) and kind.__name__ not in found:
            found[kind.__name__] = kind
            hints = get_type_hints(kind)
            ahead += [hints[field.name] for field in fields(kind)]
    return found


def made(start: Any, changes: dict[str, Any]) -> Any:
    """`start` with other fields; a dict changes the fields of a field, which may be of another `kind` first."""
    start = kinds()[changes["kind"]]() if "kind" in changes else start
    given = {name: value for name, value in changes.items() if name != "kind"}
    inner = {name: made(getattr(start, name), value) for name, value in given.items() if isinstance(value, dict)}
    return replace(start, **given | inner)


def method_of(name: str) -> gankit.Method[Any]:
    """The method of an entry of `PLAYED`."""
    changes = {key: value for key, value in PLAYED[name].items() if key != "train"}
    start = methods()[name.split()[0]]()  # pyright: ignore[reportCallIssue]
    return made(start, {"batch_size": min(start.batch_size, BATCH), **changes})


def play(name: str, steps: int = 5) -> Terms:
    """The loss terms of an entry of `PLAYED`, and as `average` some values that the average generator makes."""
    torch.set_num_threads(1)
    method = method_of(name)
    translates = method.batch_type in (gankit.Paired, gankit.Unpaired)
    options = {"precision": "fp32", **(SIDES if translates else {}), **PLAYED[name].get("train", {})}
    with TemporaryDirectory() as scratch, redirect_stderr(StringIO()):
        quiet: dict[str, Any] = {"say": lambda line: None, "preview_every": 0, "log_every": 1, "device": "cpu"}
        run = gankit.train(method, out=Path(scratch) / "run", steps=steps, **quiet, **options)
        lines = [json.loads(line) for line in (run.directory / "log.jsonl").read_text().splitlines()]
        ramp = torch.linspace(-1, 1, prod(run.spec.shape)).reshape(run.spec.shape)
        there = {"precision": options["precision"], "device": "cpu"}
        values = run.translate(ramp, **there) if translates else run.sample(4, device="cpu").values
    about = ("step", "steps_per_second", "images_per_second")
    terms = {term: [line[term] for line in lines] for term in lines[0] if term not in about}
    return {**terms, "average": values.flatten()[:: max(values.numel() // 4, 1)].tolist()}


def difference(old: Terms | str, new: Terms | str) -> str | None:
    """The first step, and the first term of it, in which two plays differ by a bit; None where they don't.

    A text instead of a play is why there is none, and a difference whatever the other is.
    """
    if isinstance(new, str) or isinstance(old, str):
        return new if isinstance(new, str) else f"before: {old}"
    if old.keys() != new.keys():
        return f"other terms: {', '.join(sorted(old.keys() ^ new.keys()))}"
    places = [(step, term) for term, values in old.items() for step in range(max(len(values), len(new[term])))]
    for step, term in sorted(places, key=lambda place: (place[1] == "average", place[0])):
        was, now = (repr(values[step : step + 1]) for values in (old[term], new[term]))
        if was != now:
            where = f"value {step + 1} of the average's" if term == "average" else f"{term} at step {step + 1}"
            return f"{where}: {was[1:-1]} became {now[1:-1]}"
    return None


def machine() -> str:
    """What the bits of a play depend on besides gankit."""
    path = Path("/proc/cpuinfo")
    stated = path.read_text() if path.exists() else ""
    facts = dict(re.findall(r"^(cpu family|model|model name)\s*: (.*)$", stated, re.MULTILINE))
    cpu = " ".join(facts.values()) or platform.processor() or platform.machine()
    return f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {cpu}"


def recorded_at() -> Path:
    """Where the pins of this kind of machine are."""
    return PINS / f"{re.sub(r'[^a-z0-9.]+', '-', machine().lower())}.json"


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """`commit`, in a git worktree of its own for as long as it is needed."""
    with TemporaryDirectory() as scratch:
        place = Path(scratch).resolve() / "base"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), commit], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def played_at(commit: str) -> dict[str, Terms]:
    """All that is played, by the gankit of `commit` and this script."""
    with checked_out(commit) as place, TemporaryDirectory() as scratch:
        path = Path(scratch) / "played.json"
        environment = os.environ | {"PYTHONPATH": str(place)}
        subprocess.run([sys.executable, __file__, "--to", str(path)], check=True, env=environment, cwd=scratch)
        found = json.loads(path.read_text())
        if not Path(found.pop("of")).is_relative_to(place):
            raise SystemExit(f"what was played is not the gankit of {commit}: is another one first on sys.path?")
        return found


def play_all() -> Iterator[tuple[str, Terms | str]]:
    """Every entry with its terms, or with why it can't be played."""
    with TemporaryDirectory() as cache:
        os.environ["GANKIT_CACHE"] = cache
        for name in PLAYED:
            try:
                yield name, play(name)
            except Exception as error:
                yield name, f"can't be played: {type(error).__name__}: {error}"


def write(path: Path, **played: Any) -> None:
    """A line for every entry."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in played.items()) + "\n}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--record", action="store_true", help="record what is played for this kind of machine")
    asked.add_argument("--base", metavar="COMMIT", help="compare with this commit instead of with the record")
    asked.add_argument("--to", type=Path, metavar="FILE", help="write what is played to a file, and compare nothing")
    options = parser.parse_args()
    home = Path(gankit.__file__).parent
    if not options.to and home.parent != ROOT:
        print(f"gankit is imported from {home.parent}, which is not where this script is: set PYTHONPATH")
        return 2
    if options.record or options.to:
        played = dict(play_all())
        if wrong := [f"{name}  {why}" for name, why in played.items() if isinstance(why, str)]:
            print("\n".join(wrong))
            if options.record:
                return 1
        write(options.to or recorded_at(), **({"of": str(home)} if options.to else {}), **played)
        return 0
    print(f"{home} on {machine()}")
    if options.base is None and not recorded_at().exists():
        print(
            "nothing is recorded for this kind of machine: compare with a commit, --base COMMIT (make pin BASE=COMMIT)"
        )
        return 2
    base = json.loads(recorded_at().read_text()) if options.base is None else played_at(options.base)
    differing = 0
    for name, now in play_all():
        why = difference(base.get(name, "was not played"), now)
        differing += why is not None
        print(f"{name:24} {why or 'equal'}", flush=True)
    print(f"{differing} of {len(PLAYED)} differ" if differing else f"all {len(PLAYED)} equal")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
