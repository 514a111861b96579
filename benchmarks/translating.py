"""A row about translation: a folder of pictures as a command does it, beside a loop over them, one by one in fp32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from measure import ratio
from PIL import Image

from gankit.game import Translator
from gankit.game.batch import DataSpec
from gankit.networks import ResNetNetwork, UNetNetwork
from gankit.translation import Pipeline, TranslationOptions
from gankit.translation.files import Job, translate_files
from gankit.translation.preprocessing import Preprocessor

PICTURES = 16


def rows(scratch: Path, blocks: int) -> Iterator[str]:
    random = np.random.default_rng(0)
    folder, out = scratch / "photos", scratch / "out"
    folder.mkdir()
    for index in range(PICTURES):
        rough = Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8))
        rough.resize((256, 256), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    files = sorted(folder.iterdir())
    spec = DataSpec(shape=(3, 256, 256), other_shape=(3, 256, 256))
    networks = {"U-Net": UNetNetwork(), "ResNet, width 16": ResNetNetwork(width=16)}
    for name, network in networks.items():
        translator = network.generator(spec).eval().requires_grad_(False)
        pipeline = Pipeline(translator, spec, TranslationOptions())
        jobs = [Job(file, out / file.name) for file in files]
        plain = network.generator(spec).eval().requires_grad_(False)

        def ours(pipeline: Pipeline = pipeline, jobs: list[Job] = jobs) -> None:
            translate_files(pipeline, Preprocessor(pipeline), jobs, sheet=0, say=print)

        def theirs(plain: Translator = plain) -> None:
            one_by_one(plain, files, out)

        mine, other, times = ratio(ours, theirs, blocks, 1)
        speeds = f"{PICTURES / mine:9.1f} pictures/s   one by one {PICTURES / other:9.1f}"
        yield f"{f'translate 256x256, {name}':34} {speeds}   {times:5.2f}x (>= 2)"


@torch.inference_mode()
def one_by_one(translator: Translator, files: list[Path], out: Path) -> None:
    """What a script for the purpose does: read a picture, translate it in fp32, write it, take the next."""
    for file in files:
        with Image.open(file) as image:
            values = np.asarray(image.convert("RGB"))
        inside = torch.from_numpy(values.copy()).permute(2, 0, 1).float().div(127.5).sub(1)[None].contiguous()
        made = translator(inside)[0].add(1).mul(127.5).round().clamp(0, 255).byte().permute(1, 2, 0)
        Image.fromarray(made.numpy()).save(out / file.name)


ROWS: dict[str, Callable[[Path, int], Iterator[str]]] = {"translate": rows}
