"""Many files: each in its own size and in its place, in tiles or whole, and the unreadable skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from gankit.base.errors import UserError
from tests.images import picture
from tests.translation.material import Negative, paint, pipeline, run_files


def test_many_sizes_come_back_in_order_each_in_its_own(tmp_path: Path) -> None:
    sizes = [(32, 32), (40, 32), (32, 32), (16, 64), (40, 32), (32, 32), (9, 9)]
    originals = [paint(tmp_path / f"{index}.png", *size) for index, size in enumerate(sizes)]
    translator = Negative()
    answer, said = run_files(tmp_path, pipeline(translator, scale="own", batch=2), {})
    assert [made.job.source.name for made in answer.pictures] == [f"{index}.png" for index in range(len(sizes))]
    for index, values in enumerate(originals):
        assert (picture(tmp_path / "out" / f"{index}.png") == 255 - values).all()
    assert sorted(shape[0] for shape in translator.seen) == [1, 1, 1, 2, 2]
    assert [made.shown is not None for made in answer.pictures] == [True, True] + [False] * 5
    assert not said


def test_pictures_in_tiles_never_wait_for_each_other(tmp_path: Path) -> None:
    for index in range(3):
        paint(tmp_path / f"{index}.png", 40, 64)
    translator = Negative()
    run_files(tmp_path, pipeline(translator, scale="own", tile=32, overlap=0), {})
    assert translator.seen == [(4, 3, 32, 32)] * 3


def test_a_picture_that_can_t_be_read_is_skipped(tmp_path: Path) -> None:
    paint(tmp_path / "good.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "good.png").read_bytes()[:60])
    (tmp_path / "empty.png").touch()
    answer, _ = run_files(tmp_path, pipeline(), {})
    assert [made.job.path.name for made in answer.pictures] == ["good.png"]
    assert [path.name for path, _ in answer.skipped] == ["broken.png", "empty.png"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]
    (tmp_path / "good.png").unlink()
    with pytest.raises(UserError, match=r"no picture can be read: '.*broken.png'"):
        run_files(tmp_path, pipeline(), {})
