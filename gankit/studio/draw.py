"""The picture of a link, without a page: what `gankit studio --draw` writes."""

from __future__ import annotations

from pathlib import Path

from gankit.studio import play
from gankit.studio.drawings import Drawing
from gankit.studio.shelf import Shelf
from gankit.studio.states import read_play


def draw(runs: Path, query: str, *, trust: bool = False) -> Drawing:
    """The picture that a Play page over `runs` shows for a link's `query`. Raises `UserError` where it shows none."""
    state = read_play(query)
    return play.drawing(Shelf(runs, trust=trust).opened(state.run), state)
