"""`make bench`: gankit beside the plain reference, in turn, in one run; what counts is the ratio.

Each comparison alternates short blocks of both and compares the medians, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
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
from measure import peak_memory, ratio
from PIL import Image

from gankit.data import Batches, open_data
from gankit.game import Method
from gankit.game.batch import Images
from gankit.game.optimizers import Adam
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.networks import MLP
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import has_bf16, resolve
from gankit.training.state import State

CPU = torch.device("cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=5, help="blocks of each side")
    parser.add_argument("only", nargs="*", choices=[*ROWS, []], help="rows to run; all by default")
    asked = parser.parse_args()
    bf16 = "has bf16" if has_bf16(CPU) else "has no bf16"
    print(f"{torch.get_num_threads()} threads, this CPU {bf16}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in asked.only or ROWS:
            for line in ROWS[name](Path(scratch), asked.blocks):
                print(line, flush=True)


def against(name: str, method: Method[Any], source: Any, theirs: Callable[[], object], blocks: int, steps: int) -> str:
    pack = open_data(source)
    state = State(method, pack.spec, precision=resolve("auto", CPU))
    batches = Batches(pack, Images, method.batch_size, seed=0)
    mine, other, times = ratio(lambda: state.advance(batches), theirs, blocks, steps)
    size = method.batch_size
    target = ">= 2.2 with bf16" if not has_bf16(CPU) else ">= 2.2"
    return f"{name:34} {size / mine:9,.0f} images/s   reference {size / other:9,.0f}   {times:5.2f}x ({target})"


def dcgan64(scratch: Path, blocks: int) -> Iterator[str]:
    folder = scratch / "photos"
    folder.mkdir()
    random = np.random.default_rng(0)
    for index in range(512):
        rough = Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8))
        rough.resize((64, 64), Image.Resampling.BICUBIC).save(folder / f"{index}.jpg", quality=90)
    plain = reference.loop(reference.dcgan(), reference.endless(reference.Folder(folder), 64, workers=0))
    yield against("DCGAN 64x64, width 64, batch 64", DCGAN(batch_size=64), folder, plain, blocks, 2)


def mlp(scratch: Path, blocks: int) -> Iterator[str]:
    pixels = np.random.default_rng(0).integers(0, 256, (60_000, 28, 28), np.uint8)
    method = GAN(network=MLP(), batch_size=64, generator_optimizer=Adam(), discriminator_optimizer=Adam())
    plain = reference.loop(reference.mlp(), reference.endless(reference.Array(pixels), 64, workers=0))
    yield against("MLP tutorial 28x28, batch 64", method, pixels, plain, blocks, 20)


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


ROWS: dict[str, Callable[[Path, int], Iterator[str]]] = {
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
