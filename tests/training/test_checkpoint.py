"""A checkpoint is whole or absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from gankit.base.errors import UserError
from gankit.training import checkpoint

TENSORS = {"players": {"w": torch.randn(3, 4), "n": torch.tensor(7)}, "average": {"w": torch.ones(2)}}


def write(directory: Path, step: int) -> Path:
    return checkpoint.write(directory, TENSORS, {"step": step, "images": 64 * step})


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    tensors, facts = checkpoint.read(write(tmp_path, 5))
    assert facts["step"] == 5
    assert facts["images"] == 320
    for file, group in TENSORS.items():
        for name, value in group.items():
            assert torch.equal(tensors[file][name], value)
    assert list(checkpoint.read(tmp_path / "step-000005", "average")[0]) == ["average"]


def test_channels_last_weights_come_back_equal(tmp_path: Path) -> None:
    weight = torch.randn(4, 3, 5, 5).to(memory_format=torch.channels_last)
    path = checkpoint.write(tmp_path, {"players": {"w": weight}}, {"step": 1})
    assert torch.equal(checkpoint.read(path)[0]["players"]["w"], weight)


def test_truncated_at_any_byte_the_one_before_is_used_and_it_is_said(tmp_path: Path) -> None:
    write(tmp_path, 1)
    damaged = write(tmp_path, 2)
    said: list[str] = []
    for path in sorted(damaged.iterdir()):
        whole = path.read_bytes()
        for length in {0, 1, 7, 8, 9, len(whole) // 2, len(whole) - 2, len(whole) - 1}:
            path.write_bytes(whole[:length])
            said.clear()
            found = checkpoint.newest(tmp_path, said.append)
            assert found is not None, (path, length)
            assert found[1]["step"] == 1, (path, length)
            assert "step-000002 can't be read" in said[0]
            assert "\n" not in said[0]
        path.unlink()
        assert checkpoint.newest(tmp_path, said.append) is not None
        path.write_bytes(whole)
    assert checkpoint.read(damaged)[1]["step"] == 2


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, 1) / "players.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"players\.safetensors is damaged"):
        checkpoint.read(path.parent)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match=r"no space left on device.*step-000001 is kept: make room"):
        write(tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000001"]


def test_leftovers_of_a_kill_are_no_checkpoints(tmp_path: Path) -> None:
    write(tmp_path, 1)
    (tmp_path / ".step-000002.partial").mkdir()
    (tmp_path / ".step-000002.partial" / "state.json").write_text(json.dumps({"step": 2}))
    found = checkpoint.newest(tmp_path, pytest.fail)
    assert found is not None
    assert found[1]["step"] == 1
    assert write(tmp_path, 2).name == "step-000002"


def test_the_last_few_and_the_best_are_kept(tmp_path: Path) -> None:
    for step in (1, 2, 10, 100, 999_999, 1_000_000):
        write(tmp_path, step)
    checkpoint.prune(tmp_path, keep=2, spare=(10,))
    assert [int(path.name[5:]) for path in checkpoint.listed(tmp_path)] == [10, 999_999, 1_000_000]
    assert not list(tmp_path.glob(".*"))


def test_none_without_any(tmp_path: Path) -> None:
    assert checkpoint.newest(tmp_path / "missing", pytest.fail) is None


@pytest.mark.parametrize(
    "change", [("step", 6), ("images", 7), ("files", {}), ("best", {"step": 1, "score": 2.0}), ("seal", None)]
)
def test_a_fact_that_was_changed_is_noticed(change: tuple[str, object], tmp_path: Path) -> None:
    path = checkpoint.write(tmp_path, TENSORS, {"step": 5, "images": 320, "best": None})
    facts = json.loads((path / "state.json").read_text())
    facts[change[0]] = change[1]
    if change == ("seal", None):
        facts["images"] = "320"
    (path / "state.json").write_text(json.dumps(facts))
    with pytest.raises(UserError, match=r"state\.json is damaged"):
        checkpoint.read(path)


def test_facts_from_before_there_were_seals_are_read(tmp_path: Path) -> None:
    path = checkpoint.write(tmp_path, TENSORS, {"step": 5, "images": 320, "best": None})
    facts = json.loads((path / "state.json").read_text())
    del facts["seal"]
    (path / "state.json").write_text(json.dumps(facts))
    assert checkpoint.read(path)[1]["images"] == 320
    del facts["images"]
    (path / "state.json").write_text(json.dumps(facts))
    with pytest.raises(UserError, match=r"state\.json is damaged"):
        checkpoint.read(path)


def test_what_else_lies_among_checkpoints_is_none(tmp_path: Path) -> None:
    path = write(tmp_path, 5)
    for name in ("step-old", "step-000006.bak", "step-7"):
        (tmp_path / name).mkdir()
    (tmp_path / "step-000008").write_text("")
    (tmp_path / "step-000009").symlink_to(path)
    assert checkpoint.listed(tmp_path) == [path]
    checkpoint.prune(tmp_path, 1)
    assert (tmp_path / "step-old").exists()
