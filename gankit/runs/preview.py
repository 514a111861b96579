"""The same pictures while a generator learns: fixed latents, or fixed inputs of a translator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.base.randomness import derive, reseed
from gankit.base.spacing import spaced
from gankit.data import Pack, images, in_units
from gankit.game import Generator, Translator
from gankit.training.state import State

LATENTS, POINTS, INPUTS = 64, 2000, 8


class LatentPreview:
    """Draws the same 64 latents, step after step; classes get a column each, in whole rows."""

    def __init__(self, pack: Pack, generator: Generator, seed: int) -> None:
        self.rule, self.names = pack.report.values, pack.spec.classes
        points = torch.arange(min(len(pack), POINTS))
        self.real = None if pack.spec.is_image else in_units(images(pack, points), self.rule)
        n = LATENTS if pack.spec.is_image else POINTS
        reseed(generator.device, derive(seed, "preview"))
        self.latents = generator.prior.draw(n).to(generator.device)
        self.labels = torch.arange(n, device=generator.device) % generator.classes if generator.classes else None
        self.columns = None if self.labels is None else pictures.columns_by_label(self.labels)
        if self.labels is not None and self.columns and self.real is None:
            whole = n - n % self.columns
            self.latents, self.labels = self.latents[:whole], self.labels[:whole]

    def look(self, generator: Any) -> Callable[[], Image.Image]:
        made = generator(self.latents, self.labels)
        if self.real is None:
            names = self.names if self.columns else ()
            return lambda: pictures.grid(made.cpu(), columns=self.columns, names=names)
        real = self.real
        return lambda: pictures.cloud({"data": real, "generated": in_units(made.cpu(), self.rule)})


class TranslatorPreview:
    """Translates the same eight pictures of `pack`, step after step, beside what they should become where it is known.

    A translator that knows the way back shows both directions, each with the way there and back, and what it makes of
    a picture that is of the wanted kind already.
    """

    def __init__(self, pack: Pack, translator: Translator, seed: int) -> None:
        assert pack.other is not None
        self.seed = derive(seed, "preview")
        self.paired = pack.spec.aligned
        self.sides = [images(side, spaced(len(side), INPUTS)).to(translator.device) for side in (pack, pack.other)]

    def look(self, translator: Any) -> Callable[[], Image.Image]:
        reseed(translator.device, self.seed)
        ways = (False, True) if translator.two_way else (False,)
        columns = [column for way in ways for column in self._columns(translator, way)]
        return lambda: pictures.columns([(name, images.cpu()) for name, images in columns])

    def _columns(self, translator: Translator, backwards: bool) -> Iterator[tuple[str, Tensor]]:
        given, wanted = self.sides[::-1] if backwards else self.sides
        made = translator(given, backwards=backwards)
        yield ("B" if backwards else "A") if translator.two_way else "input", given
        yield ("B to A" if backwards else "A to B") if translator.two_way else "output", made
        if self.paired:
            yield "target", wanted
        if translator.two_way:
            yield "and back", translator(made, backwards=not backwards)
            if given.shape[1] == wanted.shape[1]:
                yield ("A to A" if backwards else "B to B"), translator(wanted, backwards=backwards)


class Preview:
    """Draws what `generator` makes into `directory`, now and then; of translators, from the pictures of `shown`."""

    def __init__(self, directory: Path, shown: Pack, generator: Generator | Translator, seed: int) -> None:
        self.directory = directory
        if isinstance(generator, Translator):
            self.of = TranslatorPreview(shown, generator, seed)
        else:
            self.of = LatentPreview(shown, generator, seed)

    def __call__(self, state: State, then: Callable[[], object] = lambda: None) -> Callable[[], Image.Image]:
        """Look at the average generator; what is returned draws and writes that, does `then`, and returns the picture,
        whenever it is called and in whatever thread."""
        with torch.inference_mode():
            picture = self.of.look(state.average.module)
        path = self.directory / f"step-{state.step:06d}.png"

        def write() -> Image.Image:
            drawn = picture()
            pictures.save(drawn, path)
            then()
            return drawn

        return write
