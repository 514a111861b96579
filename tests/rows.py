"""Rows of a test of which some take long."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest

NARROW = {"gan", "wgan-gp", "began", "pix2pix", "dcgan-steadied", "dcgan-augmented"}
"""The tiny games that `make test` plays in bf16 as well; `make test-all` does all."""


def rows(names: Iterable[object], long: Container[object]) -> list[Any]:
    """`names` for `pytest.mark.parametrize`, those in `long` for `make test-all` alone."""
    return [pytest.param(name, marks=pytest.mark.long) if name in long else name for name in names]
