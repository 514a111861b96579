"""Settings by hardware: which of a few is taken by how long their steps take, and what stands against it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data.pack import Pack, Report
from gankit.game import DataSpec
from gankit.methods import METHODS
from gankit.methods.dcgan import DCGAN
from gankit.methods.infogan import InfoGAN
from gankit.methods.sngan import SNGAN
from gankit.networks import InfoGANNetwork
from gankit.runs import hardware
from gankit.runs.auto import auto
from gankit.runs.entrants import augmented
from gankit.runs.hardware import SETTINGS, fitted
from gankit.runs.options import Options
from tests.runs.material import photos
from tests.tiny import quiet

MINUTES = Options(minutes=10, device="cpu")
SMALL: Any = SNGAN.preset("small")


def pack(side: int = 64, own: int = 128, channels: int = 3) -> Pack:
    spec = DataSpec(shape=(channels, side, side))
    values = torch.zeros(100, side, side, channels, dtype=torch.uint8)
    return Pack("photos", spec, values, None, key="", content="", report=Report(sizes={f"{own}x{own}": 100}))


def taking(monkeypatch: pytest.MonkeyPatch, work: float) -> list[tuple[int, int, int]]:
    """A machine on which a step takes `work` seconds for each unit of pixels, channels and batch; what it tries."""
    tried = []

    def seconds(method: Any, spec: DataSpec, count: int, asked: Options) -> float:
        side, width, batch = spec.shape[1], method.network.width, method.batch_size
        tried.append((side, width, batch))
        return work * (side / 64) ** 2 * (width / 32) ** 2 * batch / 64

    monkeypatch.setattr(hardware, "_seconds", seconds)
    return tried


@pytest.mark.parametrize(
    ("work", "name", "shape", "tried"),
    [
        (0.5, "usual", (64, 32, 64), 1),  # 1,200 updates
        (0.7, "brief", (64, 32, 32), 2),  # 857, or 1,714 of half the batch
        (3.0, "small", (32, 32, 32), 3),
        (50.0, "small", (32, 32, 32), 3),  # too slow for anything, and the smallest is what there is
        (0.1, "usual", (64, 32, 64), 2),  # 6,000, but 1,500 of twice the width
        (0.02, "wide", (64, 64, 64), 3),
        (0.002, "large", (128, 64, 64), 3),
        (float("inf"), "small", (32, 32, 32), 3),  # no memory for any
    ],
)
def test_the_largest_that_is_worth_it(
    monkeypatch: pytest.MonkeyPatch, work: float, name: str, shape: tuple[int, int, int], tried: int
) -> None:
    seen = taking(monkeypatch, work)
    found = fitted("sngan", SMALL, pack(), MINUTES, {})
    assert found
    method: Any = found.method
    assert found.setting.name == name
    assert (int((found.size or "64").split("x")[0]), method.network.width, method.batch_size) == shape
    assert len(seen) == tried
    assert replace(method, network=replace(method.network, width=32), batch_size=64) == SMALL  # and nothing else


@pytest.mark.parametrize(
    ("work", "name", "shape"),
    [
        (0.001, "usual", (64, 128)),
        (0.6, "usual", (64, 128)),  # 653 updates, and a race has shown what those make
        (1.0, "narrow", (32, 64)),  # 392, or eight times as many of half the width and half the batch
        (50.0, "narrow", (32, 64)),
    ],
)
def test_small_grey_pictures_have_settings_too(
    monkeypatch: pytest.MonkeyPatch, work: float, name: str, shape: tuple[int, int]
) -> None:
    taking(monkeypatch, work)
    found = fitted("infogan", InfoGAN(), pack(28, 28, channels=1), MINUTES, {})
    assert found
    method: Any = found.method
    assert (found.setting.name, found.size) == (name, None)
    assert (method.network.width, method.batch_size) == shape
    assert replace(method, network=InfoGANNetwork(), batch_size=128) == InfoGAN()  # and nothing else


def test_pictures_are_not_enlarged_nor_shrunk_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = 0.002, 50.0
    for work, side, own, found in ((fast, 64, 100, None), (slow, 64, 64, "32x32"), (slow, 40, 40, None)):
        taking(monkeypatch, work)
        fit = fitted("sngan", SMALL, pack(side, own), MINUTES, {})
        assert fit
        assert fit.size == found


def test_what_was_given_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    for work in (0.002, 50.0):
        seen = taking(monkeypatch, work)
        fit = fitted("sngan", SMALL, pack(), replace(MINUTES, size="64"), {"width": 16, "batch_size": 8})
        assert fit
        assert set(seen) == {(64, 16, 8)}
        assert (fit.size, fit.method.batch_size) == (None, 8)


def test_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    taking(monkeypatch, 0.7)
    fit = fitted("sngan", SMALL, pack(), replace(MINUTES, precision="fp32"), {})
    assert fit
    assert fit.words.startswith("64x64, width 32, batch 32, fp32 on cpu: about 1,700 steps in 10 minutes, by a trial")
    taking(monkeypatch, 0.1)
    fit = fitted("sngan", SMALL, pack(), replace(MINUTES, steps=3000), {})
    assert fit
    assert "3,000 steps in about 5:00 of 10 minutes, and more with --steps" in fit.words


def test_the_usual_setting_is_the_methods_own() -> None:
    methods: dict[str, Any] = {"sngan": SMALL, "dcgan": DCGAN(), "infogan": InfoGAN()}
    assert methods.keys() == SETTINGS.keys()
    for name, method in methods.items():
        [usual] = [setting for setting in SETTINGS[name] if setting.name == "usual"]
        assert (usual.doublings, usual.width, usual.batch) == (0, method.network.width, method.batch_size)
    assert SETTINGS.keys() <= METHODS.keys()


def test_a_trial_plays_steps_and_leaves_chance_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "SECONDS", 0.0)
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    tiny = replace(SMALL, network=replace(SMALL.network, width=2), batch_size=4)
    assert 0 < hardware._seconds(tiny, DataSpec(shape=(3, 32, 32)), 10, MINUTES) < float("inf")
    assert torch.equal(torch.rand(1), expected)

    def none_left(*about: Any) -> None:
        raise UserError("the players have no room")

    monkeypatch.setattr(hardware, "refuse_too_large", none_left)
    assert hardware._seconds(tiny, DataSpec(shape=(3, 32, 32)), 10, MINUTES) == float("inf")


def test_a_run_keeps_what_was_decided_when_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taking(monkeypatch, 1e6)
    common = [f"--data={photos(tmp_path, 64)}", f"--out={tmp_path / 'run'}", "--device=cpu", "--minutes=5"]
    common += ["--network.width=2", "--batch-size", "4", "--preview-every=0"]
    assert main(["train", *common, "--steps=1"]) == 0
    assert "32x32, width 2, batch 4" in capsys.readouterr().err
    run = gankit.load(tmp_path / "run")
    assert run.spec.shape == (3, 32, 32)
    seen = taking(monkeypatch, 0.0001)  # the machine has become faster since
    assert main(["train", *common, "--steps=2"]) == 0
    assert not seen
    run = gankit.load(tmp_path / "run")
    assert (run.spec.shape, max(run.steps())) == ((3, 32, 32), 2)


def test_no_trial_without_minutes_nor_among_several_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = taking(monkeypatch, 50.0)
    data = photos(tmp_path, 64)
    assert auto(Options(data=data, device="cpu"), quiet) == (augmented(SMALL), {})
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert auto(Options(data=data, device="cpu", minutes=1), quiet) == (augmented(SMALL), {})
    assert not seen
    monkeypatch.delenv("WORLD_SIZE")
    assert auto(Options(data=data, device="cpu", minutes=1), quiet)[1] == {"size": "32x32"}
    assert auto(Options(data="ring", device="cpu", minutes=1), quiet)[1] == {}
