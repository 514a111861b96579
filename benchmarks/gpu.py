"""What is to be found out when a card is at hand, in ten minutes at most.

Graphs beside the eager engine beside the plain reference, how long the device has nothing to do, exact resume, every
method by graphs, two cards. Each part is a process of its own with its own limit of time, so that one that hangs or
fails leaves what the others found. JSON and a table go into DIRECTORY. `--device cpu` tries the script without a card.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gpu_parts import PARTS, Asked

from gankit.base.devices import pick_device
from gankit.base.errors import UserError

LIMIT = 600.0
"""Seconds that all of it may take."""
TARGETS = {"dcgan64": 4.0, "mlp": 8.0}
"""How many times as fast as the reference graphs are to be."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a block")
    parser.add_argument("--blocks", type=int, default=3, help="of each side")
    parser.add_argument("--width", type=int, default=64, help="DCGAN-64's channels")
    parser.add_argument("--batch", type=int, default=128, help="DCGAN-64's")
    parser.add_argument("--out", type=Path, default=Path("runs/gpu"))
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("only", nargs="*", help=f"parts to play; all of them by default: {', '.join(PARTS)}")
    asked = parser.parse_args()
    if unknown := [name for name in asked.only if name not in PARTS]:
        parser.error(f"no part {unknown[0]!r}: there is {', '.join(PARTS)}")
    try:
        device = pick_device(asked.device)
        if asked.part:
            found = Asked(device, asked.seconds, asked.blocks, asked.width, asked.batch)
            with tempfile.TemporaryDirectory() as scratch:
                for state in PARTS[asked.part][0](found, Path(scratch)):
                    (asked.out / f"{asked.part}.json").write_text(json.dumps(state))
            return 0
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    asked.out.mkdir(parents=True, exist_ok=True)
    results = dict[str, Any]()
    end = time.monotonic() + LIMIT
    sizes = ("device", "seconds", "blocks", "width", "batch", "out")
    given = [word for name in sizes for word in (f"--{name}", str(getattr(asked, name)))]
    for name in asked.only or PARTS:
        print(f"{name} ...", file=sys.stderr)
        part = asked.out / f"{name}.json"
        part.unlink(missing_ok=True)
        command = [sys.executable, __file__, "--part", name, *given]
        broken = limited(command, min(PARTS[name][1], end - time.monotonic()))
        results[name] = json.loads(part.read_text()) if part.exists() else {}
        part.unlink(missing_ok=True)
        results[name] |= {"broken": broken} if broken else {}
        (asked.out / "gpu.json").write_text(json.dumps(results, indent=1) + "\n")
        (asked.out / "gpu.md").write_text(table(results))
    print(table(results), end="")
    return int(any("broken" in part for part in results.values()))


def limited(command: list[str], seconds: float) -> str:
    """Run `command` for as many `seconds` at most, with all that it starts; returns why it did not end well."""
    if seconds <= 0:
        return "the ten minutes were over"
    started = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=sys.stderr, text=True, start_new_session=True)
    try:
        _, said = started.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.communicate()
        return f"stopped after {seconds:,.0f} s"
    lines = said.strip().splitlines()
    return f"exit status {started.returncode}: {lines[-1] if lines else ''}" if started.returncode else ""


def table(found: dict[str, Any]) -> str:
    """What was found, as Markdown: times, gaps, and a line for everything else."""
    about = found.get("card", {})
    lines = [f"{about.get('name', 'no card named')}; {about.get('machine', '')}; {about.get('precision', '')}", ""]
    lines += ["| | by | ms | times the reference | idle | launches | kernels |", "|---|---|---|---|---|---|---|"]
    for name, target in TARGETS.items():
        times, seen = found.get(name, {}).get("ms", {}), found.get(f"{name} gaps", {})
        for side in ("graph", "eager", "reference", "its step alone"):
            if side in times or side in seen:
                gap, taken = seen.get(side, {}), times.get(side)
                faster = f"{times['reference'] / taken:.2f}x" if taken and "reference" in times else ""
                wanted = f" (>= {target:g}x)" if side == "graph" else ""
                lines.append(
                    f"| {name} | {side} | {shown(taken, '.2f')} | {faster}{wanted} | {shown(gap.get('idle'), '.0%')} | "
                    f"{shown(gap.get('launches'), '.0f')} | {shown(gap.get('kernels'), '.0f')} |"
                )
    lines.append("")
    for name, part in found.items():
        lines += [f"- {name}: no graph: {part['no graph']}"] if part.get("no graph") else []
        lines += [f"- {name}: {part['left out']}"] if "left out" in part else []
        lines += [f"- {name}: {verdict(part['different'])}"] if "different" in part else []
        lines += [f"- {name}: {line}" for line in part.get("said", [])]
        lines += [f"- {method}: {worded(value)}" for method, value in part.get("methods", {}).items()]
        lines += [f"- **{name} broke off**: {part['broken']}"] if "broken" in part else []
    return "\n".join(lines) + "\n"


def shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def verdict(different: list[str]) -> str:
    return f"{len(different)} tensors differ, {different[0]} for one" if different else "equal to the bit"


def worded(value: dict[str, float] | str) -> str:
    if isinstance(value, str):
        return value
    return f"recorded; losses {value['losses']:.1e} and weights {value['weights']:.1e} from those without"


if __name__ == "__main__":
    raise SystemExit(main())
