"""A race: methods with settings by name, for equal minutes of what the process computes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.methods.sngan import SNGAN
from gankit.networks import DCGANNetwork
from gankit.runs import benchmark
from gankit.runs.entrants import augmented, entrant
from gankit.training import checkpoint
from tests.tiny import TINY

RACE: dict[str, Any] = {
    "methods": ("dcgan:width=4,batch-size=8", "sngan:preset=small,width=4,batch-size=8"),
    "data": "digits",
    "minutes": 0.01,
    "seeds": 1,
    "metrics": ("frechet",),
    "samples": 200,
    "diffaugment": True,
}


def test_settings_are_the_method_s_its_network_s_or_a_part_s() -> None:
    own = "batch-size=16,generator-optimizer.lr=1e-3,smoothing=0.1"
    method = entrant(f"dcgan:width=32,upsample=resize,init-sd=none,{own}")
    assert isinstance(method, gankit.DCGAN)
    assert method.network == DCGANNetwork(width=32, upsample="resize", init_sd=None)
    assert (method.batch_size, method.generator_optimizer.lr, method.smoothing) == (16, 1e-3, 0.1)
    assert entrant("sngan:preset=small,conditional=true,network.width=8").batch_type is gankit.Labelled
    assert entrant("dcgan:stabilisers.augment=color+flip,stabilisers.ada=0.6").stabilisers.augment == ("color", "flip")
    assert entrant("acgan") == gankit.ACGAN()
    assert augmented(entrant("sngan:preset=small")).stabilisers.augment == ("color", "translation", "cutout")
    assert isinstance(entrant("sngan:preset=small"), SNGAN)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dcgn", "no method 'dcgn'"),
        ("dcgan:widht=3", r"no field 'widht' \(did you mean 'width'\?\)"),
        ("dcgan:width", "'width' in .* is no setting"),
        ("dcgan:width=wide", "width can't be 'wide'"),
        ("dcgan:upsample=bilinear", "upsample can't be 'bilinear'"),
        ("dcgan:width=0", "width must be at least 1"),
        ("dcgan:generator-optimizer.rate=1", "Adam has no field 'rate'"),
        ("dcgan:preset=small", "has no preset 'small'"),
        ("dcgan:width=32,width=16", "sets width twice"),
    ],
)
def test_other_settings_are_one_line(name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        entrant(name)


def test_a_race_is_for_equal_minutes_and_is_not_run_twice(tmp_path: Path) -> None:
    found = gankit.benchmark(out=tmp_path, say=lambda line: None, **RACE)
    names = {name + end for name in RACE["methods"] for end in ("", "+diffaugment")}
    header, *rows = found.table()
    assert header[:4] == ["method", "network", "updates", "seeds"]
    assert {row[0] for row in rows} == names
    content = json.loads((tmp_path / "benchmark.json").read_text())
    assert content["updates"].keys() == names
    assert all(steps[0] >= 1 for steps in content["updates"].values())
    assert content["plan"]["minutes"] == 0.01
    for path in tmp_path.glob("*-seed0/checkpoints/*"):
        assert checkpoint.read_facts(path)["cpu_seconds"] >= 0.6
    said: list[str] = []
    again = gankit.benchmark(out=tmp_path, say=said.append, **RACE)
    assert again.table() == found.table()
    assert sum("has had its 0.01 minutes" in line for line in said) == 4
    with pytest.raises(UserError, match="minutes must be above 0"):
        gankit.benchmark(out=tmp_path, **{**RACE, "minutes": 0.0})


@pytest.mark.long
def test_the_first_metric_is_taken_on_the_way_as_well_and_once(tmp_path: Path) -> None:
    race = {**RACE, "methods": RACE["methods"][:1], "diffaugment": False, "at": (0.006, 0.003), "minutes": 0.02}
    (entry,) = gankit.benchmark(out=tmp_path, say=lambda line: None, **race).entries
    (points,) = entry.curves
    assert [point.minutes for point in points] == [0.003, 0.006, 0.02]
    assert points[0].updates < points[-1].updates == entry.updates[0]
    assert points[-1].value == entry.values("frechet")[0] != points[0].value
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == (800, 500)
    said: list[str] = []
    (again,) = gankit.benchmark(out=tmp_path, say=said.append, **{**race, "at": (0.006, 0.003, 0.01)}).entries
    assert again.curves == entry.curves
    assert [line for line in said if "its curve is without them" in line]
    with pytest.raises(UserError, match="points by other samples: ask for the same, or take another --out"):
        gankit.benchmark(out=tmp_path, **{**race, "samples": 100})
    with pytest.raises(UserError, match="at names minutes of a race before its end"):
        gankit.benchmark(out=tmp_path, **{**race, "minutes": 0.006})
    with pytest.raises(UserError, match="say with minutes how long it is"):
        gankit.benchmark(out=tmp_path, **{**race, "minutes": None})


def test_a_run_that_has_had_more_minutes_has_no_place_in_a_shorter_race(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = {**RACE, "diffaugment": False}
    gankit.benchmark(out=tmp_path, say=lambda line: None, **{**race, "methods": RACE["methods"][:1]})
    monkeypatch.setattr(benchmark, "_computed", lambda directory: 2.0 if directory.name.startswith("dcgan") else 0.0)
    said: list[str] = []
    found = gankit.benchmark(out=tmp_path, say=said.append, **race)
    assert [entry.method for entry in found.entries] == [RACE["methods"][1]]
    assert any("has had 2 minutes, more than the others would" in line for line in said)


def test_some_pictures_are_trained_on_and_all_are_what_they_are_scored_against(tmp_path: Path) -> None:
    race = {**RACE, "methods": RACE["methods"][:1], "diffaugment": False, "pictures": 100}
    (entry,) = gankit.benchmark(out=tmp_path, say=lambda line: None, **race).entries
    assert entry.runs[0].config["data"]["source"] == str(tmp_path / "pictures-100.npz")
    assert len(entry.runs[0].data()) == 100
    assert entry.figures[0][0].protocol["real"] == 1797


def test_waiting_is_not_computing(tmp_path: Path) -> None:
    """A second of sleep at every score costs nothing of a fraction of a second of computing."""

    def slow(generator: Any) -> float:
        time.sleep(0.3)
        return 1.0

    limits: dict[str, Any] = {"steps": 40, "minutes": 10 / 60, "clock": "cpu", "evaluate_every": 10}
    run = TINY["dcgan"].train(tmp_path / "run", evaluate=slow, **limits)
    assert max(run.steps()) == 40
    newest = checkpoint.listed(tmp_path / "run" / "checkpoints")[-1]
    first = checkpoint.read_facts(newest)["cpu_seconds"]
    longer = TINY["dcgan"].train(tmp_path / "run", **{**limits, "steps": 45})
    newest = checkpoint.listed(tmp_path / "run" / "checkpoints")[-1]
    assert max(longer.steps()) == 45
    assert checkpoint.read_facts(newest)["cpu_seconds"] > first
