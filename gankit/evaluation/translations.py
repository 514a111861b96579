"""What a translator made, beside what it was made from and what it should have become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.randomness import derive, seeded
from gankit.data import Pack
from gankit.evaluation import palette, segmenter
from gankit.evaluation.inputs import StoredImages, spread
from gankit.evaluation.known_palettes import known_palette
from gankit.evaluation.palette import Palette
from gankit.game import Translator
from gankit.pictures.samples import Samples

BLOCK = 4
"""Pictures translated at a time: noise is a function of the seed and of a picture's place alone."""
SEEN, LEARNED = 300, 5000
"""Training pictures whose colours are looked at, and that a segmenter learns from, at most."""
AT_ONCE = 32
"""Pictures of full size that are compared at a time."""


def translated(
    translator: Translator, inputs: StoredImages, *, seed: int, backwards: bool = False
) -> Iterator[Samples]:
    """What becomes of `inputs`, some at a time, on the CPU; torch's global generator is left as it was."""
    number = 0
    for chunk in inputs.chunks():
        for part in chunk.split(BLOCK):
            whole = torch.cat([part, part[-1:].expand(BLOCK - len(part), -1, -1, -1)])
            whole = whole.contiguous(memory_format=torch.channels_last)  # noise is drawn in the order of memory
            with seeded(translator.device, derive(seed, "translate", number)), torch.inference_mode():
                outputs = translator(whole.to(translator.device), backwards=backwards)
            yield Samples(outputs[: len(part)].float().cpu())
            number += 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Translation:
    """The pictures that samples were made from, in their order, and the training data."""

    inputs: StoredImages
    targets: StoredImages | None
    """What each should have become, where that is known."""
    open_train: Callable[[], Pack]
    """Opens both sides of the training data, in pairs where they are known, whether or not training knew them."""

    @classmethod
    def of(cls, split: Pack, open_train: Callable[[], Pack], n: int) -> Translation:
        """Of `n` pictures spread over the first side of `split`, or all where it has fewer."""
        assert split.other is not None
        targets = spread(split.other, n) if split.spec.aligned else None
        return cls(inputs=spread(split, n), targets=targets, open_train=open_train)

    def first(self, n: int) -> Translation:
        targets = None if self.targets is None else self.targets.first(n)
        return replace(self, inputs=self.inputs.first(n), targets=targets)

    @cached_property
    def train(self) -> Pack:
        """Both sides of the training data."""
        return self.open_train()

    @cached_property
    def input_palette(self) -> Palette:
        """The colours of the training pictures on the side that is translated."""
        return _colours(self.train)

    @cached_property
    def target_palette(self) -> Palette:
        """The colours of the training pictures on the other side."""
        assert self.train.other is not None
        return _colours(self.train.other)

    def repainted(self, samples: StoredImages) -> Tensor:
        """Counts [n, R, K] of the labels that `samples` are painted in, against the targets' that are scored."""
        assert self.targets is not None
        colours = self.target_palette
        _refuse_strangers(colours, self.targets)
        tables = [
            segmenter.counts(colours.labels(painted), colours.labels(target), len(colours))[:, : colours.scored]
            for painted, target in self.beside(samples)
        ]
        return torch.cat(tables)

    def beside(self, samples: StoredImages) -> Iterator[tuple[Tensor, Tensor]]:
        """`samples` and what each should be, images in [-1, 1], some at a time."""
        assert self.targets is not None
        return zip(_parts(samples), _parts(self.targets), strict=True)

    def segmented(self, samples: StoredImages, cache: Path) -> tuple[Tensor, Tensor]:
        """Counts [n, R, K] of the labels that a segmenter sees, against those of the inputs that are scored: in
        `samples`, and in the real photographs in their place. The segmenter is trained on the training pairs, or taken
        from `cache`."""
        assert self.targets is not None
        assert self.train.other is not None
        colours, train = self.input_palette, self.train
        _refuse_strangers(colours, self.inputs)
        photos = torch.cat([segmenter.shrunk(part) for part in _parts(spread(self.train.other, LEARNED))])
        labels = _labels(colours, spread(train, LEARNED))
        network = segmenter.trained_segmenter(photos, labels, len(colours), train.content, cache)
        input_labels = _labels(colours, self.inputs)

        def tables(images: StoredImages) -> Tensor:
            seen_labels = torch.cat([network.labels(segmenter.shrunk(part)) for part in _parts(images)])
            return segmenter.counts(seen_labels, input_labels, len(colours))[:, : colours.scored]

        return tables(samples), tables(self.targets)


def _parts(images: StoredImages) -> Iterator[Tensor]:
    return (part for chunk in images.chunks() for part in chunk.split(AT_ONCE))


def _colours(pack: Pack) -> Palette:
    return known_palette(palette.palette_of(_parts(spread(pack, SEEN))))


def _labels(colours: Palette, images: StoredImages) -> Tensor:
    parts = [segmenter.shrunk_labels(colours.labels(part), len(colours)) for part in _parts(images)]
    return torch.cat(parts)


def _refuse_strangers(colours: Palette, images: StoredImages) -> None:
    done = 0
    for part in _parts(images):
        if stranger := colours.stranger(part):
            number, colour, share = stranger
            raise UserError(
                f"picture {done + number} has {share:.0%} of its pixels in {colour}, a label that no training picture "
                f"has: theirs are {', '.join(colours.names)}"
            )
        done += len(part)
