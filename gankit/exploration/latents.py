"""Latents to ask about: those of seeds, those of a file, and what keeps a latent where the prior would draw it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.files import write_array
from gankit.base.randomness import derive, seeded
from gankit.game import Generator
from gankit.game.prior import Codes, Normal, Prior, Uniform
from gankit.pictures.samples import BLOCK

CPU = torch.device("cpu")
"""Where latents are drawn, so that a seed means the same ones on every device."""
BATCH = 256
"""Latents that a generator is given at a time."""
SHELL = 2.0
"""How far the length of a Gaussian latent may be from sqrt(size): nearly three of its standard deviations."""


def of_seeds(generator: Generator, seeds: Iterable[int], prior: Prior | None = None) -> Tensor:
    """A latent for each seed, [n, size]: that of the first sample which `gankit sample --seed` draws, of `prior` or of
    the generator's own."""
    latents = []
    for seed in seeds:
        with seeded(CPU, derive(seed, "sample", 0)):
            latents.append((prior or generator.prior).draw(BLOCK)[:1])
    return torch.cat(latents).to(generator.device)


def random(generator: Generator, n: int, *, seed: int, purpose: str, prior: Prior | None = None) -> Tensor:
    """`n` latents [n, size] of `prior`, or of the generator's own; torch's global generator is left as it was."""
    with seeded(CPU, derive(seed, "explore", purpose)):
        return (prior or generator.prior).draw(n).to(generator.device)


def read_latents(path: str | os.PathLike[str], generator: Generator) -> Tensor:
    """The latents [n, size] in the .npy file `path`; `UserError` where it holds none for this generator."""
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped, so that its header is held to its size
    except Exception as error:  # a damaged header raises almost anything
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no .npy file of numbers"
        raise UserError(f"the latents {str(path)!r} can't be read: {why.lower()}") from None
    size = generator.prior.size
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or values.shape[1:] != (size,):
        shape = "x".join(map(str, np.shape(values)))
        raise UserError(f"{str(path)!r} holds {shape} values: this run's latents are rows of {size} numbers")
    if not len(values) or not np.isfinite(values).all():
        raise UserError(f"{str(path)!r} holds no latents, or NaN or infinity among them")
    return torch.from_numpy(values.astype(np.float32)).to(generator.device)


def write_latents(latents: Tensor, path: Path) -> Path:
    """Latents [n, size] as the .npy file that `read` takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_array(path, latents.cpu().numpy())
    return path


def within(prior: Prior, latents: Tensor) -> Tensor:
    """Latents [n, size] brought back to where `prior` draws them.

    Uniform components are clipped, Gaussian latents scaled to within `SHELL` of the length sqrt(size) that nearly all
    of them have, and categorical codes are the category that is largest.
    """
    if isinstance(prior, Uniform):
        return latents.clamp(prior.centre - prior.bound, prior.centre + prior.bound)
    if isinstance(prior, Normal):
        lengths = latents.norm(dim=1, keepdim=True).clamp(min=1e-12)
        typical = prior.size**0.5
        return latents * lengths.clamp(max(typical - SHELL, 0), typical + SHELL) / lengths
    if isinstance(prior, Codes):
        clipped = latents.clamp(-prior.bound, prior.bound)
        for name, part in prior.slices().items():
            if name.startswith("categorical"):
                chosen = latents[:, part].argmax(1)
                clipped[:, part] = torch.nn.functional.one_hot(chosen, part.stop - part.start).to(clipped.dtype)
        return clipped
    return latents


def labels_for(generator: Generator, n: int, label: int | None) -> Tensor | None:
    """`label` (by default the first class) for each of `n` latents, [n]; None where the generator takes none."""
    if not generator.classes:
        return None
    return torch.full((n,), label or 0, device=generator.device)


@torch.inference_mode()
def generate(generator: Generator, latents: Tensor, labels: Tensor | None = None) -> Tensor:
    """What `generator` makes of latents [n, size] and labels [n], a batch at a time: float [n, *shape] on the CPU."""
    batches = torch.arange(len(latents)).split(BATCH)
    parts = [generator(latents[rows], None if labels is None else labels[rows]).float().cpu() for rows in batches]
    return torch.cat(parts)


def pictures_of(generator: Generator, latents: Tensor, label: int | None) -> Tensor:
    """The same for one class (`labels_for`); `UserError` where the generator makes vectors."""
    images = generate(generator, latents, labels_for(generator, len(latents), label))
    if images.dim() != 4:
        raise UserError(f"this question is about pictures, and this generator makes vectors of {images.shape[1]}")
    return images
