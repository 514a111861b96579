"""Recipes: what each must state, and what `gankit reproduce` makes of one, from a tiny run to the list."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.methods import METHODS
from gankit.reproduce import RECIPES, recipe_called
from gankit.reproduce.play import reproduce
from gankit.reproduce.recipe import Recipe, Target, Trial, Values
from gankit.reproduce.record import RECORDED, Record, keep, read_record, recorded
from tests.reproduce.material import TINY, listed, tiny

FILES = sorted(RECORDED.glob("*.json"))


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_states_what_it_measures(name: str) -> None:
    recipe = recipe_called(name)
    assert recipe.name == name
    assert recipe.method in METHODS
    assert recipe.figure
    assert recipe.paper
    assert len(recipe.protocol) > 40
    assert recipe.seeds >= 1
    assert recipe.steps >= 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_recorded_figure_is_of_the_recipe_as_it_stands(path: Path) -> None:
    found, recipe = read_record(path), recipe_called(path.stem)
    assert found is not None
    assert (found.recipe, found.method, found.protocol) == (recipe.name, recipe.method, recipe.protocol)
    assert found.seeds.keys() == found.images.keys() != set()
    assert 0 < found.fraction <= 1
    assert found.steps == round(recipe.steps * found.fraction)
    assert found.command == recipe.command(max(map(int, found.seeds)) + 1, found.fraction)
    assert ("reduced" in found.text()) == (found.fraction < 1)
    assert set(found.versions) >= {"gankit", "torch"}
    content = json.loads(path.read_text())
    assert content["mean"] == found.mean
    assert content["sd"] == found.sd
    assert {target.figure for target in recipe.targets} <= found.mean.keys()


@pytest.fixture
def _listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`gankit reproduce` knows the tiny recipe alone, and records into a folder of the test's own."""
    listed(monkeypatch, TINY, tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_listed")
def test_from_the_command_to_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce"]) == 0
    assert shown(capsys) == ["paper 0.5 (table 9)", "ours not recorded", "command gankit reproduce tiny"]
    assert main(["reproduce", "tiny", "--fraction", "0.5", "--record"]) == 0
    printed = capsys.readouterr()
    assert "tiny, seed 1: 10 steps, 50 %" in printed.err
    assert re.search("^reached +yes, by a reduced run$", printed.out, re.MULTILINE)
    assert "kl at most 1000, modes at least 0" in printed.out
    found = read_record(tmp_path / "results" / "tiny.json")
    assert found is not None
    assert found == read_record(tmp_path / "runs" / "reproduce-tiny-0.5" / "result.json")
    assert (found.steps, found.fraction, found.command) == (10, 0.5, "gankit reproduce tiny --fraction 0.5")
    # Both turns of a step share its batch.
    assert found.images == {"0": 80, "1": 80}
    assert main(["reproduce"]) == 0
    _, ours, command = shown(capsys)
    assert ours == f"ours {found.text()}"
    assert ours.endswith("(2 seeds; reduced, 50 %)")
    assert command == "command gankit reproduce tiny --fraction 0.5"


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the list says of the tiny recipe, below its name."""
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()[1:]]


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = reproduce(TINY, out=tmp_path / "whole", say=lambda line: None)

    def interrupted(trial: Trial) -> Values:
        if trial.seed == 1:
            tiny(Trial(seed=1, steps=7, fraction=1.0, out=trial.out, say=trial.say))
            raise KeyboardInterrupt
        return tiny(trial)

    cut = Recipe(**{**vars(TINY), "run": interrupted})
    with pytest.raises(KeyboardInterrupt):
        reproduce(cut, out=tmp_path / "cut", say=lambda line: None)
    lines: list[str] = []
    found = reproduce(TINY, out=tmp_path / "cut", say=lines.append)
    assert found == whole
    assert any("continues at step 7" in line for line in lines)
    assert not any("starts" in line for line in lines), "the finished seed was repeated"
    for file in ("players", "average"):
        parts = [tmp_path / way / "seed1" / "checkpoints" / "step-000020" for way in ("whole", "cut")]
        assert len({(part / f"{file}.safetensors").read_bytes() for part in parts}) == 1
    fewer = reproduce(TINY, seeds=1, out=tmp_path / "cut", say=lambda line: None)
    assert list(fewer.seeds) == ["0"]
    assert fewer.command == "gankit reproduce tiny --seeds 1"


def test_figures_of_another_protocol_or_length_are_not_mixed(tmp_path: Path) -> None:
    reproduce(TINY, seeds=1, fraction=0.1, out=tmp_path, say=lambda line: None)
    with pytest.raises(UserError, match="holds tiny with 2 steps, not 20: take another --out"):
        reproduce(TINY, out=tmp_path)
    other = Recipe(**{**vars(TINY), "protocol": "Nine units."})
    with pytest.raises(UserError, match="under another protocol"):
        reproduce(other, fraction=0.1, out=tmp_path)
    (tmp_path / "result.json").write_text("{")
    with pytest.raises(UserError, match="no record of gankit reproduce"):
        reproduce(TINY, out=tmp_path)


def test_what_is_recorded_grows_and_does_not_get_weaker(tmp_path: Path) -> None:
    def record(**fields: Any) -> Record:
        stated = {"recipe": "tiny", "method": "gan", "figure": "", "protocol": TINY.protocol, "command": ""}
        return Record(**{**stated, "steps": 20, "fraction": 1.0, **fields})

    first = record(seeds={"1": {"kl": 1.0}}, images={"1": 5})
    assert keep(first, TINY, tmp_path) == read_record(tmp_path / "tiny.json") == first
    both = keep(record(seeds={"0": {"kl": 2.0}}, images={"0": 6}), TINY, tmp_path)
    assert both == read_record(tmp_path / "tiny.json")
    assert (both.seeds, both.images) == ({"0": {"kl": 2.0}, "1": {"kl": 1.0}}, {"0": 6, "1": 5})
    assert both.command == "gankit reproduce tiny"
    reduced = record(seeds={"0": {"kl": 0.0}}, images={"0": 3}, steps=10, fraction=0.5)
    assert keep(reduced, TINY, tmp_path) == read_record(tmp_path / "tiny.json") == both
    today = Recipe(**{**vars(TINY), "protocol": "Nine units."})
    other = record(seeds={"0": {"kl": 9.0}}, images={"0": 1}, protocol="Nine units.", steps=10, fraction=0.5)
    assert keep(other, today, tmp_path) == read_record(tmp_path / "tiny.json") == other


@pytest.mark.usefixtures("_listed")
def test_a_shorter_run_that_is_recorded_says_what_stays(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "tiny", "--seeds", "1", "--record"]) == 0
    assert main(["reproduce", "tiny", "--seeds", "1", "--fraction", "0.1", "--record"]) == 0
    first, second = (line for line in capsys.readouterr().out.splitlines() if line.startswith("recorded"))
    assert second == f"{first}, of longer runs, stays"


def test_mean_and_spread_are_over_seeds() -> None:
    bare = Record(recipe="a", method="gan", figure="", protocol="", command="", steps=1, fraction=1.0)
    assert bare.text() == ""
    one = Record(**{**vars(bare), "seeds": {"0": {"share": 2.0}}})
    assert (one.mean, one.sd, one.text()) == ({"share": 2.0}, {}, "2 (1 seed)")
    two = Record(**{**vars(one), "seeds": {"0": {"share": 2.0}, "1": {"share": 4.0}}, "fraction": 0.25})
    assert two.mean == {"share": 3.0}
    assert two.sd["share"] == pytest.approx(2**0.5)
    assert two.text() == "3 ± 1.4 (2 seeds; reduced, 25 %)"


def test_a_target_is_a_bound_from_its_side() -> None:
    assert Target("a", 3).reached(3)
    assert not Target("a", 3).reached(2.9)
    assert not Target("a", 3, "lower").reached(3.1)
    assert not TINY.reached({"kl": 1.0, "modes": -1.0})


def test_one_seed_that_fails_moves_the_mean_and_not_the_median() -> None:
    bare = Record(recipe="tiny", method="gan", figure="", protocol="", command="", steps=1, fraction=1.0)
    found = Record(**{**vars(bare), "seeds": {str(n): {"kl": kl} for n, kl in enumerate((4.0, 5.0, 60.0))}})
    assert (found.mean, found.median) == ({"kl": 23.0}, {"kl": 5.0})
    assert found.span("kl") == "median 5, from 4 to 60"
    mean, median = Target("kl", 5, "lower"), Target("kl", 5, "lower", "median")
    assert str(median) == "median kl at most 5"
    assert Recipe(**{**vars(TINY), "targets": (median,)}).reached(found.mean, found.median)
    assert not Recipe(**{**vars(TINY), "targets": (mean, median)}).reached(found.mean, found.median)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["wgan-gp-rnig"], "did you mean 'wgan-gp-ring'"),
        (["gan-parzen", "--fraction", "0"], "fraction must be above 0 and at most 1, not 0"),
        (["gan-parzen", "--fraction", "1.5"], "fraction must be above 0 and at most 1, not 1.5"),
        (["gan-parzen", "--fraction", "nan"], "fraction must be above 0"),
        (["gan-parzen", "--seeds", "0"], "seeds must be at least 1"),
        (["--seeds", "2"], "name the recipe first"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", *arguments]) == 2
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_help_shows_the_options_of_the_queue_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["reproduce", "--help"])
    _, box = re.split(r"\Woptions\W", capsys.readouterr().out)
    for option in ("--seeds", "--fraction", "--out", "--record", "--next", "--hours", "--status"):
        assert option in box


def test_nothing_is_recorded_of_what_was_never_run() -> None:
    assert recorded("no-such-recipe") is None
