"""Packs made in parts: the same bytes in any number of parts and processes, gone on with, and larger than memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gankit.base.errors import UserError
from gankit.data import Pack, open_data
from gankit.data.pack import build, store
from gankit.data.sources import crew
from tests.images import Paint


def bytes_of(pack: Pack) -> dict[str, bytes]:
    assert pack.path
    return {path.name: path.read_bytes() for path in pack.path.iterdir() if path.name != "meta.json"}


def fill(folder: Path, paint: Paint, n: int = 22) -> None:
    for index in range(n):
        paint(folder / "ab"[index % 2] / f"{index:03d}.png", (6, 4, 3))
    for index in (0, 3, 9, 10, 21):
        (folder / "ab"[index % 2] / f"{index:03d}.png").write_bytes(b"damaged")
    (folder / "a" / "twin.png").write_bytes((folder / "a" / "002.png").read_bytes())


def in_parts(monkeypatch: pytest.MonkeyPatch, each: int) -> None:
    real = store.Draft.__init__
    monkeypatch.setattr(store.Draft, "__init__", lambda draft, directory, given=0: real(draft, directory, each))


@pytest.mark.parametrize("each", [3, 5, 23])
def test_the_same_pack_in_parts_of_any_size(
    folder: Path, paint: Paint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each: int
) -> None:
    fill(folder, paint)
    whole = open_data(folder)
    in_parts(monkeypatch, each)
    pack = open_data(folder, cache=tmp_path / "another")
    assert bytes_of(pack) == bytes_of(whole)
    assert (pack.content, pack.report) == (whole.content, whole.report)
    assert len(whole) == 18
    assert whole.report.duplicates == [["a/002.png", "a/twin.png"]]


def test_other_processes_make_the_same_pack(
    folder: Path, paint: Paint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder, paint)
    whole = open_data(folder)
    in_parts(monkeypatch, 5)
    monkeypatch.setattr(crew, "PROCESSES", 2)
    monkeypatch.setattr(crew, "MANY", 2)
    monkeypatch.setattr(build, "decode", lambda *given: pytest.fail("this process was to leave it to others"))
    call = crew.Crew.__call__
    monkeypatch.setattr(
        crew.Crew, "__call__", lambda own, draft, kind, *how: kind == "rows" and call(own, draft, kind, *how)
    )
    pack = open_data(folder, cache=tmp_path / "another")
    assert bytes_of(pack) == bytes_of(whole)
    assert (pack.content, pack.report) == (whole.content, whole.report)


def told(process_ends: str) -> Any:
    """What starts processes that only say something, or end, in the place of those that work."""

    def begun(what: dict[str, Any]) -> subprocess.Popen[str]:
        code = f"import os, sys; {process_ends}"
        return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return begun


@pytest.mark.parametrize(
    ("ends", "line", "stays"),
    [
        ("print('a shard is damaged', file=sys.stderr); os._exit(2)", "a shard is damaged", False),
        ("os.kill(os.getpid(), 9)", r"one of 2 processes .* ended \(status -9\).*goes on from there", True),
    ],
)
def test_a_process_that_fails_is_one_line(
    folder: Path, paint: Paint, cache: Path, monkeypatch: pytest.MonkeyPatch, ends: str, line: str, stays: bool
) -> None:
    fill(folder, paint)
    monkeypatch.setattr(crew, "PROCESSES", 2)
    monkeypatch.setattr(crew, "MANY", 1)
    monkeypatch.setattr(crew, "begun", told(ends))
    with pytest.raises(UserError, match=line):
        open_data(folder)
    assert bool([*(cache / "packs").iterdir()]) == stays


@pytest.mark.parametrize("killed_at", [0, 3])
def test_a_build_that_was_killed_goes_on(
    folder: Path,
    paint: Paint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opened: list[object],
    killed_at: int,
) -> None:
    fill(folder, paint)
    whole = open_data(folder)
    in_parts(monkeypatch, 5)
    keep = build.Tally.keep

    def killed(tally: build.Tally, draft: store.Draft, part: int) -> None:
        if part == killed_at:
            raise KeyboardInterrupt
        keep(tally, draft, part)

    with monkeypatch.context() as patch:
        patch.setattr(build.Tally, "keep", killed)
        with pytest.raises(KeyboardInterrupt):
            open_data(folder, cache=tmp_path / "another")
    opened.clear()
    pack = open_data(folder, cache=tmp_path / "another")
    assert len(opened) == 23 - 5 * killed_at  # neither what is decoded, nor what was seen for the layout
    assert bytes_of(pack) == bytes_of(whole)
    assert pack.report == whole.report
    assert [path.name for path in (tmp_path / "another" / "packs").iterdir()] == [pack.path.name]  # type: ignore


def test_one_that_was_killed_while_rows_were_moved_begins_again(
    folder: Path, paint: Paint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder, paint)
    whole = open_data(folder)
    in_parts(monkeypatch, 5)

    def killed(*given: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_array", killed)  # after rows were moved
        with pytest.raises(SystemExit):
            open_data(folder, cache=tmp_path / "another")
    assert bytes_of(open_data(folder, cache=tmp_path / "another")) == bytes_of(whole)


def test_a_large_file_is_read_again_only_where_its_time_says_so(
    folder: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = paint(folder / "a.png")
    pack = open_data(folder)
    assert pack.path
    monkeypatch.setattr(store, "TRUSTED", 1)
    read: list[str] = []
    real = store.seal_of
    monkeypatch.setattr(store, "seal_of", lambda path: read.append(path.name) or real(path))
    values = pack.path / "values.npy"
    then = values.stat().st_mtime_ns
    assert open_data(folder).key == pack.key
    assert read == []
    os.utime(values, ns=(1, 1))
    open_data(folder)
    assert read == ["values.npy"]
    assert values.stat().st_mtime_ns == then
    content = bytearray(values.read_bytes())
    content[-1] ^= 1
    values.write_bytes(content)
    assert np.array_equal(open_data(folder).values[0].numpy(), pixels)


def test_a_file_larger_than_memory_is_mapped(tmp_path: Path) -> None:
    path = tmp_path / "values.npy"
    rows = np.zeros((0, 64, 64, 3), np.uint8)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    n = 4 * memory // (64 * 64 * 3)
    with path.open("wb") as file:
        file.write(store.header_of(n, rows))
        file.truncate(file.tell() + n * 64 * 64 * 3)
    values = store.mapped(path)
    assert values.shape == (n, 64, 64, 3)
    assert values[-1].sum() == 0
    values[0] = 1
    assert store.mapped(path)[0].sum() == 0
