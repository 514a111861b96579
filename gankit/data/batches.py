"""Batches: which images, in which order, flipped or not, all from the seed and from how many came before."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from gankit.base.devices import pins, sent
from gankit.base.errors import UserError
from gankit.base.memory import available
from gankit.base.randomness import derive
from gankit.data.ahead import Ahead, Parts
from gankit.data.pack import Pack, normalise
from gankit.data.subset import labelled_subset
from gankit.game.batch import Batch, Images, Labelled, Labels, Paired, PartlyLabelled, Unpaired, check_offer

SHARE = 0.25
"""Of the memory that a device has free, what a pack may take to live there; one that is larger stays on the host, and
its batches are sent ahead."""


class Batches:
    """Batches of `pack` for `task` (one of the kinds of `gankit.game.batch`), on `device`.

    Every epoch is a fresh shuffle, in which each image comes once. A batch that reaches the end of an epoch
    goes on into the next one, so all batches have `batch_size` images. The labelled half of `PartlyLabelled`
    does the same over its own `labels` items (`labelled_subset`), and reads no other label. Pairs stay together, in
    the order and in the flip; two domains have an order each, over as many images as they have.

    Raises `UserError` where the pack lacks what the task needs, or has fewer images than a batch.
    """

    def __init__(
        self,
        pack: Pack,
        task: type[Batch],
        batch_size: int,
        *,
        seed: int,
        device: torch.device | str = "cpu",
        flip: bool = False,
        labels: Labels = "all",
        apart: int | None = None,
    ) -> None:
        """`apart` is how many images lie between the positions that are asked for, where it isn't a batch."""
        check_offer(
            task, pack.spec, method=f"a batch of {task.__name__}", source=pack.source, attributes=task is Labelled
        )
        two_sided = task in (Paired, Unpaired)
        if not (two_sided or task in (Images, Labelled, PartlyLabelled)):
            raise UserError(f"there are no batches of {task.__name__}: name one of gankit.game.batch")
        if batch_size < 1:
            raise UserError(f"batch-size must be at least 1, not {batch_size}")
        least = min(len(pack), len(pack.other)) if two_sided and pack.other else len(pack)
        if batch_size > least:
            raise UserError(
                f"{pack.source!r} has {least:,} images{' on a side' * two_sided}, fewer than a batch of {batch_size}: "
                f"use --batch-size {least} or less"
            )
        self.epoch = max(len(pack), len(pack.other)) if two_sided and pack.other else len(pack)
        """Images of an epoch, of the larger side where there are two."""
        if flip and not pack.spec.is_image:
            raise UserError(f"{pack.source!r} holds vectors, which cannot be flipped")
        self.task, self.batch_size, self.seed, self.flip = task, batch_size, seed, flip
        self.device = torch.device(device)
        sides = (pack, pack.other) if two_sided and pack.other else (pack,)
        home = _home(sum(side.values.nbytes for side in sides), self.device)
        self._values = pack.values.to(home)
        self._labels = None if task not in (Labelled, PartlyLabelled) or pack.labels is None else pack.labels.to(home)
        self._order = Order(len(pack), seed, "epoch", home)
        if two_sided:
            assert pack.other is not None
            self._other = pack.other.values.to(home)
            self._other_order = Order(len(pack.other), seed, "other epoch", home)
        if task is PartlyLabelled:
            self._subset = labelled_subset(pack, labels, seed=seed).to(home)
            self._subset_order = Order(len(self._subset), seed, "labelled epoch", home)
        beside = home != self.device and pins(self.device)
        self._ahead = Ahead(self._gathered, apart or batch_size, self.device) if beside else None

    def at(self, position: int) -> Batch:
        """The batch that follows the first `position` images: the same for the same seed, whatever came before.

        Its images are float32 [n, C, H, W], channels-last in memory, in [-1, 1]; or vectors [n, D].
        """
        parts = self._ahead.at(position) if self._ahead else self._gathered(position)
        fields: Parts = {}
        for name in (field.name for field in dataclasses.fields(self.task)):
            values = parts[name].to(self.device)
            if (sides := parts.get(f"{name} side")) is not None:
                both = torch.cat([values, values.flip(2)])  # and a gather: several times faster than torch.where
                values = both.index_select(0, sent(sides, self.device))
            fields[name] = values if name == "labels" else normalise(values)
        return self.task(**fields)

    def _gathered(self, position: int) -> Parts:
        """The fields of the batch at `position` as they are stored, where the pack lives, and which are mirrored."""
        indices = self._order.at(position, self.batch_size)
        parts = self._part("images", self._values, indices, "flip", position)
        if self.task is Labelled:
            parts |= self._classes(indices)
        if self.task is PartlyLabelled:
            chosen = self._subset[self._subset_order.at(position, self.batch_size)]
            parts |= self._part("labelled_images", self._values, chosen, "flip labelled", position)
            parts |= self._classes(chosen)
        if self.task is Paired:
            parts |= self._part("target", self._other, indices, "flip", position)
        if self.task is Unpaired:
            chosen = self._other_order.at(position, self.batch_size)
            parts |= self._part("other", self._other, chosen, "flip other", position)
        return parts

    def _part(self, name: str, values: Tensor, indices: Tensor, purpose: str, position: int) -> Parts:
        parts = {name: values.index_select(0, indices)}
        if self.flip:
            n = len(indices)
            generator = torch.Generator().manual_seed(derive(self.seed, purpose, position))
            parts[f"{name} side"] = torch.arange(n) + n * torch.randint(2, (n,), generator=generator)
        return parts

    def _classes(self, indices: Tensor) -> Parts:
        assert self._labels is not None
        return {"labels": self._labels.index_select(0, indices)}


def _home(size: int, device: torch.device) -> torch.device:
    """Where a pack of so many bytes lives: on the device, where that has room enough."""
    left = None if device.type == "cpu" else available(device)
    return device if left is not None and size <= SHARE * left else torch.device("cpu")


class Order:
    """An endless stream of indices below `n`: shuffle after shuffle, each a function of the seed and its number."""

    def __init__(self, n: int, seed: int, purpose: str, device: torch.device) -> None:
        self.n, self.seed, self.purpose, self.device = n, seed, purpose, device
        self._kept: dict[int, Tensor] = {}

    def at(self, position: int, count: int) -> Tensor:
        """The `count` indices that follow the first `position`."""
        number, start = divmod(position, self.n)
        last = (position + count - 1) // self.n
        self._kept = {near: self._shuffle(near) for near in range(number, last + 1)}
        if number == last:
            return self._kept[number][start : start + count]
        return torch.cat([self._kept[number][start:], *list(self._kept.values())[1:]])[:count]

    def _shuffle(self, number: int) -> Tensor:
        if number in self._kept:
            return self._kept[number]
        generator = torch.Generator().manual_seed(derive(self.seed, self.purpose, number))
        return sent(torch.randperm(self.n, generator=generator), self.device)
