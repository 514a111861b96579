"""The house keeps its floors: imports point down only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gankit

ROOT = Path(gankit.__file__).parent
FLOORS = {
    0: {"base"},
    1: {"game"},
    2: {"losses", "networks", "data", "pictures"},
    3: {"methods", "features"},
    4: {"training", "evaluation", "exploration", "translation"},
    5: {"runs"},
    6: {"__init__"},
    7: {"reproduce", "commands", "__main__"},
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The rooms that a file imports, at its top or inside a function; `import gankit` alone is none."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "gankit":
            found |= {alias.name for alias in node.names if alias.name in FLOOR}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gankit."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("gankit.")}
    return found


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    own = room(path)
    assert own in FLOOR, f"{own} has no floor: give it one in docs/architecture.md and here"
    for other in imports(path) - {own}:
        assert FLOOR[other] <= FLOOR[own], f"{own} (floor {FLOOR[own]}) imports {other} (floor {FLOOR[other]})"
        if {own, other} == {"training", "evaluation"}:
            pytest.fail("training is handed an evaluation; neither imports the other")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_below_the_run_knows_a_concrete_method(path: Path) -> None:
    if FLOOR[room(path)] in (0, 1, 2, 4):
        assert "methods" not in imports(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_grows_past_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize(
    "code",
    [
        "import gankit",
        "import gankit; dir(gankit)",
        "from gankit.commands.main import main; main(['--help'])",
        "from gankit.commands.main import main; main(['methods'])",
        "from gankit.commands.main import main; main(['reproduce'])",
    ],
)
def test_what_must_be_quick_imports_nothing_heavy(code: str) -> None:
    heavy = "{'torch', 'numpy', 'tyro', 'rich', 'PIL', 'matplotlib'}"
    code += f"\nimport sys; print('heavy:', sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "heavy: []"


TESTS = sorted(Path(__file__).parent.rglob("*.py"))
MOVING = {"commands/test_main.py"}
"""Still to be put right."""


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(Path(__file__).parent)))
def test_tests_import_no_other_test(path: Path) -> None:
    """What several share lies in modules without tests, such as `tests.tiny`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tests":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "tests"}
    parts = {part for name in found for part in name.split(".")}
    if str(path.relative_to(Path(__file__).parent)) not in MOVING:
        assert not {part for part in parts if part == "conftest" or part.startswith("test_")}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(Path(__file__).parent)))
def test_no_test_grows_past_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_every_public_name_is_there() -> None:
    for name in gankit.__all__:
        assert getattr(gankit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'gan'"):
        _ = gankit.gan
