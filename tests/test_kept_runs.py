"""Runs of an earlier version, in `tests/kept`: they are opened, sampled and continued as if nothing had moved."""

from __future__ import annotations

import json
import shutil
from math import prod
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import gankit
from tests.pin import PIN

KEPT = Path(__file__).parent / "kept"
PLAIN: dict[str, Any] = {
    "precision": "fp32",
    "device": "cpu",
    "log_every": 1,
    "preview_every": 0,
    "say": lambda _: None,
}
TINY = {"width": 2, "latent": 4}
BY_STEPS = {"decay_after": 100_000, "decay_steps": 100_000, "decay_after_epochs": 0.0, "decay_epochs": 0.0}
ALL_STABILISERS = {"instance_noise": 0.3, "instance_noise_steps": 4, "replay": 6, "history": 0.1}
STEPS, MORE = 3, 2
"""How many steps a run was trained for when it was kept, and how many are played to continue it."""

RUNS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "dcgan-spectral": ("DCGAN", {"network": {**TINY, "discriminator_norm": "spectral"}, "smoothing": 0.1}, {}),
    "dcgan-stabilised": ("DCGAN", {"network": TINY, "stabilisers": ALL_STABILISERS}, {"seed": 5, "ema": 0.5}),
    "wgan-rmsprop": ("WGAN", {"network": {"conv": TINY}, "critic_steps": 2}, {"flip": True}),
    "wgangp-layer": ("WGANGP", {"network": {"conv": {**TINY, "discriminator_norm": "layer"}}, "critic_steps": 2}, {}),
    "cgan-sgd": (
        "CGAN",
        {
            "network": {
                "latent": 8,
                "generator_widths": (4, 4, 4),
                "units": (3, 3, 3),
                "prior": "cube",
                "initial_weights": "torch",
            },
            "at_once": False,
            "discriminator_optimizer": {"lr": 0.1, "lr_floor": 1e-6},
        },
        {},
    ),
    "infogan-codes": (
        "InfoGAN",
        {"network": {"width": 2, "hidden": 8}, "recogniser_width": 8, "noise": 5, "categorical": (3, 4)},
        {},
    ),
    "catgan-batch": (
        "CatGAN",
        {"network": {"generator_widths": (4,), "discriminator_widths": (6, 6), "latent": 4}, "labels": 20},
        {},
    ),
    "sgan-weight-norm": (
        "SGAN",
        {
            "network": {
                "kind": "WeightNormMLP",
                "generator_widths": (8,),
                "discriminator_widths": (8, 8),
                "latent": 8,
                "start": "unit",
                "learn_scales": True,
            }
        },
        {},
    ),
    "lsgan-points": (
        "LSGAN",
        {"network": {"mlp": {"generator_widths": (8, 8), "discriminator_widths": (8, 8), "minibatch": 2}}},
        {"data": "ring"},
    ),
    "began-balance": (
        "BEGAN",
        {"patience": 0, "network": {"conv": {"filters": 2, "repeats": 1, "code": 4, "latent": 4, "start": "grey"}}},
        {},
    ),
    "pix2pix-edges": (
        "Pix2Pix",
        {"network": {"width": 3, "depth": 2, "discriminator_width": 4}, "batch_size": 2},
        {"pair": "edges", "direction": "BtoA"},
    ),
    "cyclegan-tint": (
        "CycleGAN",
        {
            "network": {"width": 2, "blocks": 1, "discriminator_width": 2},
            "batch_size": 1,
            "pool": 2,
            "generator_optimizer": BY_STEPS,
            "discriminator_optimizer": BY_STEPS,
        },
        {"pair": "tint"},
    ),
    "own": ("", {}, {}),
}
"""The runs: the public method with the fields that differ, as in `benchmarks/pin.py`, and the options; where a default
has changed since, the run's own value is stated here, as it is in its file or, for a field that is `newer`, before it.
`own` is the class that the run keeps in its `method.py`."""


