"""How an extra of gankit is had: from a checkout by its path, as there may be none on a registry."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def how_to_install(extra: str) -> str:
    """The command that installs what `extra` names, which works wherever it is typed."""
    checkout = (ROOT / "pyproject.toml").is_file()
    return f"pip install -e '{ROOT}[{extra}]'" if checkout else f"pip install 'gankit[{extra}]'"
