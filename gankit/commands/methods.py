"""gankit methods."""

from __future__ import annotations

from gankit.base.errors import UserError
from gankit.base.text import tell
from gankit.methods import METHODS
from gankit.reproduce import RECIPES
from gankit.reproduce.record import recorded


def methods(arguments: list[str]) -> None:
    """List the methods with their papers, and of each the first figure that is recorded."""
    if arguments and arguments[0] not in ("-h", "--help"):
        raise UserError(f"gankit methods takes no options, not {arguments[0]!r}")
    records = [record for recipe in RECIPES if (record := recorded(recipe))]
    for name, entry in METHODS.items():
        tell(f"{name:10} {entry.idea}", f"{'':10} needs {entry.needs}; {entry.paper}")
        if record := next((record for record in records if record.method == name), None):
            tell(f"{'':10} our figure: {record.figure}: {record.text()}, by {record.command}")
