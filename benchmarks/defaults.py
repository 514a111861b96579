"""`python benchmarks/defaults.py`: what `gankit train METHOD --data mnist --minutes 10` makes, of every method that
samples, on one sheet.

The very command, a process each, one after the other: three hours in all. Repeating it goes on with the methods that
are missing. In `--out`: a run for each, `sheet.png`, a row of 16 samples of the average generator of each, none chosen,
and `table.md`, how far each came.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import gankit
from gankit import pictures
from gankit.base.text import markdown
from gankit.methods import METHODS
from gankit.pictures.sheets import Row, sheet

SHOWN = 16
SAMPLING = [name for name, entry in METHODS.items() if entry.needs not in ("pairs", "two domains")]
"""The methods that make pictures from latents; the translators have none of their own."""


def command(name: str, options: argparse.Namespace) -> list[str]:
    """The default command of a method."""
    out = ["--out", str(options.out / name), "--seed", str(options.seed)]
    return ["train", name, "--data", options.data, "--minutes", f"{options.minutes:g}", *out]


def trained(name: str, options: argparse.Namespace) -> gankit.Run | None:
    """The method's run, trained unless it is there; None where its command fails, which says why."""
    run, done = options.out / name, options.out / f"{name}.done"
    if not done.is_file():
        if run.exists():
            raise SystemExit(f"{run} was stopped before its time: delete it, and it begins anew")
        status = subprocess.run([sys.executable, "-m", "gankit", *command(name, options)], check=False).returncode
        if status:
            print(f"{name} is left out: its command ended with status {status}", file=sys.stderr)
            return None
        done.touch()
    return gankit.load(run)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--methods", nargs="+", choices=SAMPLING, default=SAMPLING, metavar="METHOD")
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/defaults"))
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    stated = {"data": options.data, "minutes": options.minutes, "seed": options.seed}
    kept = options.out / "options.json"
    if kept.is_file() and json.loads(kept.read_text()) != stated:
        raise SystemExit(f"{options.out} holds runs of other options, {kept.read_text()}: take another --out")
    kept.write_text(json.dumps(stated))
    rows, table = [], [["method", "updates", "images seen"]]
    for name in options.methods:
        run = trained(name, options)
        if run is None:
            continue
        rows.append(Row(name, run.sample(SHOWN, seed=options.seed).values))
        counters = json.loads(
            (run.directory / "checkpoints" / f"step-{run.steps()[-1]:06d}" / "state.json").read_text()
        )
        table.append([name, f"{counters['step']:,}", f"{counters['images']:,}"])
    if not rows:
        raise SystemExit("no method was trained")
    pictures.save(sheet(rows), options.out / "sheet.png")
    (options.out / "table.md").write_text("\n".join(markdown(table)) + "\n")
    print(f"sheet  {options.out / 'sheet.png'}\ntable  {options.out / 'table.md'}")


if __name__ == "__main__":
    main()