def method_of(name: str) -> gankit.Method[Any]:
    """The method of a run as its user would build it today."""
    kind, changes, _ = RUNS[name]
    if not kind:
        return gankit.load(KEPT / name, trust=True).method
    return PIN.made(getattr(gankit, kind)(), {"batch_size": 4, **changes})


def shown(run: gankit.Run) -> Tensor:
    """Samples of a run's average generator, or what its translator makes of a ramp, there and if it can back: flat."""
    translator = run.method.batch_type in (gankit.Paired, gankit.Unpaired)
    if not translator:
        return run.sample(4, seed=0, device="cpu").values.flatten()
    ways = [False, True] if run.method.batch_type is gankit.Unpaired else [False]
    found = []
    for backwards in ways:
        shape = run.spec.other_shape if backwards else run.spec.shape
        assert shape is not None
        ramp = torch.linspace(-1, 1, prod(shape)).reshape(shape)
        found.append(run.translate(ramp, backwards=backwards, precision="fp32", device="cpu").flatten())
    return torch.cat(found)


def losses(directory: Path) -> dict[str, dict[str, float]]:
    """The loss terms of every step after those that were kept."""
    lines = [json.loads(line) for line in (directory / "log.jsonl").read_text().splitlines()]
    return {
        str(line["step"]): {name: value for name, value in line.items() if "per_second" not in name and name != "step"}
        for line in lines
        if line["step"] > STEPS
    }


def expected(name: str) -> dict[str, Any]:
    return json.loads((KEPT / f"{name}.json").read_text())


def assert_as_recorded(found: list[float], recorded: list[float], machine: str) -> None:
    """To the bit on the kind of machine that they were recorded on; elsewhere to 1e-4."""
    if machine == PIN.machine():
        assert found == recorded
    else:
        assert found == pytest.approx(recorded, rel=1e-4, abs=1e-4)


def test_what_is_kept_is_what_is_tested() -> None:
    assert {path.name for path in KEPT.iterdir() if path.is_dir()} == RUNS.keys()
    assert {path.stem for path in KEPT.glob("*.json")} == RUNS.keys()
    assert sum(path.stat().st_size for path in KEPT.rglob("*") if path.is_file()) < 450_000


@pytest.mark.parametrize("name", RUNS)
def test_its_method_is_the_one_a_user_would_build_today(name: str) -> None:
    run = gankit.load(KEPT / name, trust=True)
    assert run.method == method_of(name)
    assert isinstance(run.spec, gankit.DataSpec)
    assert run.data(say=lambda _: None).content == run.config["data"]["content"]
    assert type(run.method).__name__ == (RUNS[name][0] or "Soft")


@pytest.mark.parametrize("name", RUNS)
def test_it_makes_what_it_made(name: str) -> None:
    recorded = expected(name)
    assert_as_recorded(
        shown(gankit.load(KEPT / name, trust=True)).tolist(),
        torch.tensor(recorded["shown"]).tolist(),
        recorded["machine"],
    )


@pytest.mark.parametrize("name", RUNS)
def test_it_is_continued_with_the_losses_that_it_was_continued_with(name: str, tmp_path: Path) -> None:
    shutil.copytree(KEPT / name, tmp_path / "run")
    recorded = expected(name)
    run = gankit.train(method_of(name), out=tmp_path / "run", steps=STEPS + MORE, **PLAIN, **RUNS[name][2])
    found = losses(run.directory)
    assert {step: list(terms) for step, terms in found.items()} == {
        step: list(terms) for step, terms in recorded["losses"].items()
    }
    for step, terms in found.items():
        assert_as_recorded(list(terms.values()), list(recorded["losses"][step].values()), recorded["machine"])


def test_a_configuration_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    shutil.copytree(KEPT / "dcgan-spectral", tmp_path / "run")
    path = tmp_path / "run" / "config.json"
    path.write_text(path.read_text().replace(":DCGANNetwork", ":NoSuchNetwork"))
    with pytest.raises((gankit.UserError, ImportError)):
        gankit.load(tmp_path / "run")
