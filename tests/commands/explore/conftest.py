"""Runs to ask, trained once for each test process, and what a question that can't be answered ends in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.commands.main import main
from gankit.methods.cgan import CGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.ebgan import EBGAN
from gankit.methods.gan import GAN
from gankit.methods.infogan import InfoGAN
from gankit.networks import (
    MLP,
    AutoencoderOrMLP,
    CGANNetwork,
    ConditionalDCGAN,
    ConvAutoencoder,
    DCGANNetwork,
    InfoGANNetwork,
)
from tests.commands.explore.asking import Refusal, Runs

SMALL = MLP(generator_widths=(8,), discriminator_widths=(8,), latent=2)


@contextmanager
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The cache of the tests, for a fixture that outlives them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANKIT_CACHE", str(tmp_path_factory.getbasetemp() / "gankit-cache"))
        yield


def train(method: Any, data: str, out: Path, steps: int, **options: Any) -> None:
    gankit.train(method, data=data, out=out, steps=steps, say=lambda line: None, **options)


@pytest.fixture(scope="session")
def generator_runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs after two steps, by name, for questions to a generator."""
    methods: dict[str, Any] = {
        "dcgan": DCGAN(network=DCGANNetwork(width=4), batch_size=8),
        "cgan": CGAN(network=ConditionalDCGAN(width=4, hidden=16), batch_size=8),
        "infogan": InfoGAN(network=InfoGANNetwork(width=4, hidden=16), batch_size=8),
        "ring": GAN(network=SMALL, batch_size=8),
    }
    folder = tmp_path_factory.mktemp("generators")
    with shared_cache(tmp_path_factory):
        for name, method in methods.items():
            train(method, "ring" if name == "ring" else "digits", folder / name, 2, preview_every=0)
    return {name: folder / name for name in methods}


@pytest.fixture(scope="session")
def player_runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs of a few steps, by name, with their previews and checkpoints, for questions to a discriminator or both."""
    tiny = CGANNetwork(generator_widths=(8, 8, 8), units=(8, 4, 8), pieces=(2, 2, 2))
    kinds: dict[str, tuple[Any, str, int]] = {
        "dcgan": (DCGAN(network=DCGANNetwork(width=4), batch_size=8), "digits", 6),
        "cgan": (CGAN(network=tiny, batch_size=8), "digits", 2),
        "ebgan": (EBGAN(network=AutoencoderOrMLP(conv=ConvAutoencoder(width=4)), batch_size=8), "digits", 2),
        "ring": (GAN(network=SMALL, batch_size=32), "ring", 3),
        "line": (GAN(network=SMALL, batch_size=32), "gaussian", 6),
        "labelled ring": (CGAN(network=tiny, batch_size=8), "ring", 2),
    }
    often: dict[str, Any] = {"log_every": 1, "preview_every": 2, "checkpoint_every": 2, "keep": 9}
    folder = tmp_path_factory.mktemp("players")
    with shared_cache(tmp_path_factory):
        for name, (method, data, steps) in kinds.items():
            train(method, data, folder / name, steps, **often)
    return {name: folder / name for name in kinds}


@pytest.fixture
def refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """Asks what can't be answered: gives the line on stderr of a question that ends with status 2 and writes nothing.

    It is the only line, unless there may be `notes` before it. The answer would be answer.png in the test's folder.
    """
    monkeypatch.chdir(tmp_path)

    def ask(question: str, run: Path, *options: str | Path | int, notes: bool = False) -> str:
        capsys.readouterr()
        before = sorted(tmp_path.rglob("*"))
        out = [] if "--out" in options else ["--out", "answer.png"]
        assert main(["explore", question, str(run), *map(str, options), *out]) == 2
        printed = capsys.readouterr().err
        *others, line = printed.strip().splitlines()
        assert line.startswith("gankit: error: ")
        assert notes or not others, printed
        assert sorted(tmp_path.rglob("*")) == before
        return line

    return ask
