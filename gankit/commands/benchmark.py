"""gankit benchmark."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from gankit.base.text import aligned, tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import config_of, docstring, parse
from gankit.runs.benchmark import BenchmarkOptions
from gankit.runs.benchmark import benchmark as run_benchmark
from gankit.runs.from_config import from_file


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    config: Path | None = None
    """Take the options of a YAML file; those here win."""
    options: Annotated[BenchmarkOptions, tyro.conf.arg(name="")] = field(default=BenchmarkOptions())


def benchmark(arguments: list[str]) -> None:
    """Each method plays on the same data, for as many steps, with the same batches and, where its own network is of
    that family, on the same convolutions; what its paper says of losses, norms and optimisers stands. With --minutes it
    is a race: each as it is, for equal minutes of computing. Repeating the command goes on where it was.
    """
    description = f"{COMMANDS['benchmark']}\n\n{docstring(benchmark)}"
    usual = Benchmark()
    if config := config_of(arguments):
        usual = Benchmark(options=from_file(BenchmarkOptions(), config))
    parsed = parse(Benchmark, arguments, "gankit benchmark", description, usual)
    outcome = run_benchmark(**vars(parsed.options))
    tell(*aligned(outcome.table()))
    tell(f"table, plot and samples: {outcome.directory}")
