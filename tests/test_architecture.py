"""The house keeps its floors: imports point to lower ones only, as docs/architecture.md draws them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import gankit

ROOT = Path(gankit.__file__).parent
PAGE = ROOT.parent / "docs" / "architecture.md"
ROWS = re.findall(r"^\| (\d+) \| (`.+?`) \|", PAGE.read_text(), re.MULTILINE)
FLOOR = {room: int(floor) for floor, rooms in ROWS for room in re.findall(r"`(\w+)`", rooms)}
WITHIN_DATA = {"pack": 0, "sources": 1, "sides": 2, "data": 3}
FILES = sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.pyi")])
TESTS = sorted(Path(__file__).parent.rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path) for path in FILES}


def room(module: str) -> str:
    """The room of a module: `gankit` for the public names themselves."""
    return module.split(".")[1] if "." in module else module


def imports(path: Path) -> set[str]:
    """The modules of gankit that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gankit":
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else str(node.module) for name in whole}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "gankit"}
    return found


def test_every_room_has_a_floor() -> None:
    assert {room(module) for module in MODULES} == set(FLOOR)


IMPORTED = sorted({(module_of(path), other) for path in FILES for other in imports(path)})
"""Each module with each of gankit's that it imports."""


def test_imports_point_down() -> None:
    between = [(own, other) for own, other in IMPORTED if room(own) != room(other)]
    assert len(between) > 500
    assert not [pair for pair in between if FLOOR[room(pair[1])] >= FLOOR[room(pair[0])]]


def test_imports_within_the_data_point_down() -> None:
    def floor(module: str) -> int:
        return WITHIN_DATA.get([*module.split("."), "data"][2], 3)

    within = [(own, other) for own, other in IMPORTED if room(own) == room(other) == "data"]
    assert len(within) > 50
    assert not [(own, other) for own, other in within if floor(other) > floor(own)]


def test_only_the_upper_floors_know_a_method() -> None:
    lower = ("training", "evaluation", "exploration", "translation", "features", "reporting")
    assert not [(own, other) for own, other in IMPORTED if room(own) in lower and room(other) == "methods"]


def test_no_file_grows_past_400_lines() -> None:
    assert not [path for path in [*FILES, *TESTS] if len(path.read_text().splitlines()) > 400]


@pytest.mark.parametrize(
    "code",
    [
        "import gankit",
        "import gankit; dir(gankit)",
        "from gankit.commands.main import main; main(['--help'])",
        "from gankit.commands.main import main; main(['methods'])",
        "from gankit.commands.main import main; main(['reproduce'])",
        "from gankit.commands.main import main; main(['explore', '--help'])",
    ],
)
def test_what_must_be_quick_imports_nothing_heavy(code: str) -> None:
    heavy = "{'torch', 'numpy', 'tyro', 'rich', 'PIL', 'matplotlib'}"
    code += f"\nimport sys; print('heavy:', sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "heavy: []"


def test_tests_import_no_other_test() -> None:
    """What several share lies in modules without tests, such as `tests.tiny`."""
    found = set()
    for path in TESTS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tests":
                found |= {(path, f"{node.module}.{alias.name}") for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {(path, alias.name) for alias in node.names if alias.name.split(".")[0] == "tests"}
    assert len(found) > 200
    assert not [(path, name) for path, name in found if re.search(r"\b(conftest|test_\w+)", name)]


def test_every_public_name_is_there() -> None:
    for name in gankit.__all__:
        assert getattr(gankit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'gan'"):
        _ = gankit.gan  # pyright: ignore[reportAttributeAccessIssue]


def test_the_stub_for_editors_has_the_same_names_from_the_same_rooms() -> None:
    stub = ast.parse((ROOT / "__init__.pyi").read_text())
    lines = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    homes = {alias.asname: node.module for node in lines for alias in node.names}
    assert homes.keys() | {"__version__"} == set(gankit.__all__)
    for name, home in homes.items():
        assert getattr(import_module(str(home)), str(name)) is getattr(gankit, str(name))
