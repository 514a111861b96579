"""A Space: the folder that it is, and the page that its program builds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gankit
from gankit.base.errors import UserError
from gankit.runs.export import export

TABS = {"dcgan": "Play", "pix2pix": "Translate"}
TELL = """
import sys; sys.path.insert(0, {folder!r})
import app, gankit
from pathlib import Path
from urllib.request import urlopen
from gankit.studio.server import Settings, serving
assert Path(gankit.__file__).is_relative_to({folder!r})
with serving(Settings(runs=Path({folder!r}) / "model", port=0, only_play=True), say=print) as served:
    assert "token" not in served.address
    print("config:", urlopen(served.address + "config").read().decode())
"""


@pytest.mark.long
@pytest.mark.parametrize("name", TABS)
def test_its_program_builds_the_page_of_its_run_and_nothing_else(
    name: str, tmp_path: Path, tiny_run: Callable[[str], gankit.Run]
) -> None:
    pytest.importorskip("gradio", reason="no gradio here")
    folder = export(tiny_run(name), "space", out=tmp_path / "space")
    assert {"app.py", "requirements.txt", "README.md", "model", "gankit"} <= {path.name for path in folder.iterdir()}
    assert (folder / "README.md").read_text().startswith("---\ntitle: ")
    assert "gradio" in (folder / "requirements.txt").read_text()
    assert not list(folder.rglob("checkpoints"))
    code = TELL.format(folder=str(folder))
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    config = answer.stdout.partition("config:")[2]
    shown = {label for label in ("Runs", "Play", "Translate", "Data") if f'"label":"{label}"' in config}
    assert shown == {TABS[name]}


def test_what_no_space_can_show_is_refused(tmp_path: Path, tiny_run: Callable[[str], gankit.Run]) -> None:
    with pytest.raises(UserError, match="makes points"):
        export(tiny_run("points"), "space", out=tmp_path / "space")
    assert not (tmp_path / "space").exists()
