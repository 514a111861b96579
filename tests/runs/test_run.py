"""The run directory, end to end: train, stop, continue, look, and every way to get it wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import gankit
from gankit.base.errors import UserError
from gankit.game.optimizers import Adam
from gankit.methods.acgan import ACGAN
from gankit.methods.began import BEGAN
from gankit.methods.catgan import CatGAN
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.dragan import DRAGAN
from gankit.methods.ebgan import EBGAN
from gankit.methods.fgan import FGAN
from gankit.methods.gan import GAN
from gankit.methods.infogan import InfoGAN
from gankit.methods.lsgan import LSGAN
from gankit.methods.sgan import SGAN
from gankit.methods.wgan import WGAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import (
    MLP,
    ACGANNetwork,
    AutoencoderOrMLP,
    BEGANNetwork,
    CatGANNetwork,
    ConditionalDCGAN,
    ConvAutoencoder,
    ConvOrMLP,
    DCGANNetwork,
    FGANNetwork,
    InfoGANNetwork,
)

TINY: dict[str, Any] = {
    "gan": GAN(network=MLP(generator_widths=(16,), discriminator_widths=(16,)), batch_size=8),
    "dcgan": DCGAN(network=DCGANNetwork(width=4), batch_size=8),
    "cgan": CGAN(network=ConditionalDCGAN(width=4, hidden=16), batch_size=8),
    "acgan": ACGAN(network=ACGANNetwork(generator_widths=(8, 4), discriminator_widths=(4, 8)), batch_size=8),
    "infogan": InfoGAN(network=InfoGANNetwork(width=4, hidden=16), batch_size=8),
    "catgan": CatGAN(network=CatGANNetwork(generator_widths=(16,), discriminator_widths=(16,)), batch_size=8),
    "sgan": SGAN(network=DCGANNetwork(width=4), batch_size=8, labels=10),
    "wgan-gp": WGANGP(
        batch_size=8,
        network=ConvOrMLP(conv=DCGANNetwork(width=4, prior="normal", discriminator_norm="none")),
    ),
    "wgan": WGAN(batch_size=8, network=ConvOrMLP(conv=DCGANNetwork(width=4)), critic_steps=2),
    "lsgan": LSGAN(batch_size=8, network=ConvOrMLP(conv=DCGANNetwork(width=4))),
    "dragan": DRAGAN(batch_size=8, network=ConvOrMLP(conv=DCGANNetwork(width=4, discriminator_norm="none"))),
    "fgan": FGAN(batch_size=8, network=FGANNetwork(generator_widths=(16,), discriminator_widths=(16,))),
    "ebgan": EBGAN(batch_size=8, network=AutoencoderOrMLP(conv=ConvAutoencoder(width=4))),
    "began": BEGAN(batch_size=8, network=AutoencoderOrMLP(conv=BEGANNetwork(filters=4, repeats=1, code=4))),
}


def quiet(line: str) -> None:
    pass


def train(out: Path, method: Any = TINY["dcgan"], **options: Any) -> gankit.Run:
    return gankit.train(method, say=quiet, **{"steps": 6, "out": out, "log_every": 2, "checkpoint_every": 2, **options})


def weights(out: Path) -> dict[str, Any]:
    last = sorted((out / "checkpoints").glob("step-*"))[-1]
    files = [load_file(last / f"{part}.safetensors") for part in ("players", "average", "optimizers")]
    return {f"{index}/{name}": value for index, file in enumerate(files) for name, value in file.items()}


def assert_same_weights(first: Path, second: Path) -> None:
    a, b = weights(first), weights(second)
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []


def lines(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened)


def test_a_run_holds_everything_that_is_promised(tmp_path: Path) -> None:
    run = train(tmp_path / "run", preview_every=3)
    held = {path.name for path in run.directory.iterdir()}
    assert held >= {"config.json", "log.jsonl", "previews", "checkpoints", "tensorboard"}
    assert [path.name for path in sorted((run.directory / "previews").iterdir())] == [
        "step-000003.png",
        "step-000006.png",
    ]
    assert [path.name for path in sorted((run.directory / "checkpoints").iterdir())] == ["step-000004", "step-000006"]
    assert [line["step"] for line in lines(run.directory)] == [2, 4, 6]
    assert {"discriminator/real", "generator/non-saturating", "images_per_second"} <= lines(run.directory)[0].keys()
    assert not [path for path in run.directory.rglob("*") if path.suffix in (".pt", ".pkl", ".pth", ".partial")]


def test_tensorboard_has_the_log_s_values(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = train(tmp_path / "run")
    board = EventAccumulator(str(run.directory / "tensorboard")).Reload()
    seen = [(event.step, event.value) for event in board.Scalars("discriminator/real")]
    assert seen == [(line["step"], pytest.approx(line["discriminator/real"])) for line in lines(run.directory)]


@pytest.mark.parametrize("name", TINY)
def test_repeating_the_command_continues_to_the_same_bits(name: str, tmp_path: Path) -> None:
    train(tmp_path / "whole", TINY[name])
    train(tmp_path / "parts", TINY[name], steps=3)
    train(tmp_path / "parts", TINY[name])
    assert_same_weights(tmp_path / "whole", tmp_path / "parts")


def test_a_run_from_before_a_field_existed_is_continued(tmp_path: Path) -> None:
    train(tmp_path / "whole")
    train(tmp_path / "old", steps=3)
    path = tmp_path / "old" / "config.json"
    written = json.loads(path.read_text())
    del written["method"]["stabilisers"], written["method"]["smoothing"], written["method"]["network"]["minibatch"]
    path.write_text(json.dumps(written))
    train(tmp_path / "old")
    assert_same_weights(tmp_path / "whole", tmp_path / "old")
    with pytest.raises(UserError, match=r"differing fields: method\.smoothing: 0\.0 -> 0\.1\. Take"):
        train(tmp_path / "old", replace(TINY["dcgan"], smoothing=0.1))


def test_how_often_we_look_changes_no_step(tmp_path: Path) -> None:
    train(tmp_path / "seldom", checkpoint_every=0, log_every=100)
    train(tmp_path / "often", checkpoint_every=1, log_every=1, preview_every=1, evaluate_every=2)
    assert_same_weights(tmp_path / "seldom", tmp_path / "often")


def test_slow_steps_are_saved_before_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gankit.training.loop.PATIENCE", 0)
    run = train(tmp_path / "run", steps=3, checkpoint_every=100, keep=9)
    assert len(list((run.directory / "checkpoints").iterdir())) == 3
    run = train(tmp_path / "never", steps=3, checkpoint_every=0, keep=9)
    assert len(list((run.directory / "checkpoints").iterdir())) == 1


def test_a_log_that_ran_ahead_of_its_checkpoint_is_cut_back(tmp_path: Path) -> None:
    run = train(tmp_path / "run", steps=4)
    with (run.directory / "log.jsonl").open("a") as file:
        file.write('{"step": 5, "x": 1}\n{"step": 6, "x"')
    train(tmp_path / "run", steps=8)
    assert [line["step"] for line in lines(run.directory)] == [2, 4, 6, 8]


def test_a_finished_run_says_so(tmp_path: Path) -> None:
    train(tmp_path / "run")
    said: list[str] = []
    gankit.train(TINY["dcgan"], steps=6, out=tmp_path / "run", say=said.append)
    assert "already at step 6: ask for more --steps" in said[-1]


def test_minutes_end_a_run_that_then_continues(tmp_path: Path) -> None:
    train(tmp_path / "run", minutes=1e-9)
    assert [line["step"] for line in lines(tmp_path / "run")] == [1]
    train(tmp_path / "run")
    train(tmp_path / "whole")
    assert_same_weights(tmp_path / "run", tmp_path / "whole")


def test_the_best_checkpoint_stays(tmp_path: Path) -> None:
    scores = iter([5.0, 1.0, 3.0, 4.0])
    run = train(tmp_path / "run", steps=8, evaluate=lambda generator: next(scores), evaluate_every=2, keep=1)
    assert sorted(path.name for path in (run.directory / "checkpoints").iterdir()) == ["step-000004", "step-000008"]
    state = json.loads((run.directory / "checkpoints/step-000008/state.json").read_text())
    assert state["best"] == {"step": 4, "score": 1.0}
    assert [line["score"] for line in lines(run.directory) if "score" in line] == [5, 1, 3, 4]


def test_the_built_in_score_is_finite_and_repeats(tmp_path: Path) -> None:
    for out in ("a", "b"):
        train(tmp_path / out, steps=2, evaluate_every=2)
    scores = [next(line["score"] for line in lines(tmp_path / out) if "score" in line) for out in ("a", "b")]
    assert scores[0] == scores[1] > 0


@pytest.mark.parametrize("name", TINY)
def test_killed_at_any_moment_it_ends_in_the_same_weights(name: str, tmp_path: Path) -> None:
    """SIGKILL at moments spread over the run, restarted each time, against a run left alone."""
    script = tmp_path / "train.py"
    script.write_text(
        "import sys, torch\nfrom pathlib import Path\ntorch.set_num_threads(1)\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from tests.runs.test_run import TINY, train\n"
        "print('ready', flush=True)\n"
        f"train(Path(sys.argv[1]), TINY[{name!r}], steps=40, checkpoint_every=5, preview_every=10)\n"
    )
    command = [sys.executable, "-W", "error", str(script)]
    for delay in (0.05, 0.3, 0.6):
        process = subprocess.Popen([*command, str(tmp_path / "killed")], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.kill()
        process.wait()
        process.stdout.close()
    train(tmp_path / "killed", TINY[name], steps=40)
    train(tmp_path / "whole", TINY[name], steps=40)
    assert_same_weights(tmp_path / "killed", tmp_path / "whole")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_a_checkpoint_and_its_status(number: signal.Signals, status: int, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "gankit", "train", "dcgan", "--network.width", "4", "--batch-size", "8"]
    command += ["--steps", "100000", "--log-every", "1", "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (out / "log.jsonl").exists() or not (out / "log.jsonl").read_text():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status, errors
    assert f"stopped by {number.name}" in errors
    assert "Traceback" not in errors
    assert weights(out)


def test_damaged_checkpoints_are_passed_over_and_the_end_is_the_same(tmp_path: Path) -> None:
    train(tmp_path / "whole", steps=8)
    run = train(tmp_path / "run")
    path = run.directory / "checkpoints/step-000006/optimizers.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    said: list[str] = []
    gankit.train(TINY["dcgan"], steps=8, out=run.directory, checkpoint_every=2, say=said.append)
    assert any("optimizers.safetensors is damaged; trying the one before" in line for line in said)
    assert any("continues at step 4" in line for line in said)
    assert_same_weights(tmp_path / "whole", tmp_path / "run")


def test_no_whole_checkpoint_is_an_error_not_a_new_beginning(tmp_path: Path) -> None:
    run = train(tmp_path / "run")
    for path in run.directory.glob("checkpoints/*/players.safetensors"):
        path.write_bytes(b"")
    with pytest.raises(UserError, match=r"no checkpoint in .* can be read"):
        train(tmp_path / "run", steps=8)


def test_another_configuration_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    run = train(tmp_path / "run")
    before = sorted((path, path.stat().st_mtime_ns) for path in run.directory.rglob("*"))
    with pytest.raises(UserError) as caught:
        train(tmp_path / "run", DCGAN(network=DCGANNetwork(width=5), batch_size=9), seed=3, steps=9)
    message = str(caught.value)
    for field in ("network.width: 4 -> 5", "batch_size: 8 -> 9", "seed: 0 -> 3"):
        assert field in message
    assert "\n" not in message
    assert sorted((path, path.stat().st_mtime_ns) for path in run.directory.rglob("*")) == before


def test_a_run_says_what_was_done_to_the_data_and_names_what_was_skipped(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(12):
        Image.new("RGB", (100 + index, 80), (20 * index, 0, 99)).save(photos / f"{index}.png")
    (photos / "notes.png").write_text("no picture")
    (photos / "zero.jpg").touch()
    said: list[str] = []
    gankit.train(TINY["dcgan"], data=str(photos), steps=1, out=tmp_path / "run", say=said.append)
    assert "12 pictures resized from 12 sizes to 64x64" in said
    assert "2 unreadable files skipped: notes.png: not a picture; zero.jpg: an empty file" in said


def test_a_folder_may_be_moved_but_not_changed(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(12):
        Image.fromarray(random.integers(0, 256, (16, 16, 3), np.uint8)).save(photos / f"{index}.png")
    train(tmp_path / "run", data=str(photos), steps=2)
    photos.rename(tmp_path / "moved")
    os.utime(tmp_path / "moved" / "3.png")
    train(tmp_path / "run", data=str(tmp_path / "moved"), steps=3)
    (tmp_path / "moved" / "3.png").unlink()
    with pytest.raises(UserError, match=r"differing fields: data\.content"):
        train(tmp_path / "run", data=str(tmp_path / "moved"), steps=4)


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="no run and not empty"):
        train(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_trainings_in_one_directory_are_refused(tmp_path: Path) -> None:
    from gankit.runs.directory import locked

    train(tmp_path / "run")
    with locked(tmp_path / "run"), pytest.raises(UserError, match="another process is training"):
        train(tmp_path / "run", steps=9)


def test_a_loss_that_is_not_finite_stops_with_the_last_good_checkpoint(tmp_path: Path) -> None:
    class Breaks(DCGAN):
        def generator_loss(self, players: Any, batch: Any) -> Any:
            terms = super().generator_loss(players, batch)
            generator, _ = players
            broken = float(generator.body[1].num_batches_tracked > 9)  # two samples a step
            return {name: term + torch.tensor(0.0) / (1 - broken) for name, term in terms.items()}

    method = Breaks(network=DCGANNetwork(width=4), batch_size=8)
    with pytest.raises(
        UserError, match=r"generator/non-saturating became NaN .* by step 6.*step-000004 is from before"
    ):
        train(tmp_path / "run", method, steps=50)
    assert torch.stack([value.sum() for value in weights(tmp_path / "run").values()]).isfinite().all()
    assert gankit.load(tmp_path / "run", method=method).sample(2).values.isfinite().all()


def test_options_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    for wrong in (
        {"steps": 0},
        {"steps": -5},
        {"minutes": -1},
        {"keep": 0},
        {"size": "0"},
        {"ema": 1.5},
        {"device": "tpu"},
        {"stepz": 3},
        {"data": "mnits"},
        {"log_every": 0},
        {"preview_every": -1},
    ):
        with pytest.raises(UserError) as caught:
            train(tmp_path / "run", **wrong)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "run").exists(), wrong


def test_labels_asked_of_a_source_without(tmp_path: Path) -> None:
    from tests.game.test_method import Conditional

    with pytest.raises(UserError, match="conditional needs labels; 'array' has none"):
        train(tmp_path / "run", Conditional(), data=np.zeros((99, 8, 8), np.uint8))


def test_sampling(tmp_path: Path) -> None:
    run = train(tmp_path / "run")
    samples = run.sample(10, seed=5)
    assert samples.values.shape == (10, 1, 8, 8)
    assert torch.equal(samples.values, run.sample(10, seed=5).values)
    assert not torch.equal(samples.values, run.sample(10, seed=6).values)
    assert not torch.equal(samples.values, run.sample(10, seed=5, weights="last").values)
    sheet = samples.save(tmp_path / "deep" / "grid.png")
    assert picture(sheet).shape[1] > 64
    folder = samples.save(tmp_path / "each")
    assert sorted(path.name for path in folder.iterdir()) == [f"{index}.png" for index in range(10)]
    pixels = picture(folder / "3.png")
    assert pixels.shape == (8, 8)
    assert np.abs(pixels / 127.5 - 1 - samples.values[3, 0].numpy()).max() <= 1 / 255 + 1e-6
    assert np.array_equal(np.load(samples.save(tmp_path / "x.npy")), samples.values.numpy())
    with pytest.raises(UserError, match="can't write"):
        samples.save(tmp_path / "x.docx")
    with pytest.raises(UserError, match="takes no labels"):
        run.sample(4, label=3)
    with pytest.raises(UserError, match="Gaussian prior"):
        run.sample(4, truncation=0.5)
    with pytest.raises(UserError, match="at least 1"):
        run.sample(0)


def test_truncation_where_the_prior_is_gaussian(tmp_path: Path) -> None:
    run = train(tmp_path / "run", TINY["wgan-gp"], steps=1)
    plain, narrow = run.sample(64), run.sample(64, truncation=0.1)
    assert narrow.values.std(0).mean() < plain.values.std(0).mean() / 2


def test_points_are_drawn_as_clouds(tmp_path: Path) -> None:
    method = GAN(network=MLP(generator_widths=(8,), discriminator_widths=(8,)), generator_optimizer=Adam())
    run = train(tmp_path / "run", method, data="ring", steps=2)
    assert picture(run.directory / "previews" / "step-000002.png").shape == (512, 512, 3)
    assert run.sample(100).values.shape == (100, 2)
    assert run.sample(100).save(tmp_path / "cloud.png").exists()
    with pytest.raises(UserError, match=r"take --out points\.npy"):
        run.sample(100).save(tmp_path / "folder")


def test_a_run_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        gankit.load(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UserError, match="can't be read"):
        gankit.load(tmp_path)


def test_training_leaves_the_callers_random_numbers_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train(tmp_path / "run").sample(4)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_place(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="Permission denied"):
        train(tmp_path / "run")
