"""A training in a notebook: its bar and its preview below the cell, which may be run again, and its stop button."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TRAIN = """
run = gankit.train(
    gankit.DCGAN(network=DCGANNetwork(width=4), batch_size=8), out="run", steps={steps}, preview_every=2, log_every=2,
    callbacks={callbacks},
)
run
"""
IMPORTS = """
import signal
import gankit
from gankit.networks import DCGANNetwork

class Stops(gankit.Callback):
    def on_step(self, step, values):
        if step == 3:
            signal.raise_signal(signal.SIGINT)
"""


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages, in this process
def test_cells_that_are_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    cells = [
        IMPORTS,
        TRAIN.format(steps=20, callbacks="[Stops()]"),  # and the button is pressed
        TRAIN.format(steps=20, callbacks="[]"),
        TRAIN.format(steps=20, callbacks="[]"),
        "gankit.train(gankit.DCGAN(), data='digts')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    _, stopped, again, finished, mistaken = ([dict(one) for one in cell.outputs] for cell in notebook.cells)

    assert errors(stopped) == ["KeyboardInterrupt: stopped by SIGINT at step 4; run the cell again to go on"]
    assert bars(stopped) == ["step 4/20"]
    assert pictures(stopped) == ["the preview of step 4"]
    assert (tmp_path / "run" / "checkpoints" / "step-000004").is_dir()

    assert errors(again) == []
    assert "continues at step 4" in said(again)
    assert bars(again) == ["step 20/20"]
    assert pictures(again) == ["the preview of step 20"]
    assert "<img" in "".join(one["data"].get("text/html", "") for one in again if "data" in one)

    assert errors(finished) == []
    assert "already at step 20" in said(finished)
    assert bars(finished) == pictures(finished) == []

    assert errors(mistaken) == ["UserError: no data set or file 'digts' (did you mean 'digits'?)"]


def errors(outputs: list[dict[str, Any]]) -> list[str]:
    """What is shown in the place of a traceback."""
    return ["\n".join(one["traceback"]) for one in outputs if one["output_type"] == "error"]


def said(outputs: list[dict[str, Any]]) -> str:
    return "".join(one["text"] for one in outputs if one["output_type"] == "stream")


def bars(outputs: list[dict[str, Any]]) -> list[str]:
    found = [one["data"] for one in outputs if "<progress" in one.get("data", {}).get("text/html", "")]
    return [data["text/plain"].partition("  ")[0] for data in found]


def pictures(outputs: list[dict[str, Any]]) -> list[str]:
    return [one["data"]["text/plain"] for one in outputs if "image/png" in one.get("data", {})]
