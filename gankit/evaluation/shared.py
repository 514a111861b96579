"""An evaluation that several processes share: of samples each draws some blocks, and of images each finds the features
of some chunks. Blocks and chunks are those of one process, and put together in their order, so that figures are the
same to the bit. The first process leads: it alone knows metrics, intervals and caches, and the others find what it asks
for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum

import torch
from safetensors.torch import load, save
from torch import Tensor

from gankit.base.ranks import LostError, Ranks
from gankit.data import Pack, in_units
from gankit.data.pack.values import Rule
from gankit.evaluation.inputs import CHUNK, StoredImages, as_stored, spread
from gankit.features import FeatureNetwork, Features, extract
from gankit.game import Generator
from gankit.pictures.samples import BLOCK, Samples, draw


class Of(IntEnum):
    """Whose features the leader asks for."""

    NONE = 0
    """No more: the evaluation ends."""
    SAMPLES = 1
    SPLIT = 2
    TRAIN = 3


def drawn(generator: Generator, n: int, *, seed: int, like: Pack, rule: Rule, ranks: Ranks) -> StoredImages:
    """`n` samples of `generator` as `like` has its values, from a pack whose columns went by `rule`; in every process,
    each of which draws some blocks of them."""
    own = range(ranks.rank, -(-n // BLOCK), ranks.world)
    made = (replace(part, values=in_units(part.values, rule)) for part in draw(generator, n, seed=seed, blocks=own))
    if ranks.world == 1:
        return as_stored(made, like)
    blocks = {number: _packed(values=part.values, labels=part.labels) for number, part in zip(own, made, strict=True)}
    parts = (load(block) for block in ranks.exchange(blocks, -(-n // BLOCK)))
    return as_stored((Samples(part["values"], part.get("labels")) for part in parts), like)


def _packed(**tensors: Tensor | None) -> bytes:
    """Those of the tensors that there are, to be sent."""
    return save({name: value.cpu().contiguous() for name, value in tensors.items() if value is not None})


@dataclass(eq=False)
class Shared:
    """What the processes of an evaluation have in common."""

    ranks: Ranks
    network: FeatureNetwork
    split: Pack
    train: Pack
    samples: StoredImages

    def of_samples(self, start: int, stop: int) -> Features:
        """In the leader: the features of those samples."""
        return self._asked(Of.SAMPLES, start, stop)

    def of_pack(self, pack: Pack, n: int) -> Features:
        """In the leader: those of `spread(pack, n)`, of one of its packs."""
        return self._asked(Of.SPLIT if pack is self.split else Of.TRAIN, 0, n)

    @contextmanager
    def leading(self) -> Iterator[None]:
        """The others assist for as long as this lasts."""
        try:
            yield
        except LostError:
            raise
        except BaseException:
            self.ranks.tell([Of.NONE, 0, 0])
            raise
        self.ranks.tell([Of.NONE, 0, 0])

    def assist(self) -> None:
        """Find what the leader asks for, until it asks no more."""
        while True:
            of, start, stop = map(int, self.ranks.tell([0, 0, 0]))
            if of == Of.NONE:
                return
            self._found(Of(of), start, stop)

    def _asked(self, of: Of, start: int, stop: int) -> Features:
        self.ranks.tell([of, start, stop])
        return self._found(of, start, stop)

    def _found(self, of: Of, start: int, stop: int) -> Features:
        if of is Of.SAMPLES:
            images = StoredImages(self.samples.values[start:stop])
        else:
            images = spread(self.split if of is Of.SPLIT else self.train, stop)
        count = -(-len(images) // CHUNK)
        own = {}
        for number in range(self.ranks.rank, count, self.ranks.world):
            chunk = StoredImages(images.values[number * CHUNK : (number + 1) * CHUNK])
            found = extract(self.network, chunk.chunks())
            own[number] = _packed(values=found.values, logits=found.logits)
        parts = [load(part) for part in self.ranks.exchange(own, count)]
        logits = torch.cat([part["logits"] for part in parts]) if "logits" in parts[0] else None
        return Features(torch.cat([part["values"] for part in parts]), logits)
