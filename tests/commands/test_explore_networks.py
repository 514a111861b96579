"""features, regions, probe, film and game as a user types them, on tiny runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gankit
from gankit.commands.main import main
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.ebgan import EBGAN
from gankit.methods.gan import GAN
from gankit.networks import MLP, AutoencoderOrMLP, CGANNetwork, ConvAutoencoder, DCGANNetwork


def quiet(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs of a few steps, by name."""
    small = MLP(generator_widths=(8,), discriminator_widths=(8,), latent=2)
    tiny = CGANNetwork(generator_widths=(8, 8, 8), units=(8, 4, 8), pieces=(2, 2, 2))
    kinds: dict[str, tuple[Any, str, int]] = {
        "dcgan": (DCGAN(network=DCGANNetwork(width=4), batch_size=8), "digits", 6),
        "cgan": (CGAN(network=tiny, batch_size=8), "digits", 2),
        "ebgan": (EBGAN(network=AutoencoderOrMLP(conv=ConvAutoencoder(width=4)), batch_size=8), "digits", 2),
        "ring": (GAN(network=small, batch_size=32), "ring", 3),
        "line": (GAN(network=small, batch_size=32), "gaussian", 6),
        "labelled ring": (CGAN(network=tiny, batch_size=8), "ring", 2),
    }
    base = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANKIT_CACHE", str(tmp_path_factory.getbasetemp() / "gankit-cache"))
        for name, (method, data, steps) in kinds.items():
            often: dict[str, Any] = {"log_every": 1, "preview_every": 2, "checkpoint_every": 2, "keep": 9}
            gankit.train(method, data=data, out=base / name, steps=steps, say=quiet, **often)
    return {name: base / name for name in kinds}


def explore(*words: str | Path) -> None:
    assert main(["explore", *map(str, words)]) == 0


