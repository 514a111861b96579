"""gankit data."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gankit.commands.main import main
from tests.commands.command_line import read_picture


def test_a_name_does_not_break_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = tmp_path / "photos"
    for name in ("ca\nts/1.png", "do\x1b[2Jgs/1.png"):
        (photos / name).parent.mkdir(parents=True)
        Image.new("RGB", (8, 8), "red").save(photos / name)
    (photos / "ca\nts" / "b\nad.png").write_bytes(b"")
    (photos / "no\nte.txt").write_text("none")
    assert main(["data", str(photos), "--out", str(tmp_path / "sheet.png")]) == 0
    printed = capsys.readouterr().out
    assert r"ca\nts/b\nad.png: an empty file" in printed
    assert r"ca\nts/1.png = do\x1b[2Jgs/1.png" in printed
    assert r"not of a picture's kind: no\nte.txt" in printed
    assert all(line.startswith((" ", str(photos), "contact sheet")) for line in printed.splitlines())


def test_data_tells_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "digits", "--out", str(tmp_path / "sheet.png")]) == 0
    printed = capsys.readouterr().out
    assert "1,797" in printed
    assert str(tmp_path / "sheet.png") in printed
    assert read_picture(tmp_path / "sheet.png").std() > 10
