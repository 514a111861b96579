"""`make bench`: gankit beside the plain reference, in turn, in one run; what counts is the ratio.

Each comparison alternates short blocks of both on one thread and compares medians of CPU time, so that a busy machine
slows both. The table goes into DIRECTORY as speed.json and speed.png, too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import exploring
import health
import methods
import numpy as np
import reference
import scoring
import torch
import translating
import translators
from matplotlib.figure import Figure
from measure import Compared, compared, machine, peak_memory, ratio
from PIL import Image

from gankit.data import Batches, open_data
from gankit.game import Method
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.networks import MLP
from gankit.pictures.plots import figure_to_pil
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import has_bf16, resolve
from gankit.training.state import State

CPU = torch.device("cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=3, help="blocks of each side")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="starts, memory, health, scoring and so on as well")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"))
    parser.add_argument("only", nargs="*", choices=[*ROWS, []], help="rows to run; those of the table by default")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    bf16 = "has bf16" if has_bf16(CPU) else "has no bf16, which the targets are for"
    print(f"{machine()}, {bf16}; {asked.threads} threads, medians of {asked.blocks} blocks")
    found: list[Compared] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        for name in asked.only or (ROWS if asked.all else TABLE):
            for line in ROWS[name](Path(scratch), asked.blocks):
                print(line, flush=True)
                if isinstance(line, Compared):
                    found.append(line)
                    keep(found, asked)
    reached = sum(row.times >= row.target for row in found)
    print(f"{time.monotonic() - begun:,.0f} s; {reached} of {len(found)} rows reach their target")


def keep(rows: list[Compared], asked: argparse.Namespace) -> None:
    """Write what there is so far."""
    asked.out.mkdir(parents=True, exist_ok=True)
    about = {"machine": machine(), "threads": asked.threads, "blocks": asked.blocks, "load": os.getloadavg()}
    figures = [
        {**vars(row), "times": row.times, "share": row.share, "intensity": row.intensity, "roof": row.roof}
        for row in rows
    ]
    (asked.out / "speed.json").write_text(json.dumps({**about, "rows": figures}, indent=1) + "\n")
    drawn(rows).save(asked.out / "speed.png")


def drawn(rows: list[Compared]) -> Image.Image:
    """How many times as fast each row is, with its target; and what it computes a second by what it computes a byte,
    under the machine's roof."""
    figure = Figure(figsize=(13, 1.5 + 0.27 * len(rows)), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2)
    places, names = range(len(rows)), [f"{row.name}  {number}" for number, row in enumerate(rows, 1)]
    reached = ["tab:blue" if row.times >= row.target else "tab:orange" for row in rows]
    left.barh(places, [row.times for row in rows], color=reached)
    left.scatter([row.target for row in rows], places, marker="|", color="black", s=120)
    left.set_yticks(places, names)
    left.invert_yaxis()
    left.set_xlabel("times the reference (line: target)")
    peak, bandwidth = (statistics.median(getattr(row, name) for row in rows) for name in ("peak", "bandwidth"))
    edge, ends = peak / bandwidth, [row.intensity for row in rows]
    roof = [min(edge, *ends) / 1.5, edge, max(edge, *ends) * 1.5]
    right.plot(roof, [min(peak, bandwidth * intensity) for intensity in roof], color="black")
    right.scatter(ends, [row.gflop / row.ours for row in rows], color=reached)
    for number, row in enumerate(rows, 1):
        right.annotate(f" {number}", (row.intensity, row.gflop / row.ours), fontsize=8)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel(f"FLOP a byte (memory: {bandwidth:.0f} GB/s)")
    right.set_ylabel(f"GFLOP/s (peak: {peak:.0f})")
    return figure_to_pil(figure)


def against(
    name: str, kind: str, method: Method[Any], source: Any, theirs: Callable[[], object], blocks: int
) -> Compared:
    pack = open_data(source)
    state = State(method, pack.spec, precision=resolve("auto", CPU))
    batches = Batches(pack, Images, method.batch_size, seed=0)
    memory = [peak_memory(ALONE.format(folder=Path(__file__).parent, kind=kind, side=side))[0] for side in (0, 1)]
    return compared(
        name,
        lambda: state.advance(batches),
        theirs,
        blocks=blocks,
        target=2.4,
        memory=(memory[0], memory[1]),
    )


ALONE = """
import sys
sys.path.insert(0, "{folder}")
import bench
bench.alone("{kind}", {side})
"""


def alone(kind: str, side: int) -> None:
    """Four steps of ours (0) or of the reference (1), which a process of its own plays."""
    torch.set_num_threads(1)
    pixels = np.random.default_rng(0).integers(0, 256, SHAPES[kind], np.uint8)
    networks = reference.dcgan if kind == "dcgan64" else reference.mlp
    if side:
        step = reference.loop(networks(), reference.endless(reference.Array(pixels), 64, workers=0))
    else:
        keep_freed_memory()
        pack, method = open_data(pixels), OURS[kind]
        state, batches = (
            State(method, pack.spec, precision=resolve("auto", CPU)),
            Batches(pack, Images, method.batch_size, seed=0),
        )
        step = lambda: state.advance(batches)  # noqa: E731
    for _ in range(4):
        step()


