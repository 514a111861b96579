"""What the signals cost: blocks of steps with their look beside the same steps without, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gankit.data import Batches, open_data
from gankit.game import Method
from gankit.game.optimizers import Adam
from gankit.health.watch import EVERY, Watch
from gankit.methods.began import BEGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.gan import GAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import MLP
from gankit.training.precision import resolve
from gankit.training.state import State

CPU = torch.device("cpu")


def rows(scratch: Path, blocks: int) -> Iterator[str]:
    small = np.random.default_rng(0).integers(0, 256, (10_000, 28, 28), np.uint8)
    large = np.random.default_rng(0).integers(0, 256, (1_000, 64, 64, 3), np.uint8)
    layers = MLP(generator_widths=(128, 128), discriminator_widths=(128, 128), latent=2, dropout=0.0)
    adam: Any = {"generator_optimizer": Adam(), "discriminator_optimizer": Adam()}
    yield _row("GAN on a ring, batch 256", GAN(network=layers, batch_size=256, at_once=False, **adam), "ring", blocks)
    yield _row("MLP tutorial 28x28, batch 64", GAN(network=MLP(), batch_size=64, at_once=False, **adam), small, blocks)
    yield _row("DCGAN 28x28, batch 128", DCGAN(), small, blocks)
    yield _row("BEGAN 28x28, batch 16", BEGAN(), small, blocks)
    yield _row("WGAN-GP 28x28, batch 64", WGANGP(), small, blocks)
    yield _row("DCGAN 64x64x3, batch 64", DCGAN(batch_size=64), large, blocks)


def _row(name: str, method: Method[Any], source: Any, blocks: int) -> str:
    pack = open_data(source)
    state = State(method, pack.spec, precision=resolve("auto", CPU))
    batches = Batches(pack, method.batch_type, method.batch_size, seed=0)
    watch = Watch(state, pack, lambda: pack)
    state.advance(batches)
    begun = time.perf_counter()
    state.advance(batches)
    count = max(1, min(EVERY, round(3 / (time.perf_counter() - begun))))
    plain, hooked, looks = [], [], []
    for _ in range(blocks):
        begun = time.perf_counter()
        for _ in range(count):
            state.advance(batches)
        plain.append((time.perf_counter() - begun) / count)
        begun = time.perf_counter()
        for _ in range(count):
            watch.before(state.step + 1)
            watch.after(state.advance(batches))
        hooked.append((time.perf_counter() - begun) / count)
        begun = time.perf_counter()
        watch.look()
        looks.append(time.perf_counter() - begun)
    step, look = statistics.median(plain), statistics.median(looks)
    share = (statistics.median(hooked) - step + look / EVERY) / step
    return (
        f"health of {name:30} {step * 1e3:8,.2f} ms a step   a look every {EVERY} {look * 1e3:7,.1f} ms"
        f"   {look / EVERY / step:6.2%} of a step, {share:+.2%} in all (< 3 %)"
    )
