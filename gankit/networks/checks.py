"""What a network's sizes may be, each said in one line."""

from __future__ import annotations

from typing import Any

from gankit.base.errors import UserError


def check_sizes(network: Any, *names: str) -> None:
    """Raise `UserError` unless the fields `names`, numbers, tuples of them or none, are at least 1."""
    for name in names:
        value = getattr(network, name)
        if value is not None and min(value if isinstance(value, tuple) else (value,), default=1) < 1:
            raise UserError(f"{_option(name)} must be at least 1, not {_text(value)}")


def check_layers(network: Any, *names: str) -> None:
    """Raise `UserError` if one of the fields `names`, tuples of layers' widths, is empty."""
    for name in names:
        if not getattr(network, name):
            raise UserError(f"{_option(name)} needs at least one layer")


def check_shares(network: Any, *names: str) -> None:
    """Raise `UserError` unless the fields `names` are at least 0 and below 1."""
    for name in names:
        value = getattr(network, name)
        if not 0 <= value < 1:
            raise UserError(f"{_option(name)} must be at least 0 and below 1, not {value}")


def check_not_negative(network: Any, *names: str) -> None:
    """Raise `UserError` if one of the fields `names`, numbers or none, is negative."""
    for name in names:
        value = getattr(network, name)
        if value is not None and not value >= 0:
            raise UserError(f"{_option(name)} can't be negative: {value}")


def _option(name: str) -> str:
    return name.replace("_", "-")


def _text(value: int | tuple[int, ...]) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
