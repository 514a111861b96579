"""What every test shares: one thread, a cache of its own, and tiny runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

import gankit
from gankit.networks.efficientnet import weights_path
from tests.tiny import POINTS, TINY


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Packs, and what was made here, are shared by the tests of a process, and by nobody else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "settings"))
        patch.setenv("GANKIT_CACHE", str(tmp_path_factory.getbasetemp() / "gankit-cache"))
        patch.setenv("OMP_NUM_THREADS", "1")  # in the processes that tests start, which read gankit compiled
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture
def photo_weights() -> Path:
    """The file of EfficientNet-Lite0's weights; a test that does not ask for it plays without them."""
    path = weights_path()
    if path is None:
        pytest.skip("needs the extra photos")
    return path


@pytest.fixture(autouse=True)
def _photos_cnn_for_photos(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that "auto" is the same, and quick, wherever tests run."""
    if "photo_weights" not in request.fixturenames:
        monkeypatch.setattr("gankit.networks.efficientnet.weights_path", lambda: None)


class Never:
    """In the place of the moments at which a training is looked at."""

    def passed(self, seconds: float) -> bool:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_moments() -> Iterator[None]:
    """How many previews there are does not depend on how busy the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gankit.training.loop.Moments", Never)
        yield


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], gankit.Run]]:
    """The run of a row of `TINY` by its name, or of `points`: six steps, with previews after three and six.

    It is trained when first asked for and shared by all tests of the process, which may only read it:
    `tests.tiny.copied` is for those that write.
    """
    folder, runs, before = tmp_path_factory.mktemp("tiny"), {}, {}

    def tiny_run(name: str) -> gankit.Run:
        if name not in runs:
            runs[name] = (POINTS if name == "points" else TINY[name]).train(folder / name, preview_every=3)
            before[name] = held(folder / name)
        return runs[name]

    yield tiny_run
    for name, files in before.items():
        assert held(folder / name) == files, f"a test wrote into the shared run {name}: take a copy"


def held(folder: Path) -> dict[Path, int]:
    """Every file under `folder`, with the time it was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
