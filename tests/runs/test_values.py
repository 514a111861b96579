"""A run takes its data by one rule for values, says so, and everything that follows takes the run's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.base.errors import UserError
from gankit.data import open_data
from gankit.networks import MLP
from tests.tiny import PLAIN, TINY, quiet

RNG = np.random.default_rng(0)


def test_a_run_states_its_rule_and_its_test_split_follows(tmp_path: Path) -> None:
    for split, top in (("train", 4000), ("test", 1000)):
        (tmp_path / "ct" / split).mkdir(parents=True)
        for index in range(8):
            pixels = RNG.integers(0, top + 1, (8, 8)).astype(np.uint16)
            pixels[0, 0] = 0 if index else top
            Image.fromarray(pixels).save(tmp_path / "ct" / split / f"{index}.png")
    said: list[str] = []
    method = gankit.DCGAN(network=PLAIN, batch_size=4)
    run = gankit.train(method, data=str(tmp_path / "ct"), out=tmp_path / "run", steps=1, say=said.append)
    assert any("8x8x1 images, values 0 to 4000) starts" in line for line in said)
    assert json.loads((tmp_path / "run" / "config.json").read_text())["data"]["values"] == {"16-bit": [0, 4000]}
    test = run.data("test")
    assert test.values.max() + 32768 == pytest.approx(65535 / 4, abs=20)
    gankit.evaluate(run, metrics=("kid",), features="pixels", samples=8, say=quiet)
    run = gankit.train(method, data=str(tmp_path / "ct"), out=tmp_path / "run", steps=2, say=quiet)
    asked = gankit.train(method, data=str(tmp_path / "ct"), out=tmp_path / "asked", steps=1, range=(0, 2000), say=quiet)
    assert asked.config["data"]["values"]["16-bit"] == [0, 2000]
    assert asked.data().values.max() == 32767
    with pytest.raises(UserError, match="leave --range away"):
        gankit.evaluate(run, metrics=("kid",), features="pixels", range=(0, 1), say=quiet)


def test_samples_of_vectors_are_in_the_units_of_the_data(tmp_path: Path) -> None:
    table = RNG.normal((50_000, 40), (12_000, 3), (400, 2))
    np.save(tmp_path / "table.npy", table)
    network = MLP(latent=4, generator_widths=(16,), discriminator_widths=(16,))
    method = gankit.GAN(network=network, batch_size=50)
    scored: Any = {"evaluate_every": 1, "metrics": ("two-sample",)}
    run = gankit.train(method, data=str(tmp_path / "table.npy"), out=tmp_path / "run", steps=2, say=quiet, **scored)
    made = run.sample(500).values.double()
    assert (made.mean(0) - torch.tensor([50_000, 40])).abs().lt(torch.tensor([24_000, 6])).all()
    assert made[:, 0].std() > 100
    assert run.values[0]["#1"] == pytest.approx((table[:, 1].mean(), table[:, 1].std()))
    samples = torch.from_numpy(table[::2]).float()
    card = gankit.evaluate(samples, table, metrics=("frechet",), features="points", samples=200, say=quiet)
    assert card["frechet"].value < 0.2 * table[:, 0].var()


def test_translation_takes_the_rule_of_training(tmp_path: Path) -> None:
    for name, top in (("A", 4000), ("B", 1)):
        (tmp_path / "pairs" / name).mkdir(parents=True)
        for index in range(4):
            pixels = RNG.integers(0, top + 1, (16, 16)).astype(np.uint16 if top > 1 else np.uint8)
            pixels[0, :2] = 0, top
            Image.fromarray(pixels).save(tmp_path / "pairs" / name / f"{index}.png")
    tiny = TINY["pix2pix"]
    run = gankit.train(tiny.method, data=str(tmp_path / "pairs"), out=tmp_path / "run", steps=1, say=quiet)
    assert run.values == ({"16-bit": (0, 4000)}, {"8-bit": (0, 1)})
    pixels = np.asarray(Image.open(tmp_path / "pairs" / "A" / "0.png"))
    stretched = Image.fromarray(np.rint(pixels * (65535 / 4000)).astype(np.uint16))
    run.config["data"]["values"], kept = {}, run.config["data"]["values"]
    wanted = np.asarray(run.translate(stretched)).astype(int)
    run.config["data"]["values"] = kept
    made = np.asarray(run.translate(tmp_path / "pairs" / "A" / "0.png")).astype(int)
    assert np.abs(made - wanted).max() <= 300
    assert open_data(tmp_path / "pairs", sides="either").report.values == {"16-bit": (0, 4000)}
