"""The notebooks of the documentation run from top to bottom, with few steps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages, in this process
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import jupytext
    from nbclient import NotebookClient

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parents[1]))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    text, found = re.subn(r"STEPS = (\d+, )?\d+", lambda match: f"STEPS = {match[1] or ''}4", path.read_text())
    assert found == 1
    notebook = jupytext.reads(text, fmt="py:percent")
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    shown = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in data or "<img" in data.get("text/html", "") for data in shown)
