"""Evaluations that several processes share: the figures of one, to the bit."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.base.threads import threads
from gankit.features import classifier
from gankit.methods.dcgan import DCGAN
from gankit.networks import DCGANNetwork
from tests.tiny import TinyRun, copied, quiet
from tests.together import together

METRICS = ("frechet", "memorisation")


def figures(run: Path, out: Path, **how: Any) -> list[tuple[str, float, float | None]]:
    """What an evaluation finds that has nothing in the cache."""
    os.environ["GANKIT_CACHE"] = str(out / "cache")
    with threads(1):
        card = gankit.evaluate(run, out=out, say=quiet, samples=600, real=600, metrics=METRICS, device="cpu", **how)
    return [(figure.name, figure.value, figure.low) for figure in card.figures]


def with_seed(run: Path, out: Path, seed: int) -> Any:
    return figures(run, out, seed=seed)


def judged(run: Path, out: Path) -> list[tuple[str, float, float | None]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DCGAN, "pretrained", "ImageNet")
        patch.setattr(classifier, "LEARNED", {"digits-cnn": "ImageNet"})
        return figures(run, out)


@pytest.mark.long
def test_the_second_judge_of_a_flattered_run_is_asked_together_too(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    monkeypatch.setenv("GANKIT_CACHE", "")
    alone = judged(run, tmp_path / "alone")
    assert [name for name, *_ in alone].count("frechet") == 2
    assert [end and end.value for end in together(2, judged, run, tmp_path / "together")] == [alone] * 2


@pytest.mark.parametrize("world", [2])
def test_any_number_of_processes_finds_the_same_figures(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: int
) -> None:
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    monkeypatch.setenv("GANKIT_CACHE", "")
    alone = figures(run, tmp_path / "alone")
    ended = together(world, figures, run, tmp_path / "together")
    assert [end and end.value for end in ended] == [alone] * world
    cards = [(tmp_path / name / "card.json").read_bytes() for name in ("alone", "together")]
    assert cards[0] == cards[1]


def test_processes_that_evaluate_otherwise_are_refused_in_one_line(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    ended = together(2, with_seed, [run] * 2, [tmp_path / "out"] * 2, [0, 1], alike=False)
    values = sorted((end.value for end in ended if end), key=str)
    assert values[0] == 2
    assert values[1].startswith("rank 1 has other options than rank 0")
    assert not (tmp_path / "out" / "card.json").exists()


def scored(out: Path) -> list[dict[str, float]]:
    method = gankit.DCGAN(batch_size=8, network=DCGANNetwork(latent=4, width=4))
    how: dict[str, Any] = {"steps": 4, "seed": 3, "shards": 2, "preview_every": 0, "device": "cpu", "threads": 1}
    gankit.train(method, data="digits", out=out, say=quiet, evaluate_every=2, metrics=("frechet",), **how)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [{name: line[name] for name in ("step", "frechet")} for line in lines if "frechet" in line]


def test_a_training_is_scored_by_all_of_its_processes(tmp_path: Path) -> None:
    alone = scored(tmp_path / "alone")
    led = together(2, scored, tmp_path / "together")[0]
    assert led
    assert led.value == alone
    assert [line["step"] for line in alone] == [2, 4]
