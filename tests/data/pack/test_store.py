"""The cache of packs: used again, made again when something changed, whole or not there."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import Pack, open_data
from gankit.data.pack import store
from tests.images import Paint
from tests.processes import forked


def same(one: Pack, other: Pack) -> bool:
    return one.key == other.key and torch.equal(one.values, other.values) and one.report == other.report


def test_a_second_time_nothing_is_decoded(folder: Path, paint: Paint, opened: list[object]) -> None:
    for index in range(3):
        paint(folder / "a" / f"{index}.png")
    (folder / "a" / "bad.png").write_bytes(b"bad")
    first = open_data(folder)
    assert len(opened) == 5  # the first twice, to see its values
    second = open_data(str(folder))
    assert len(opened) == 5
    assert same(first, second)
    assert second.spec == first.spec
    assert second.report.unreadable == [("a/bad.png", "not a picture")]


def test_a_change_makes_a_new_pack_and_removes_the_old(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    old = open_data(folder)
    other_size = open_data(folder, size=4)
    pixels = paint(folder / "a.png")
    os.utime(folder / "a.png", ns=(1, 1))
    new = open_data(folder)
    assert new.key != old.key
    assert np.array_equal(new.values[0].numpy(), pixels)
    assert old.path
    assert not old.path.exists()
    assert other_size.path
    assert other_size.path.exists()


@pytest.mark.parametrize("change", ["add", "remove", "rename"])
def test_every_change_of_a_folder_is_seen(folder: Path, paint: Paint, change: str) -> None:
    paint(folder / "a.png")
    paint(folder / "b.png")
    old = open_data(folder)
    if change == "add":
        paint(folder / "c.png")
    elif change == "remove":
        (folder / "a.png").unlink()
    else:
        (folder / "a.png").rename(folder / "z.png")
    assert open_data(folder).key != old.key


@pytest.mark.parametrize("pair", ["auto", "colorize"])
def test_what_might_not_be_read_is_looked_at_again_once_it_may(
    folder: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch, pair: str
) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png"):
        paint(folder / name)
    may, read = os.access, Image.open

    def forbidden(path: Any, mode: int) -> bool:
        return Path(path).name != "b.png" and may(path, mode)

    def refused(file: Any, **how: Any) -> Image.Image:
        if isinstance(file, Path) and file.name == "b.png":
            raise PermissionError(13, "Permission denied")
        return read(file, **how)

    how: dict[str, Any] = {} if pair == "auto" else {"sides": "pairs", "pair": pair}
    with monkeypatch.context() as locked:
        locked.setattr(os, "access", forbidden)
        locked.setattr(Image, "open", refused)
        first = open_data(folder, **how)
        assert first.path == open_data(folder, **how).path
        assert len(open_data(folder)) == 3
        assert open_data(folder).report.unreadable == [("b.png", "permission denied")]
    second = open_data(folder, **how)
    assert second.key != first.key
    assert len(open_data(folder)) == 4
    assert not open_data(folder).report.unreadable


def test_keys_are_stable_and_tell_apart() -> None:
    array = np.arange(2 * 8 * 8, dtype=np.uint8).reshape(2, 8, 8)
    keys = {open_data(array).key, open_data(array.copy()).key}
    assert len(keys) == 1
    keys |= {open_data(array, size=4).key, open_data(array[::-1]).key, open_data(array.reshape(2, 4, 16)).key}
    assert len(keys) == 4


@pytest.mark.parametrize("damage", ["truncate", "meta", "missing", "flipped", "unhashed"])
def test_a_damaged_pack_is_made_again(folder: Path, paint: Paint, damage: str) -> None:
    pixels = paint(folder / "a.png")
    path = open_data(folder).path
    assert path
    if damage == "truncate":
        os.truncate(path / "values.npy", 140)
    elif damage == "meta":
        (path / "meta.json").write_text("{")
    elif damage == "flipped":
        content = bytearray((path / "values.npy").read_bytes())
        content[-1] ^= 1
        (path / "values.npy").write_bytes(content)
    elif damage == "unhashed":  # as earlier versions left it
        meta = json.loads((path / "meta.json").read_text())
        meta["files"] = {name: size for name, (size, _) in meta["files"].items()}
        (path / "meta.json").write_text(json.dumps(meta))
    else:
        (path / "mean.npy").unlink()
    again = open_data(folder)
    assert again.path == path
    assert np.array_equal(again.values[0].numpy(), pixels)


def test_meta_is_json_with_the_report(folder: Path, paint: Paint) -> None:
    paint(folder / "a.png")
    pack = open_data(folder)
    assert pack.path
    meta = json.loads((pack.path / "meta.json").read_text())
    assert meta["report"]["modes"] == {"RGB": 1}
    assert pack.path.name.startswith("photos-")
    assert pack.path.name.endswith(pack.key[:16])


def build_at(folder: str, cache: str, start: object, results: object) -> None:
    os.environ["GANKIT_CACHE"] = cache  # a forked process has what was set when the first of all was forked
    start.wait()  # type: ignore[attr-defined]
    pack = open_data(folder)
    results.put((pack.key, int(pack.values.sum())))  # type: ignore[attr-defined]


@pytest.mark.parametrize("damaged", [False, True])
def test_two_processes_may_build_at_once(folder: Path, paint: Paint, cache: Path, damaged: bool) -> None:
    for index in range(40):
        paint(folder / f"{index}.png", (32, 32, 3))
    if damaged:
        path = open_data(folder).path
        assert path
        os.truncate(path / "values.npy", 140)
    context = forked()
    start, results = context.Barrier(2), context.Queue()
    workers = [context.Process(target=build_at, args=(str(folder), str(cache), start, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)
    assert found[0] == found[1]
    assert [path.name for path in (cache / "packs").iterdir()] == [open_data(folder).path.name]  # type: ignore


def test_whoever_is_second_keeps_the_first_pack(tmp_path: Path) -> None:
    place = tmp_path / "pack"
    for value in (1, 2):
        rows = np.full((1, 2), value)
        with store.draft(tmp_path, "one") as draft:
            with draft.values(0) as file:
                draft.append(file, rows)
            draft.commit(place, {}, [1], rows[:0])
    assert np.load(place / "values.npy").tolist() == [[1, 1]]
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


def test_a_full_disk_is_one_line_and_leaves_nothing(folder: Path, paint: Paint, cache: Path) -> None:
    paint(folder / "a.png", (64, 64, 3))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(UserError, match="set GANKIT_CACHE") as caught:
            open_data(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(caught.value)
    assert list((cache / "packs").iterdir()) == []


def test_a_cache_that_cannot_be_made_is_one_line(folder: Path, paint: Paint, cache: Path) -> None:
    paint(folder / "a.png")
    cache.write_text("in the way")
    with pytest.raises(UserError, match=r"cannot write to the cache .*: set GANKIT_CACHE"):
        open_data(folder)


def test_a_cache_can_be_given(folder: Path, paint: Paint, tmp_path: Path, cache: Path) -> None:
    paint(folder / "a.png")
    path = open_data(folder, cache=tmp_path / "mine").path
    assert path
    assert path.parent == tmp_path / "mine" / "packs"
    assert not cache.exists()


def test_old_drafts_are_swept(folder: Path, paint: Paint, cache: Path) -> None:
    old, new = cache / "packs" / ".draft-old", cache / "packs" / ".draft-new"
    for left in (old, new):
        left.mkdir(parents=True)
    os.utime(old, (0, 0))
    paint(folder / "a.png")
    open_data(folder)
    assert not old.exists()
    assert new.exists()


def test_writing_into_values_does_not_reach_the_disk(folder: Path, paint: Paint) -> None:
    pixels = paint(folder / "a.png")
    open_data(folder).values.zero_()
    assert np.array_equal(open_data(folder).values[0].numpy(), pixels)
