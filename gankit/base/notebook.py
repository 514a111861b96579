"""What shows itself below a notebook's cell, and moves there."""

from __future__ import annotations

import sys
from typing import Any


def in_notebook() -> bool:
    """Whether a notebook's kernel runs this."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def how_to_go_on() -> str:
    return "run the cell again to go on" if in_notebook() else "the same command continues"


class Place:
    """A place below the cell that runs, whose content can be replaced: another for every run of the cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, content: dict[str, Any]) -> None:
        """Show `content`, by media types, in the place of what is there."""
        if self._handle is None:
            from IPython.display import display

            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)
