"""gankit methods."""

from __future__ import annotations

import pytest

from gankit.commands.main import main
from gankit.methods import METHODS
from gankit.reproduce import RECIPES
from gankit.reproduce.record import recorded


def test_methods_lists_all_with_their_papers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["methods"]) == 0
    printed = capsys.readouterr().out
    for name, entry in METHODS.items():
        assert name in printed
        assert entry.paper.arxiv in printed
    first = {found.method: found for recipe in reversed(RECIPES) if (found := recorded(recipe))}
    assert printed.count("our figure: ") == len(first)
    assert all(f"{found.figure}: {found.text()}, by gankit reproduce" in printed for found in first.values())
