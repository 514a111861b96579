"""What editors are told of a training's options is what the options are."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from gankit.runs.options import Options, TrainOptions

TOLD = get_type_hints(TrainOptions)
FROM_PYTHON = {"data": Any, "features": Any, "size": int | str | tuple[int, int] | None, "out": str | Path | None}
FROM_PYTHON |= {"init": str | Path | None}
"""What Python may give, where the command line has words alone."""


def test_the_keywords_are_the_fields() -> None:
    assert list(TOLD) == [field.name for field in dataclasses.fields(Options)]


@pytest.mark.parametrize("name", TOLD)
def test_a_keyword_takes_what_the_field_takes(name: str) -> None:
    field = get_type_hints(Options)[name]
    assert TOLD[name] == FROM_PYTHON.get(name, field)
    if name in FROM_PYTHON and TOLD[name] is not Any:
        narrow = set(get_args(field)) if get_origin(field) is not None else set(get_args(field)) or {field}
        assert narrow <= set(get_args(TOLD[name]))
