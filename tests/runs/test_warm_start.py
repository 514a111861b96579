"""Another run's weights to start from, and what may change in a run that goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import gankit
from gankit.base.errors import UserError
from gankit.game import Adam
from gankit.networks import DCGANNetwork
from gankit.training import checkpoint
from tests.tiny import TINY, copied, quiet

TinyRun = Callable[[str], gankit.Run]
NETWORK = DCGANNetwork(width=4, latent=5)
METHOD = gankit.DCGAN(network=NETWORK, batch_size=8)


def players(directory: Path) -> dict[str, torch.Tensor]:
    newest = checkpoint.newest(directory / "checkpoints", quiet, "players")
    assert newest is not None
    return newest[0]["players"]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "first"
    gankit.train(METHOD, data="digits", steps=4, out=out, say=quiet, preview_every=0)
    return out


def test_a_run_starts_from_the_weights_of_another(first: Path, tmp_path: Path) -> None:
    still = replace(METHOD, generator_optimizer=Adam(lr=1e-12), discriminator_optimizer=Adam(lr=1e-12))
    said: list[str] = []
    gankit.train(still, data="digits", steps=1, out=tmp_path / "run", init=first, say=said.append, preview_every=0)
    weights = {name: value for name, value in players(first).items() if value.dtype.is_floating_point}
    ours = players(tmp_path / "run")
    assert all(torch.allclose(ours[name], value, atol=1e-6) for name, value in weights.items() if "running" not in name)
    assert any(f"starts from {first} at step 4: " in line and "new are" not in line for line in said)


def test_what_does_not_fit_is_new_and_said(first: Path, tmp_path: Path) -> None:
    wider = replace(METHOD, network=replace(NETWORK, latent=6))
    said: list[str] = []
    gankit.train(wider, data="digits", steps=1, out=tmp_path / "run", init=first, say=said.append, preview_every=0)
    assert any("tensors fit; new are generator.body.0.linear.weight" in line for line in said)
    stated = json.loads((tmp_path / "run" / "config.json").read_text())["init"]
    assert (stated["run"], stated["step"]) == (str(first), 4)


def test_a_run_from_another_is_continued_with_and_without_saying_so_again(first: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    gankit.train(METHOD, data="digits", steps=2, out=out, init=first, say=quiet, preview_every=0)
    for steps, init in ((3, first), (4, None)):
        gankit.train(METHOD, data="digits", steps=steps, out=out, init=init, say=quiet, preview_every=0)
    gankit.train(METHOD, data="digits", steps=4, out=tmp_path / "whole", init=first, say=quiet, preview_every=0)
    whole = players(tmp_path / "whole")
    assert all(torch.equal(value, whole[name]) for name, value in players(out).items())


def test_nothing_to_start_from_is_one_line(first: Path, tmp_path: Path, tiny_run: TinyRun) -> None:
    for init, why in ((tmp_path, "holds no run to start from"), (tiny_run("points").directory, "no weight of")):
        with pytest.raises(UserError, match=why):
            gankit.train(METHOD, data="digits", steps=2, out=tmp_path / "run", init=init, say=quiet)
    gankit.train(METHOD, data="digits", steps=1, out=tmp_path / "begun", say=quiet, preview_every=0)
    with pytest.raises(UserError, match="init is for a new run"):
        gankit.train(METHOD, data="digits", steps=2, out=tmp_path / "begun", init=first, say=quiet)


def test_a_change_by_name_is_allowed_and_noted(first: Path, tmp_path: Path) -> None:
    out = copied(gankit.load(first), tmp_path / "run")
    smaller = replace(METHOD, batch_size=6, generator_optimizer=Adam(lr=1e-3))
    for allowed in ((), ("lr",), ("batch-size",)):
        with pytest.raises(UserError, match="holds another run; differing fields: "):
            gankit.train(smaller, data="digits", steps=6, out=out, change=allowed, say=quiet)
    gankit.train(smaller, data="digits", steps=6, out=out, change=("batch-size", "lr"), say=quiet, preview_every=0)
    stated = json.loads((out / "config.json").read_text())
    assert stated["method"]["batch_size"] == 6
    assert [note["step"] for note in stated["changes"]] == [4]
    assert "method.batch_size: 8 -> 6" in stated["changes"][0]["fields"]
    gankit.train(smaller, data="digits", steps=7, out=out, say=quiet, preview_every=0)  # it is this run from here on
    assert len(json.loads((out / "config.json").read_text())["changes"]) == 1


def test_what_is_no_matter_of_taste_may_not_change(first: Path, tmp_path: Path) -> None:
    out = copied(gankit.load(first), tmp_path / "run")
    with pytest.raises(UserError, match=r"network\.width: 4 -> 8"):
        gankit.train(
            replace(METHOD, network=replace(NETWORK, width=8)), data="digits", steps=6, out=out, change=("width",)
        )


def test_auto_precision_is_that_of_the_run(tmp_path: Path) -> None:
    for precision in ("fp32", "bf16"):
        out = tmp_path / precision
        for steps, asked in ((1, precision), (2, "auto")):
            options = {"steps": steps, "precision": asked, "out": out, "say": quiet, "preview_every": 0}
            gankit.train(TINY["dcgan"].method, data="digits", **options)
        assert json.loads((out / "config.json").read_text())["precision"] == precision
