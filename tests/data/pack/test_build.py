"""A pack is built of each picture once, in little memory."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from gankit.data import open_data
from tests.images import Paint


def test_each_picture_is_decoded_once_to_build_and_the_first_to_see_its_values(
    folder: Path, paint: Paint, opened: list[object]
) -> None:
    for index in range(300):
        paint(folder / f"{index}.png", (2, 2, 3))
    open_data(folder)
    assert sorted(map(str, opened)) == sorted(map(str, [folder / "0.png", *folder.iterdir()]))


def test_building_needs_little_memory(tmp_path: Path) -> None:
    rows, shape = 4000, (64, 64, 3)
    path = tmp_path / "many.npy"
    many = np.lib.format.open_memmap(path, "w+", np.uint8, (rows, *shape))
    many[:] = np.arange(rows, dtype=np.uint16).astype(np.uint8)[:, None, None, None]
    del many
    tracemalloc.start()
    try:
        pack = open_data(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(pack) == rows
    assert pack.values.nbytes > 45e6
    assert peak < 20e6 + 4e6 * (os.cpu_count() or 1)
    shutil.rmtree(tmp_path / "cache")


def test_progress_is_said_in_a_long_build(folder: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    paint(folder / "a.png")
    lines: list[str] = []
    open_data(folder, say=lines.append)
    assert lines == []
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("gankit.data.pack.build.time.monotonic", lambda: next(clock))
    open_data(folder, size=4, say=lines.append)
    assert lines == [f"{folder}: 1 of 1 looked at", f"{folder}: 1 of 1 decoded"]
