"""WebDataset shards: what is read of their samples, and what is said of damaged, cut and missing ones."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from tests.data.sources.material import picture, shard, shards, values


def found(path: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return tar.getmembers()


@pytest.mark.parametrize(("kind", "classes"), [("cls", ("0", "1", "2")), ("json", ("a", "b", "c"))])
def test_pictures_and_labels_of_a_folder_of_shards(tmp_path: Path, kind: str, classes: tuple[str, ...]) -> None:
    pack = open_data(shards(tmp_path / "set", kind=kind))
    assert values(pack) == [10 * index + 5 for index in range(12)]
    assert pack.spec.classes == classes
    assert pack.labels is not None
    assert pack.labels.tolist() == [index % 3 for index in range(12)]
    assert "members of samples ignored, neither picture nor label: .txt (12)" in pack.report.notes


def test_one_shard_a_field_and_a_test_split(tmp_path: Path) -> None:
    folder = shards(tmp_path / "set", 1, kind="json")
    assert open_data(folder / "train-00000.tar", labels="id").spec.classes == ("7",)
    with pytest.raises(UserError, match="without the label 'colour'"):
        open_data(folder / "train-00000.tar", labels="colour")
    with pytest.raises(UserError, match="has no test split"):
        open_data(folder, split="test")
    shard(folder / "val-00000.tar", {"a.png": picture(200)})
    assert values(open_data(folder, split="test", range=(0, 255))) == [200]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_folders_and_what_is_hidden(tmp_path: Path, form: int) -> None:
    long = "f" * 90 + "/" + "n" * 80
    content = {f"{long}.seg.png": picture(1), f"{long}.jpg": picture(2), "._x.png": picture(3), "./b.jpg": picture(4)}
    pack = open_data(shard(tmp_path / "one.tar", content, form), range=(0, 255))
    assert values(pack) == [1, 4]  # of each sample one picture, of the first one's kind where there is one


def test_a_damaged_picture_is_named_by_its_shard_and_sample(tmp_path: Path) -> None:
    path = shard(tmp_path / "one.tar", {"a.png": picture(9), "b.png": b"none", "c.png": picture(8)})
    pack = open_data(path, range=(0, 255))
    assert values(pack) == [9, 8]
    assert pack.report.unreadable == [("one.tar: b.png", "not a picture")]


@pytest.mark.parametrize("where", [700, 512, 0, -1024, -1030])
def test_a_cut_shard_is_one_line(tmp_path: Path, where: int) -> None:
    path = shard(tmp_path / "one.tar", {"a.png": picture(9), "b.png": picture(8)})
    end = found(path)[-1]
    whole = end.offset_data + 512 * -(-end.size // 512) + 1024
    path.write_bytes(path.read_bytes()[: where if where >= 0 else whole + where])
    with pytest.raises(UserError, match=r"one.tar' is cut short, at byte [\d,]+: fetch it again") as caught:
        open_data(path)
    assert "\n" not in str(caught.value)


def test_a_damaged_or_strange_shard_is_one_line(tmp_path: Path) -> None:
    path = shard(tmp_path / "one.tar", {"a.png": picture(9), "b.png": picture(8)})
    content = bytearray(path.read_bytes())
    content[found(path)[1].offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"is no .tar file, or damaged at byte [\d,]+: fetch it again"):
        open_data(path)
    with pytest.raises(UserError, match="no pictures in"):
        open_data(shard(tmp_path / "two.tar", {"a.txt": b"words"}))
    with pytest.raises(UserError, match=r"a\.json holds no JSON"):
        open_data(shard(tmp_path / "three.tar", {"a.png": picture(1), "a.json": b"{"}))


def test_a_missing_shard_is_one_line(tmp_path: Path) -> None:
    folder = shards(tmp_path / "set", 4)
    (folder / "train-00001.tar").unlink()
    with pytest.raises(UserError, match=r"a shard is missing: .*set/train-00001; fetch it"):
        open_data(folder)
    for number in (0, 2):
        (folder / f"train-0000{number}.tar").rename(folder / f"train-0000{number}-of-00004.tar")
    (folder / "train-00003.tar").unlink()
    with pytest.raises(UserError, match=r"train-00001 and 1 other; fetch it"):
        open_data(folder)


def test_shards_beside_pictures_are_refused(tmp_path: Path) -> None:
    folder = shards(tmp_path / "set", 1)
    (folder / "a.png").write_bytes(picture(1))
    with pytest.raises(UserError, match=r"1 picture \(a.png\) and 1 .tar file"):
        open_data(folder)