SHAPES = {"dcgan64": (512, 64, 64, 3), "mlp": (60_000, 28, 28)}
OURS: dict[str, Method[Any]] = {
    "dcgan64": DCGAN(batch_size=64),
    "mlp": GAN(network=MLP(), batch_size=64, generator_optimizer=Adam(), discriminator_optimizer=Adam()),
}


def dcgan64(scratch: Path, blocks: int) -> Iterator[Compared]:
    folder = reference.photos(scratch / "photos", 512)
    plain = reference.loop(reference.dcgan(), reference.endless(reference.Folder(folder), 64, workers=0))
    yield against("DCGAN 64x64, width 64, batch 64", "dcgan64", OURS["dcgan64"], folder, plain, blocks)


def mlp(scratch: Path, blocks: int) -> Iterator[Compared]:
    pixels = np.random.default_rng(0).integers(0, 256, SHAPES["mlp"], np.uint8)
    plain = reference.loop(reference.mlp(), reference.endless(reference.Array(pixels), 64, workers=0))
    yield against("MLP tutorial 28x28, batch 64", "mlp", OURS["mlp"], pixels, plain, blocks)


def batches(scratch: Path, blocks: int) -> Iterator[str]:
    pixels = np.random.default_rng(0).integers(0, 256, (60_000, 28, 28), np.uint8)
    ours = Batches(open_data(pixels), Images, 64, seed=0)
    theirs = reference.endless(reference.Array(pixels), 64, workers=0)
    position = iter(range(0, 10**9, 64))
    mine, other, times = ratio(lambda: ours.at(next(position)), lambda: next(theirs), blocks, 200)
    name = "batches of 64 from 60,000 images"
    yield f"{name:34} {mine * 1e6:9,.0f} us         reference {other * 1e6:9,.0f}   {times:5.1f}x (>= 30)"


def start(scratch: Path, blocks: int) -> Iterator[str]:
    python = sys.executable
    quick = {
        "import gankit": ([python, "-c", "import gankit"], 0.1),
        "gankit --help": ([python, "-m", "gankit", "--help"], 0.3),
        "gankit methods": ([python, "-m", "gankit", "methods"], 0.3),
        "train digits to the first step": (
            [python, "-m", "gankit", "train", "--steps", "1", "--preview-every", "0", "--out", "{}"],
            6.0,
        ),
    }
    bare = median_seconds([python, "-c", "pass"], scratch, blocks)
    for name, (command, target) in quick.items():
        seconds = median_seconds(command, scratch, blocks)
        less = f", of which Python itself {bare:.2f}" if name == "import gankit" else ""
        yield f"{name:34} {seconds:6.2f} s (< {target}){less}"


def median_seconds(command: list[str], scratch: Path, times: int) -> float:
    taken = []
    for number in range(times):
        filled = [word.format(scratch / f"start-{number}") for word in command]
        begun = time.perf_counter()
        subprocess.run(filled, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


TRAIN = """
import gankit
from gankit.networks import DCGANNetwork
gankit.train(gankit.DCGAN(network=DCGANNetwork(width=16), batch_size=64), data={data!r}, out={out!r}, steps={steps})
"""


def memory(scratch: Path, blocks: int) -> Iterator[str]:
    peaks = {}
    for count in (10_000, 200_000):
        path = scratch / f"{count}.npy"
        held = np.lib.format.open_memmap(path, "w+", np.uint8, (count, 64, 64, 3))
        for begin in range(0, count, 10_000):
            held[begin : begin + 10_000] = np.random.default_rng(begin).integers(0, 256, (10_000, 64, 64, 3), np.uint8)
        held.flush()
        del held
        for steps in (1, 60):  # the first makes the pack; what is measured is training from it
            code = TRAIN.format(data=str(path), out=str(scratch / f"memory-{count}-{steps}"), steps=steps)
            peaks[count], _ = peak_memory(code)
        path.unlink()
    more = peaks[200_000] / peaks[10_000] - 1
    yield (
        f"{'peak memory, 200,000 images 64x64x3':34} {peaks[200_000]:6,.0f} MiB   from 10,000 {peaks[10_000]:6,.0f} MiB"
        f"   {more:+.1%} (within 10 %)"
    )


TABLE = ("dcgan64", "mlp", "methods", "translators")
"""What is beside the reference: in docs/speed.md."""
ROWS: dict[str, Callable[[Path, int], Iterator[Any]]] = {
    "dcgan64": dcgan64,
    "mlp": mlp,
    "batches": batches,
    "start": start,
    "memory": memory,
    "methods": methods.rows,
    "translators": translators.rows,
    "health": health.rows,
    **translating.ROWS,
    **scoring.ROWS,
    **exploring.ROWS,
}

if __name__ == "__main__":
    keep_freed_memory()
    main()
