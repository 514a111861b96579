"""What the bounds of single numbers (`gankit.base.bounds`) can't say of a network's sizes."""

from __future__ import annotations

from typing import Any

from gankit.base.bounds import option
from gankit.base.errors import UserError


def check_layers(network: Any, *names: str) -> None:
    """Raise `UserError` if one of the fields `names`, tuples of layers' widths, is empty."""
    for name in names:
        if not getattr(network, name):
            raise UserError(f"{option(name)} needs at least one layer")
