"""Runs as others have them: in a folder, and on a hub that stands in for the real one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.runs.publish import write_published
from tests.hub.stand_in import StandIn, running
from tests.tiny import TINY, TinyRun, copied, quiet

KEPT = Path(__file__).parents[1] / "kept" / "own"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    """A hub on this machine, and a cache that has fetched nothing from it yet."""
    with running() as server:
        monkeypatch.setenv("GANKIT_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_TOKEN", "hf_of_this_test")
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


def test_a_published_folder_is_a_run(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("cgan")
    folder = write_published(run, tmp_path / "out")
    other = gankit.load(folder)
    assert torch.equal(other.sample(5, label="3").values, run.sample(5, label="3").values)
    with safe_open(folder / "model.safetensors", "pt") as file:
        assert json.loads(file.metadata()["gankit"])["step"] == 6
    with pytest.raises(UserError, match="with its generator alone"):
        other.players()
    with pytest.raises(UserError, match="take --weights average"):
        other.sample(2, weights="last")


def test_the_page_says_what_it_is(tiny_run: TinyRun, tmp_path: Path) -> None:
    page = (write_published(tiny_run("cgan"), tmp_path / "out", license="mit") / "README.md").read_text()
    front, _, text = page.removeprefix("---\n").partition("\n---\n")
    assert 'license: "mit"' in front
    assert 'library_name: "gankit"' in front
    assert "# CGAN on digits" in text
    assert "by label: 0, 1, 2" in text
    assert "arXiv:1411.1784" in text
    assert "No figure is known" in text


def test_figures_of_these_weights_are_on_the_page(tiny_run: TinyRun, tmp_path: Path) -> None:
    folder = copied(tiny_run("dcgan"), tmp_path / "run")
    gankit.evaluate(folder, metrics=("frechet",), samples=100, real=200, say=quiet)
    published = write_published(gankit.load(folder), tmp_path / "out")
    assert "| frechet |" in (published / "README.md").read_text()
    assert (published / "card.json").is_file()


def test_where_the_users_data_lie_is_nobodys_business(tmp_path: Path) -> None:
    import numpy as np

    array = tmp_path / "secret-place" / "dots.npy"
    array.parent.mkdir()
    np.save(array, np.random.default_rng(0).normal(size=(64, 2)).astype("float32"))
    method = gankit.GAN(batch_size=16)
    run = gankit.train(method, data=str(array), out=tmp_path / "run", steps=1, say=quiet)
    folder = write_published(run, tmp_path / "out")
    assert all(b"secret-place" not in path.read_bytes() for path in folder.iterdir())
    assert "GAN on dots.npy" in (folder / "README.md").read_text()


def test_it_is_written_whole_or_not_at_all(tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    with pytest.raises(UserError, match="not empty"):
        write_published(tiny_run("gan"), tmp_path / "full")

    def broken(*arguments: object, **options: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr("gankit.runs.publish.readme", broken)
    with pytest.raises(OSError, match="disk full"):
        write_published(tiny_run("gan"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_file_of_weights_that_was_changed_is_refused(tiny_run: TinyRun, tmp_path: Path) -> None:
    folder = write_published(tiny_run("gan"), tmp_path / "out")
    config = json.loads((folder / "config.json").read_text())
    config["seed"] = 5
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match="was changed since"):
        gankit.load(folder).sample(1)
    model = folder / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-8])
    with pytest.raises(UserError, match=r"model.safetensors can't be read"):
        gankit.load(folder).sample(1)


def test_push_and_load(hub: StandIn, tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tiny_run("dcgan")
    assert main(["push", str(run.directory), "someone/digits", "--license", "mit"]) == 0
    assert "someone/digits" in capsys.readouterr().out
    assert {"config.json", "model.safetensors", "README.md"} <= set(hub.files["someone/digits"])
    assert b"hub:someone/digits" in hub.files["someone/digits"]["README.md"]
    assert torch.equal(gankit.load("hub:someone/digits").sample(4).values, run.sample(4).values)
    assert main(["sample", "hub:someone/digits", "--out", str(tmp_path / "sheet.png")]) == 0
    assert (tmp_path / "sheet.png").is_file()


def test_what_was_fetched_serves_offline(hub: StandIn, tiny_run: TinyRun) -> None:
    tiny_run("gan").push("someone/digits", say=quiet)
    known = gankit.load("hub:someone/digits").sample(2).values
    hub.files.clear()
    assert torch.equal(gankit.load("hub:someone/digits").sample(2).values, known)


def test_training_starts_from_what_was_published(hub: StandIn, tiny_run: TinyRun, tmp_path: Path) -> None:
    run, said = tiny_run("dcgan"), []
    run.push("someone/digits", say=quiet)
    TINY["dcgan"].train(tmp_path / "run", init="hub:someone/digits", steps=1, say=said.append)
    (line,) = (line for line in said if line.startswith("starts from hub:someone/digits at step 6"))
    assert "new are discriminator." in line


@pytest.mark.parametrize("change", ["method", "outline"])
def test_what_a_later_version_pushed_says_what_helps(
    change: str, hub: StandIn, tiny_run: TinyRun, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_run("gan").push("someone/later", say=quiet)
    files = hub.files["someone/later"]
    config = json.loads(files["config.json"]) | {"gankit": "7.0.0"}
    if change == "method":
        config["method"]["of_later"] = 1
    else:
        del config["precision"]
    files["config.json"] = json.dumps(config).encode()
    assert main(["sample", "hub:someone/later"]) == 2
    (said,) = _errors(capsys)
    assert "gankit 7.0.0 wrote it" in said
    assert "pip install --upgrade gankit" in said


def test_a_hub_that_can_not_be_reached_is_one_line(
    hub: StandIn, tiny_run: TinyRun, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.shutdown()
    hub.server_close()
    assert main(["sample", "hub:someone/digits"]) == 2
    assert main(["push", str(tiny_run("gan").directory), "someone/digits"]) == 2
    fetched, sent = _errors(capsys)
    assert "hub:someone/digits could not be fetched" in fetched
    assert "'hf download someone/digits --local-dir FOLDER'" in fetched
    assert "'gankit export RUN --to safetensors' writes what would be sent" in sent


def test_what_the_hub_refuses_is_one_line(hub: StandIn, tiny_run: TinyRun) -> None:
    hub.files["someone/else"] = {"pytorch_model.bin": b"x", "config.json": b"{}"}
    with pytest.raises(UserError, match="is taken: it holds"):
        tiny_run("gan").push("someone/else", say=quiet)
    with pytest.raises(UserError, match="holds no run of gankit"):
        gankit.load("hub:someone/else")
    with pytest.raises(UserError, match="could not be fetched"):
        gankit.load("hub:someone/nothing")
    for name in ("nothing", "a/b/c", "../up", "a/.."):
        with pytest.raises(UserError, match="write owner/name"):
            gankit.load(f"hub:{name}")


def test_a_method_of_ones_own_is_sent_and_not_run_without_trust(hub: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    gankit.load(KEPT, trust=True).push("someone/own", say=quiet)
    monkeypatch.setenv("XDG_CONFIG_HOME", os.environ["GANKIT_CACHE"])  # elsewhere, where nothing was made
    with pytest.raises(UserError, match="repeat with --trust"):
        gankit.load("hub:someone/own")
    assert gankit.load("hub:someone/own", trust=True).sample(2).values.isfinite().all()
    hub.files["someone/own"]["method.py"] += b"\nraise SystemExit('it was run')\n"
    with pytest.raises(UserError, match="was changed since"):
        gankit.load("hub:someone/own", trust=True)


def test_without_the_client_it_is_one_line(monkeypatch: pytest.MonkeyPatch, tiny_run: TinyRun) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UserError, match=r"pip install .*\[hub\]'"):
        tiny_run("gan").push("someone/digits", say=quiet)


def _errors(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was said to be wrong, beside the bars of the hub's client."""
    return [line for line in capsys.readouterr().err.split("\n") if line.startswith("gankit: error")]
