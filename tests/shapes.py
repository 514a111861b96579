"""Shapes are checked against their annotations while tests run: of what is imported after this."""

from __future__ import annotations

from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float, as to other readers of annotations
CHECKED = [f"gankit.{room}" for room in ("game", "losses", "networks", "features", "evaluation")]
install_import_hook(CHECKED, f"{__name__}.check")
