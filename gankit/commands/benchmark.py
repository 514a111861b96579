"""gankit benchmark."""

from __future__ import annotations

from gankit.base.text import aligned, tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import docstring, parse
from gankit.runs.benchmark import BenchmarkOptions
from gankit.runs.benchmark import benchmark as run_benchmark


def benchmark(arguments: list[str]) -> None:
    """Each method plays on the same data, for as many steps, with the same batches and, where its own network is of
    that family, on the same convolutions; what its paper says of losses, norms and optimisers stands. With --minutes it
    is a race: each as it is, for equal minutes of computing. Repeating the command goes on where it was.
    """
    description = f"{COMMANDS['benchmark']}\n\n{docstring(benchmark)}"
    options = parse(BenchmarkOptions, arguments, "gankit benchmark", description)
    outcome = run_benchmark(**vars(options))
    tell("\n".join(aligned(outcome.table())))
    tell(f"table, plot and samples: {outcome.directory}")
