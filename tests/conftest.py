"""What every test shares: a cache of its own and one thread, so that two test processes fit two cores."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs are shared by the tests of a process, and by nobody else."""
    cache: Path = tmp_path_factory.getbasetemp() / "gankit-cache"
    monkeypatch.setenv("GANKIT_CACHE", str(cache))
