"""The matched comparison: alike where methods allow it, resumable, and nothing chosen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.evaluation.card import Figure
from gankit.methods import METHODS
from gankit.networks import ConvOrMLP, DCGANNetwork
from gankit.runs import benchmark as matched

PLAN: dict[str, Any] = {
    "methods": ("dcgan", "gan"), "data": "digits", "steps": 3, "seeds": 2, "width": 4, "batch_size": 8,
    "metrics": ("frechet", "prdc"), "samples": 200,
}  # fmt: skip


def test_it_trains_scores_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    found = gankit.benchmark(out=tmp_path, say=lines.append, **PLAN)
    header, *rows = found.table()
    assert header == ["method", "network", "updates", "seeds", "frechet", "precision", "recall", "density", "coverage"]
    assert {row[0]: row[1] for row in rows} == {"dcgan": "shared", "gan": "MaxoutMLP"}
    assert all(" ± " in row[4] for row in rows)
    values = json.loads((tmp_path / "benchmark.json").read_text())["values"]
    means = [np.mean(values[row[0]]["frechet"]) for row in rows]
    assert means == sorted(means)
    assert (tmp_path / "table.md").read_text().startswith("| method | network |")
    for picture in ("plot.png", "samples.png", "grids/dcgan.png", "grids/gan.png"):
        with Image.open(tmp_path / picture) as image:
            assert np.asarray(image).std() > 1
    again: list[str] = []
    assert gankit.benchmark(out=tmp_path, say=again.append, **PLAN).table() == found.table()
    assert sum("already at step 3" in line for line in again) == 4


def test_its_picture_has_room_for_names_with_all_their_settings(tmp_path: Path) -> None:
    about: dict[str, Any] = {"interval": "", "better": "lower", "protocol": {}, "subject": {}}
    nothing = dict.fromkeys(("low", "high", "perfect", "training_images"))
    figure = Figure(name="frechet", metric="frechet", value=1.0, **nothing, **about)
    long = matched.Entry(f"cgan:{'prior=cube,' * 20}", "shared", [1], [], [[figure]], [])
    narrow, wide = (
        matched.Benchmark(tmp_path, [entry], ["frechet"]).picture() for entry in (replace(long, method="cgan"), long)
    )
    assert wide.width > narrow.width + 1000


@pytest.mark.long
def test_all_are_judged_by_another_network_where_one_is_flattered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gankit.methods.dcgan.DCGAN.pretrained", "ImageNet", raising=False)
    monkeypatch.setattr("gankit.features.classifier.LEARNED", {"digits-cnn": "ImageNet"})
    lines: list[str] = []
    found = gankit.benchmark(out=tmp_path, say=lines.append, **PLAN | {"seeds": 1})
    header, *rows = found.table()
    assert header[4:7] == ["frechet (digits-cnn)", "frechet (photos-cnn)", "precision"]
    assert "-" not in [cell for row in rows for cell in row]
    assert sum("flatters" in line for line in lines) == 1
    assert next(line for line in lines if "flatters" in line).startswith("digits-cnn flatters dcgan, trained through")
    values = json.loads((tmp_path / "benchmark.json").read_text())["values"]
    assert values["dcgan"]["frechet (digits-cnn)"] != values["dcgan"]["frechet (photos-cnn)"]
    ranking = [values[row[0]]["frechet (digits-cnn)"][0] for row in rows]
    assert ranking == sorted(ranking)


@pytest.mark.parametrize("name", METHODS)
def test_what_is_shared_is_the_convolutions_alone(name: str) -> None:
    method: Any = METHODS[name].load()()
    given, kind = matched.matched(method, 7, 5)
    assert given.batch_size == 5
    assert given.generator_optimizer == method.generator_optimizer
    network: Any = given.network
    if kind == "shared":
        inner = next(value for value in (network, *vars(network).values()) if isinstance(value, DCGANNetwork))
        assert (inner.width, inner.kernel) == (7, 4)
        if isinstance(network, ConvOrMLP):
            assert inner.discriminator_norm == method.network.conv.discriminator_norm
            assert network.mlp == method.network.mlp
    else:
        assert network == method.network
        assert kind == type(network).__name__


def test_bad_plans_are_refused(tmp_path: Path) -> None:
    typos: dict[str, Any] = {"metrics": ("frecht",), "features": "frecht"}
    for option, value in typos.items():
        with pytest.raises(UserError, match=r"no .* 'frecht'"):
            gankit.benchmark(out=tmp_path / "typo", **{**PLAN, option: value})
    assert not (tmp_path / "typo").exists()
    with pytest.raises(UserError, match=r"no method 'dcgam'"):
        gankit.benchmark(out=tmp_path, **{**PLAN, "methods": ("dcgam",)})
    with pytest.raises(UserError, match="at least 1"):
        gankit.benchmark(out=tmp_path, **{**PLAN, "seeds": 0})
    np.save(tmp_path / "plain.npy", np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8))
    with pytest.raises(UserError, match="cgan needs labels"):
        gankit.benchmark(out=tmp_path / "b", **{**PLAN, "methods": ("cgan",), "data": str(tmp_path / "plain.npy")})


@pytest.mark.parametrize("name", ["benchmark.json", "table.md", "plot.png", "photo.jpg", "holiday"])
def test_files_of_something_else_are_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"plan": "lunch"}')
    with pytest.raises(UserError, match="no benchmark's folder and not empty: take another --out"):
        gankit.benchmark(data="gaussian", methods=("gan",), steps=1, seeds=1, out=tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: '{"plan": "lunch"}'}


def test_a_benchmark_that_was_cut_off_goes_on_and_a_longer_one_is_not_passed_off_as_a_shorter(tmp_path: Path) -> None:
    plan: dict[str, Any] = {"data": "gaussian", "seeds": 1, "metrics": ("frechet",), "samples": 100, "out": tmp_path}
    for name in ("gan-seed0", "grids"):
        (tmp_path / name).mkdir()
    gankit.benchmark(methods=("gan",), steps=2, **plan)
    said: list[str] = []
    found = gankit.benchmark(methods=("gan", "lsgan"), steps=1, say=said.append, **plan)
    assert [entry.method for entry in found.entries] == ["lsgan"]
    assert "gan-seed0 has had 2 steps, more than the others would: take another --out" in " ".join(said)
