"""gankit data."""

from __future__ import annotations

from pathlib import Path

import pytest

from gankit.commands.main import main
from tests.commands.command_line import read_picture


def test_data_tells_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "digits", "--out", str(tmp_path / "sheet.png")]) == 0
    printed = capsys.readouterr().out
    assert "1,797" in printed
    assert str(tmp_path / "sheet.png") in printed
    assert read_picture(tmp_path / "sheet.png").std() > 10
