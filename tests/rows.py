"""Rows of a test of which some take long."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest


def rows(names: Iterable[object], long: Container[object]) -> list[Any]:
    """`names` for `pytest.mark.parametrize`, those in `long` for `make test-all` alone."""
    return [pytest.param(name, marks=pytest.mark.long) if name in long else name for name in names]
