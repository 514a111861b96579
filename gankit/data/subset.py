"""Parts of what there is: the few labels that a semi-supervised method may see, and some pictures of many."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.files import write_bytes
from gankit.base.randomness import derive
from gankit.data.pack import Pack
from gankit.data.pack.build import as_unpacked
from gankit.game.batch import Labels


def labelled_subset(pack: Pack, labels: Labels, *, seed: int) -> Tensor:
    """The indices of a random subset of `labels` items of `pack`, as many of each class: sorted, int64.

    It follows from the seed and the number alone. Where the classes can't share the number equally, some that
    the seed draws have one more. Fewer labels are always a subset of more. "all" is every item.

    Raises `UserError` where there is less than one label a class, or more than a class has.
    """
    assert pack.labels is not None
    if labels == "all":
        return torch.arange(len(pack))
    names = pack.spec.classes
    classes = len(names)
    if labels < classes:
        raise UserError(f"{labels} labels can't cover the {classes} classes of {pack.source!r}: use --labels {classes}")
    extra = torch.randperm(classes, generator=torch.Generator().manual_seed(derive(seed, "class order")))
    least = int(pack.labels.bincount(minlength=classes).min())
    chosen = []
    for index, name in enumerate(names):
        members = (pack.labels == index).nonzero().flatten()
        wanted = labels // classes + int((extra[: labels % classes] == index).any())
        if wanted > len(members):
            raise UserError(
                f"{labels} labels are {wanted} of class {name!r}, of which {pack.source!r} has {len(members)}: "
                f"use --labels all{f', or {least * classes} at most' if least else ''}"
            )
        generator = torch.Generator().manual_seed(derive(seed, "labelled", index))
        chosen.append(members[torch.randperm(len(members), generator=generator)[:wanted]])
    return torch.cat(chosen).sort().values


def save_some(pack: Pack, count: int, path: Path, *, seed: int = 0) -> Path:
    """Write the .npz file `path` with `count` images of `pack` that the seed draws, at the size they have there, and
    their labels, unless it is there. Fewer are always a part of more.

    Raises `UserError` where the pack has vectors, two sides or fewer images.
    """
    if not pack.spec.is_image or pack.other is not None:
        raise UserError(f"only pictures of one side can be fewer, which {pack.source!r} has not")
    if count > len(pack):
        raise UserError(f"{pack.source!r} has {len(pack):,} pictures, not {count:,}")
    if not path.exists():
        chosen = torch.randperm(len(pack), generator=torch.Generator().manual_seed(derive(seed, "some")))[:count]
        arrays: dict[str, Any] = {"images": as_unpacked(pack.values[chosen].numpy())}
        if pack.labels is not None:
            arrays["labels"] = pack.labels[chosen].numpy()
        content = io.BytesIO()
        np.savez(content, **arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content.getbuffer())
    return path
