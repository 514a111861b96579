"""The method that data get where none is named: by what they are and where they are trained on, and said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.commands.main import main
from gankit.commands.train import suited
from gankit.game import DataSpec
from gankit.methods import METHODS, name_of
from gankit.methods.dcgan import DCGAN
from gankit.methods.infogan import InfoGAN
from gankit.methods.sngan import SNGAN
from gankit.methods.wgan_gp import WGANGP
from gankit.runs.auto import choice
from gankit.runs.entrants import augmented
from tests.runs.material import photos

OFTEN: Any = {"steps": 2, "log_every": 1, "preview_every": 0}


@pytest.mark.parametrize(
    ("shape", "on_cpu", "made"),
    [
        ((3, 64, 64), True, SNGAN.preset("small")),
        ((4, 32, 48), True, SNGAN.preset("small")),
        ((3, 64, 64), False, DCGAN()),
        ((3, 28, 64), True, DCGAN()),
        ((1, 64, 64), True, DCGAN()),
        ((1, 8, 8), True, DCGAN()),
        ((1, 28, 28), True, InfoGAN()),
        ((1, 32, 24), False, InfoGAN()),
        ((1, 28, 64), True, DCGAN()),
        ((2, 28, 28), True, DCGAN()),
        ((2,), True, WGANGP()),
    ],
)
def test_what_data_get(shape: tuple[int, ...], on_cpu: bool, made: Any) -> None:
    found = choice(DataSpec(shape=shape), 1001, on_cpu=on_cpu)
    assert found.made() == made
    assert found.method in METHODS
    assert re.fullmatch(rf"auto takes {found.method}( with its preset \w+)?: .+", str(found))


def test_few_photos_are_played_under_diffaugment() -> None:
    found = choice(DataSpec(shape=(3, 64, 64)), 1000, on_cpu=True)
    assert found.made() == augmented(SNGAN.preset("small"))
    assert str(found).startswith("auto takes sngan with its preset small under DiffAugment: 1,000 pictures in colour")
    for shape, on_cpu in (((3, 64, 64), False), ((1, 64, 64), True), ((2,), True)):
        assert not choice(DataSpec(shape=shape), 10, on_cpu=on_cpu).augment


def test_from_python_it_is_said_and_continued(tmp_path: Path) -> None:
    said: list[str] = []
    for steps in (2, 3):
        options = {**OFTEN, "steps": steps}
        run = gankit.train(data=photos(tmp_path), out=tmp_path / "run", device="cpu", say=said.append, **options)
    assert name_of(run.method) == "sngan"
    assert run.method.network == SNGAN.preset("small").network
    assert sum(line.startswith("auto takes sngan with its preset small under DiffAugment: ") for line in said) == 2
    assert max(run.steps()) == 3


def test_on_the_command_line_options_change_what_was_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    main(
        [
            *("train", f"--data={photos(tmp_path)}", "--network.width", "4", "--steps", "1", "--out", str(out)),
            *("--preview-every", "0", "--device", "cpu"),
        ]
    )
    assert "auto takes sngan with its preset small" in capsys.readouterr().err
    method: Any = gankit.load(out).method
    assert (method.network.width, method.network.upsample) == (4, "resize")


def test_a_size_decides_too(tmp_path: Path) -> None:
    data = photos(tmp_path)
    assert suited(["--data", data])[0] == augmented(SNGAN.preset("small"))
    assert suited(["--data", data, "--size=16"])[0] == DCGAN()
    assert suited(["--data", "ring"])[0] == WGANGP()
    assert suited(["--data", "nowhere/", "--help"])[0] == DCGAN()


def test_data_that_cannot_be_had_are_one_line() -> None:
    with pytest.raises(gankit.UserError, match="nowhere"):
        gankit.train(data="nowhere/")
