"""What the methods' pages quote of recipes is what stands in their records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gankit.reproduce import RECIPES
from gankit.reproduce.record import Record, recorded

PAGES = sorted((Path(__file__).parents[2] / "docs" / "methods").glob("*.md"))
COMMAND = re.compile(r"gankit reproduce ([a-z][\w-]+)((?: --(?:seeds|fraction) [\d.]+)*)")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?")
ABSENT = re.compile(r"not recorded yet|no run of this protocol is recorded", re.IGNORECASE)


def quotes(text: str) -> Iterator[tuple[str, str, str]]:
    """Recipe, options and the paragraph, or row of a table, of every command that a page quotes."""
    for block in re.split(r"\n\s*\n|\n(?=\|)", text):
        joined = " ".join(block.split())
        for found in COMMAND.finditer(joined):
            yield found[1], found[2].strip(), joined


def ours(text: str) -> Iterator[str]:
    """The cells of every table's column `ours`, and of those to the right of one that is `ours: ...`."""
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        header, _, *rows = ([cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines())
        first = next((place for place, name in enumerate(header) if name.startswith("ours")), None)
        if first is not None:
            end = None if ":" in header[first] else first + 1
            yield from (cell for row in rows for cell in row[first:end])


def figures(record: Record) -> set[float]:
    """All that may be said of a record: of every seed and over seeds, as they are, in %, and as errors or accuracies;
    how many seeds, and what share of the length in %."""
    columns = [*record.seeds.values(), record.mean, record.median, record.sd]
    values = {value for column in columns for value in column.values()}
    forms = {form for value in values for form in (value, 100 * value, 1 - value, 100 * (1 - value), 100 - value)}
    return forms | {len(record.seeds), 100 * record.fraction}


def says(number: str, values: set[float]) -> bool:
    """Whether `number` is one of `values`, rounded as it is written."""
    digits, _, power = number.partition("e")
    unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    return any(abs(abs(value) - float(number)) <= 0.5001 * unit for value in values)


def strays(text: str) -> list[str]:
    """What a page says of recipes that their records don't."""
    found, values = [], set[float]()
    for name, options, block in quotes(text):
        record = recorded(name) if name in RECIPES else None
        if name not in RECIPES:
            found.append(f"there is no recipe {name}")
        elif record is None and not ABSENT.search(block):
            found.append(f"{name} has no record, which its paragraph does not say")
        elif record is not None and ABSENT.search(block) and block.startswith("|"):
            found.append(f"{name} has a record")
        elif record is not None and "--fraction" in options and f"--fraction {record.fraction:g}" not in options:
            found.append(f"{name} is recorded at {record.fraction:g}")
        elif record is not None and "--seeds" in options and f"--seeds {len(record.seeds)}" not in options:
            found.append(f"{name} is recorded for {len(record.seeds)} seeds")
        values |= figures(record) if record else set()
    cells = list(ours(text))
    if values or any(ABSENT.search(cell) for cell in cells):
        found += [
            f"{number} in {cell!r}" for cell in cells for number in NUMBER.findall(cell) if not says(number, values)
        ]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_quotes_what_its_records_hold(page: Path) -> None:
    assert strays(page.read_text()) == []


def test_what_a_record_does_not_hold_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorded("catgan-100") is not None
    table = "| | paper | ours |\n|---|---|---|\n| `gankit reproduce {}` | 1.91 % | {} |\n"
    assert strays(table.format("catgan-100 --fraction 0.1", "5.85 %")) == []
    assert strays(table.format("catgan-100", "20.5 %")) == ["20.5 in '20.5 %'"]
    assert strays(table.format("catgan-100 --fraction 0.5", "5.85 %")) == ["catgan-100 is recorded at 0.1"]
    assert strays(table.format("catgan-100", "not recorded yet")) == ["catgan-100 has a record"]
    assert strays("`gankit reproduce catgan-1000` had 3 %.") == ["there is no recipe catgan-1000"]
    monkeypatch.setattr("tests.reproduce.test_pages.recorded", lambda name: None)
    assert strays(table.format("infogan-codes", "**20.5 %**")) == [
        "infogan-codes has no record, which its paragraph does not say"
    ]
    assert strays(table.format("infogan-codes", "seed 0: 20.5 %, not recorded yet")) == [
        "0 in 'seed 0: 20.5 %, not recorded yet'",
        "20.5 in 'seed 0: 20.5 %, not recorded yet'",
    ]
