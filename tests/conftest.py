"""What every test shares: one thread, a cache of its own, and shapes that are checked against their annotations."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float, as to other readers of annotations
CHECKED = [f"gankit.{room}" for room in ("game", "losses", "networks", "features", "evaluation")]
install_import_hook(CHECKED, f"{__name__}.check")  # these rooms, imported from here on


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs are shared by the tests of a process, and by nobody else."""
    cache: Path = tmp_path_factory.getbasetemp() / "gankit-cache"
    monkeypatch.setenv("GANKIT_CACHE", str(cache))
