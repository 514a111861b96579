"""Batches: which images, in which order, flipped or not, all from the seed and from how many came before."""

from __future__ import annotations

import torch
from torch import Tensor

from gankit.batch import Batch, Images, Labelled, check
from gankit.data.pack import Pack, normalise
from gankit.errors import UserError
from gankit.randomness import derive

RESIDENT = 2 * 2**30
"""Packs of at most this many bytes live on the device."""


class Batches:
    """Batches of `pack` for `task` (`Images` or `Labelled`), on `device`.

    Every epoch is a fresh shuffle, in which each image comes once. A batch that reaches the end of an epoch
    goes on into the next one, so all batches have `batch_size` images.

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
    ) -> None:
        check(task, pack.spec, method=f"a batch of {task.__name__}", source=pack.source)
        if task not in (Images, Labelled):
            raise UserError(f"{pack.source!r} offers Images or Labelled batches, not {task.__name__}")
        if batch_size < 1:
            raise UserError(f"batch-size must be at least 1, not {batch_size}")
        if batch_size > len(pack):
            raise UserError(
                f"{pack.source!r} has {len(pack):,} images, fewer than a batch of {batch_size}: "
                f"use --batch-size {len(pack)} or less"
            )
        if flip and not pack.spec.is_image:
            raise UserError(f"{pack.source!r} holds vectors, which cannot be flipped")
        self.task, self.batch_size, self.seed, self.flip = task, batch_size, seed, flip
        self.device = torch.device(device)
        home = self.device if pack.values.nbytes <= RESIDENT else pack.values.device
        self._values = pack.values.to(home)
        self._labels = None if task is Images or pack.labels is None else pack.labels.to(home)
        self._epochs: dict[int, Tensor] = {}

    def at(self, position: int) -> Batch:
        """The batch that follows the first `position` images: the same for the same seed, whatever came before.

        Its images are float32 [n, C, H, W], channels-last in memory, in [-1, 1]; or vectors [n, D].
        """
        epoch, start = divmod(position, len(self._values))
        indices = self._order(epoch)[start : start + self.batch_size]
        if missing := self.batch_size - len(indices):
            indices = torch.cat([indices, self._order(epoch + 1)[:missing]])
        values = self._values.index_select(0, indices).to(self.device, non_blocking=True)
        if self.flip:
            n = len(values)
            generator = torch.Generator().manual_seed(derive(self.seed, "flip", position))
            chosen = torch.arange(n) + n * torch.randint(2, (n,), generator=generator)
            both = torch.cat([values, values.flip(2)])  # and a gather: several times faster than torch.where
            values = both.index_select(0, chosen.to(self.device, non_blocking=True))
        images = normalise(values)
        if self._labels is None:
            return Images(images)
        return Labelled(images, self._labels.index_select(0, indices).to(self.device, non_blocking=True))

    def _order(self, epoch: int) -> Tensor:
        """The shuffle of `epoch`, where the values are."""
        if epoch not in self._epochs:
            generator = torch.Generator().manual_seed(derive(self.seed, "epoch", epoch))
            order = torch.randperm(len(self._values), generator=generator).to(self._values.device)
            self._epochs = {near: kept for near, kept in self._epochs.items() if near == epoch - 1}
            self._epochs[epoch] = order
        return self._epochs[epoch]