def refuses(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    capsys.readouterr()
    assert main(["explore", *map(str, words)]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1, printed
    return printed


def told(path: Path) -> dict[str, Any]:
    """The numbers beside a picture, which is there and not empty."""
    with Image.open(path) as picture:
        assert np.asarray(picture.convert("RGB")).std() > 5
    return json.loads(path.with_suffix(".json").read_text())


def test_features_are_shown_beside_random_ones(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    explore("features", runs["dcgan"], "--images", "50", "--units", "2")
    first = told(runs["dcgan"] / "explore" / "features.png")
    assert first["layer"] == "conv2"
    assert len(first["trained"]["units"]) == len(first["random"]["units"]) == 2
    assert str(runs["dcgan"] / "explore" / "features.json") in capsys.readouterr().out
    before = (runs["dcgan"] / "explore" / "features.png").read_bytes()
    explore("features", runs["dcgan"], "--images", "50", "--units", "2")
    assert (runs["dcgan"] / "explore" / "features.png").read_bytes() == before
    explore("features", runs["dcgan"], "--images", "50", "--units", "2", "--seed", "1")
    assert told(runs["dcgan"] / "explore" / "features.png") != first


@pytest.mark.parametrize(("name", "layer"), [("cgan", "maxout1"), ("ebgan", "conv1")])
def test_features_of_other_discriminators(runs: dict[str, Path], name: str, layer: str, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "seen.png"
    explore("features", runs[name], "--images", "20", "--layer", layer, "--out", out)
    assert told(out)["layer"] == layer
    explore("features", runs[name], "--images", "20", "--filters", "--out", out)
    assert "strengths" in told(out)


@pytest.mark.parametrize(("name", "how"), [("dcgan", "occlusion"), ("cgan", "occlusion"), ("ebgan", "patches")])
def test_regions(runs: dict[str, Path], name: str, how: str, tmp_path: Path) -> None:
    explore("regions", runs[name], "--n", "3", "--out", tmp_path / "r.png")
    found = told(tmp_path / "r.png")
    assert found["how"] == how
    assert len(found["real"]["scores"]) == len(found["generated"]["scores"]) == 3
    explore("regions", runs[name], "--n", "3", "--how", "gradient", "--out", tmp_path / "r.png")
    assert told(tmp_path / "r.png")["how"] == "gradient"


def test_probe(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    command = ["probe", runs["dcgan"], "--labels", "50", "--centres", "8"]
    explore(*command)
    found = told(runs["dcgan"] / "explore" / "probe.png")
    assert [row["name"] for row in found["rows"]] == ["trained D", "random D", "raw pixels", "8 k-means"]
    assert (found["labels"], found["tested"], found["split"]) == (50, 359, "a held-out fifth")
    assert all(row["accuracy"] > 0.4 for row in found["rows"])
    assert "raw pixels" in capsys.readouterr().out
    explore(*command)
    assert told(runs["dcgan"] / "explore" / "probe.png") == found


def test_probe_of_other_data(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "set.npz", images=rng.integers(0, 256, (40, 8, 8, 3), np.uint8), labels=np.arange(40) % 2)
    explore("probe", runs["dcgan"], "--data", tmp_path / "set.npz", "--labels", "10", "--out", tmp_path / "p.png")
    assert told(tmp_path / "p.png")["tested"] == 8
    np.save(tmp_path / "bare.npy", rng.integers(0, 256, (40, 8, 8), np.uint8))
    assert "has no labels to probe for" in refuses(capsys, "probe", runs["dcgan"], "--data", tmp_path / "bare.npy")


def test_a_film_of_the_run(runs: dict[str, Path], tmp_path: Path) -> None:
    explore("film", runs["dcgan"], "--out", tmp_path / "film.gif")
    assert told(tmp_path / "film.gif")["frames"] == [2, 4, 6]
    with Image.open(tmp_path / "film.gif") as made:
        assert getattr(made, "n_frames", 1) == 3
    explore("film", runs["dcgan"], "--out", tmp_path / "film.gif", "--frames", "2")
    assert told(tmp_path / "film.gif")["frames"] == [4, 6]
    assert [len(curve["steps"]) for curve in told(tmp_path / "film.gif")["losses"].values()] == [6, 6]


def test_a_film_of_a_run_that_was_killed(runs: dict[str, Path], tmp_path: Path) -> None:
    path = Path(shutil.copytree(runs["dcgan"], tmp_path / "killed"))
    log = (path / "log.jsonl").read_text()
    (path / "log.jsonl").write_text(log[: -len(log.splitlines()[-1]) // 2])
    explore("film", path, "--out", tmp_path / "film.gif")
    assert [len(curve["steps"]) for curve in told(tmp_path / "film.gif")["losses"].values()] == [5, 5]


def test_without_an_encoder_a_film_is_a_gif_and_that_is_said(
    runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gankit.pictures.films.find_encoder", lambda: None)
    explore("film", runs["ring"])
    printed = capsys.readouterr()
    assert "no MP4 encoder here, so film.gif" in printed.err
    assert str(runs["ring"] / "explore" / "film.gif") in printed.out


def test_the_game_over_checkpoints_or_at_the_last(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explore("game", runs["line"], "--out", tmp_path / "game.gif")
    assert "3 kept, 3 shown; gankit train --keep 100 keeps more" in capsys.readouterr().out
    assert told(tmp_path / "game.gif")["steps"] == [2, 4, 6]
    explore("game", runs["line"], "--out", tmp_path / "game.png")
    assert told(tmp_path / "game.png")["steps"] == [6]
    explore("game", runs["ring"], "--points", "20")
    assert told(runs["ring"] / "explore" / "game.png")["steps"] == [3]


def test_a_damaged_checkpoint_is_said(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(shutil.copytree(runs["line"], tmp_path / "line"))
    (path / "checkpoints" / "step-000004" / "players.safetensors").write_bytes(b"")
    assert "step-000004 can't be read" in refuses(capsys, "game", path, "--out", tmp_path / "game.gif")
    assert not (tmp_path / "game.gif").exists()


def test_mistakes_are_one_line(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dcgan, ring = runs["dcgan"], runs["ring"]
    assert "this discriminator has conv1, conv2, linear1" in refuses(capsys, "features", dcgan, "--layer", "conv7")
    assert "gankit explore game" in refuses(capsys, "features", ring)
    assert "n must be at least 1" in refuses(capsys, "regions", dcgan, "--n", "0")
    assert "not patches" in refuses(capsys, "regions", dcgan, "--how", "patches")
    assert "told the label" in refuses(capsys, "probe", runs["cgan"])
    assert "can't cover the 10 classes" in refuses(capsys, "probe", dcgan, "--labels", "3")
    assert "is about images" in refuses(capsys, "game", dcgan)
    assert "takes labels" in refuses(capsys, "game", runs["labelled ring"])
    assert ".mp4, .gif" in refuses(capsys, "film", dcgan, "--out", tmp_path / "film.avi")
    assert "holds no run" in refuses(capsys, "film", tmp_path)
    bare = Path(shutil.copytree(dcgan, tmp_path / "bare"))
    shutil.rmtree(bare / "previews")
    shutil.rmtree(bare / "checkpoints")
    assert "no previews yet" in refuses(capsys, "film", bare)
    assert "no checkpoint yet" in refuses(capsys, "features", bare)


def test_players_of_an_earlier_step(runs: dict[str, Path]) -> None:
    run = gankit.load(runs["line"])
    assert run.steps() == [2, 4, 6]
    weights = [next(run.players(device="cpu", step=step).parameters()) for step in (*run.steps(), None)]
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(weights[2], weights[3])
