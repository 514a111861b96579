"""The tests; in these rooms they check shapes and types against the annotations."""

from jaxtyping import install_import_hook

from tests import shapes as shapes

CHECKED = [f"gankit.{room}" for room in ("game", "losses", "networks", "features", "evaluation")]
install_import_hook(CHECKED, "tests.shapes.check")  # of what is imported from here on
