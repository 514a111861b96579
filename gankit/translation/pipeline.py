"""Pictures of any size through a translator, in the number format that suits the hardware."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, overload

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gankit.base.bounds import MOST, Between, Bounded, Number, Units
from gankit.base.errors import UserError
from gankit.base.randomness import derive, seeded
from gankit.data import normalise, quantise
from gankit.data.pack.build import as_packed, as_unpacked
from gankit.data.pack.decode import DEEP, ORIENTATION, Layout, decoded
from gankit.data.pack.encoded import LARGE, open_image, reason, strict_pillow
from gankit.data.pack.values import Rule
from gankit.game import Translator
from gankit.game.batch import DataSpec
from gankit.pictures import to_pil
from gankit.training.precision import Format, Precision, autocast, channels_last, products, resolve
from gankit.translation.scaling import Scale, Size, resize, scaled
from gankit.translation.tiles import tiled

REDUCED = 2**24
"""Pixels that what is too large is reduced to, about."""


@dataclass(frozen=True, kw_only=True)
class TranslationOptions(Bounded):
    """How pictures go through a translator."""

    backwards: bool = False
    """From the second side to the first, where the translator knows the way back (CycleGAN's does)."""
    scale: Scale = "train"
    """train: at the size of the training images, by the shorter side, and back to the picture's own. own: as it is."""
    tile: Annotated[int, Between(16, MOST)] = 512
    """Side of the tiles that a larger picture is translated in."""
    overlap: Number | None = None
    """Pixels by which tiles overlap at least, to be blended; by default an eighth of a tile."""
    batch: Units = 8
    """Pictures of one size, or tiles, translated at a time."""
    seed: int = 0
    """Equal seeds make equal pictures, where the translator has noise (pix2pix's dropout)."""
    precision: Precision = "auto"
    """auto computes in bf16 where the hardware does, else in fp32."""

    @property
    def blended(self) -> int:
        return self.tile // 8 if self.overlap is None else self.overlap


class Pipeline:
    """A translator and the options in which pictures go through it."""

    def __init__(
        self, translator: Translator, spec: DataSpec, options: TranslationOptions, values: tuple[Rule, Rule] = ({}, {})
    ) -> None:
        """`values` are the rules that the values of both sides went by in training (`Report.values`).

        Raises `UserError` for a options that makes no sense, or a way back that the translator does not know."""
        if not 0 <= options.blended <= options.tile // 2:
            raise UserError(f"overlap must be from 0 to half of a tile, {options.tile // 2}, not {options.blended}")
        if options.backwards and not translator.two_way:
            raise UserError("this translator knows one way only: train another with the other --direction")
        assert spec.other_shape is not None
        sides = (spec.shape, spec.other_shape)
        came, goes = reversed(sides) if options.backwards else sides
        self.channels: tuple[int, int] = came[0], goes[0]
        """Of what goes in, and of what comes out."""
        self.rules = values[::-1] if options.backwards else values
        """What becomes of the values of what goes in, and of its targets."""
        self.trained: Size = (came[1], came[2])
        self.options = options
        self._translator = translator
        self._precision: Format = resolve(options.precision, translator.device)
        channels_last(translator)

    def scaled(self, own: Size) -> Size:
        """The size at which a picture of size `own` is translated."""
        return scaled(own, self.trained, self.options.scale)

    def __call__(self, images: Tensor, number: int = 0) -> Tensor:
        """Images [n, C', H, W], float32, from images [n, C, H, W] in [-1, 1], of the size they have, on the CPU.

        Noise is a function of the seed and `number`; torch's global generator is left as it was.
        """
        device = self._translator.device
        with (
            seeded(device, derive(self.options.seed, "translate", number)),
            torch.inference_mode(),
            products(self._precision, device),
            autocast(self._precision, device),
        ):
            images = images.to(device, memory_format=torch.channels_last)
            options = self.options
            return tiled(self._once, images, tile=options.tile, overlap=options.blended, batch=options.batch).cpu()

    def _once(self, images: Tensor) -> Tensor:
        return self._translator(images, backwards=self.options.backwards).float()


def read_picture(image: Image.Image, channels: int, rule: Rule, *, bits: Literal[8, 16] = 16) -> np.ndarray:
    """Pixels [h, w, channels] of a picture, upright: uint8, or uint16 for one channel of a picture with 16 `bits`.

    Its values go by the `rule` of training. One of more than `LARGE` pixels is reduced while it is decoded, so that
    memory is bounded.
    """
    deep = channels == 1 and bits == 16 and image.mode in DEEP
    dtype = np.dtype(np.uint16 if deep else np.uint8)
    sides = (image.height, image.width)
    if (factor := reduced_by(image)) > 1:
        upright = sides[::-1] if image.getexif().get(ORIENTATION, 1) >= 5 else sides
        sides = (upright[0] // (2 * factor), upright[1] // (2 * factor))  # `decoded` stops at twice as large
    return decoded(image, Layout((*sides, channels), dtype, rule))


def reduced_by(image: Image.Image) -> int:
    """The whole number by which the sides of a picture of more than `LARGE` pixels are divided; 1 for others."""
    area = image.width * image.height
    return 1 if area <= LARGE else math.ceil(math.sqrt(area / REDUCED))


def reduction(image: Image.Image) -> str | None:
    """What to say of a picture that is too large to be translated whole."""
    if (factor := reduced_by(image)) == 1:
        return None
    return f"pictures of over 89 megapixels are reduced, and written so: {image.width}x{image.height} by {factor}"


def to_image(values: np.ndarray) -> Tensor:
    """Pixels [h, w, C], uint8 or uint16, as an image [C, h, w] in [-1, 1]."""
    return normalise(torch.from_numpy(as_packed(np.array(values)))[None])[0]


def to_pixels(image: Tensor, dtype: np.dtype) -> np.ndarray:
    """The inverse of `to_image`: pixels of `dtype`, rounded and clipped."""
    stored = torch.int16 if dtype == np.uint16 else torch.uint8
    return as_unpacked(quantise(image[None], stored)[0].numpy())


def at_size(image: Tensor, size: Size) -> Tensor:
    """An image [C, h, w] in [-1, 1] at `size`."""
    if tuple(image.shape[1:]) == size:
        return image
    return torch.from_numpy(resize(image.permute(1, 2, 0).numpy(), size)).permute(2, 0, 1).clamp(-1, 1)


@overload
def translate(pipeline: Pipeline, image: Tensor) -> Tensor: ...
@overload
def translate(pipeline: Pipeline, image: Image.Image | np.ndarray | str | os.PathLike[str]) -> Image.Image: ...
def translate(pipeline: Pipeline, image: Any) -> Any:
    """What becomes of `image`, in its own size; of one with more than 89 megapixels, reduced.

    A PIL picture, a file's path and a uint8 array [H, W, C] give a PIL picture; a tensor [C, H, W] or [n, C, H, W] in
    [-1, 1] gives a tensor of its kind. Raises `UserError` where it can't be read or has the wrong channels.
    """
    if isinstance(image, Tensor):
        return _tensor(pipeline, image)
    check_files(pipeline)
    values = _pixels(image, pipeline.channels[0], pipeline.rules[0])
    own = (values.shape[0], values.shape[1])
    output = pipeline(to_image(resize(values, pipeline.scaled(own)))[None])[0]
    return to_pil(to_pixels(at_size(output, own), depth(values, pipeline.channels[1])))


def depth(values: np.ndarray, channels: int) -> np.dtype:
    """What is written for pixels that came as `values`: 16 bits for 16 bits, where the output is grey, too."""
    return values.dtype if channels == 1 else np.dtype(np.uint8)


def check_files(pipeline: Pipeline) -> None:
    """Raise `UserError` where the images of either side are nothing that a picture can hold."""
    odd = [str(channels) for channels in pipeline.channels if channels not in (1, 3, 4)]
    if odd:
        raise UserError(
            f"pictures have 1, 3 or 4 channels, and this run's images {' and '.join(odd)}: give run.translate a tensor"
        )


def _tensor(pipeline: Pipeline, images: Tensor) -> Tensor:
    batch = images if images.dim() == 4 else images[None]
    if batch.dim() != 4 or batch.shape[1] != pipeline.channels[0] or 0 in batch.shape:
        raise UserError(f"the translator takes [n, {pipeline.channels[0]}, H, W], not {list(images.shape)}")
    own = (batch.shape[2], batch.shape[3])
    inputs = torch.stack([at_size(image, pipeline.scaled(own)) for image in batch.detach().float().cpu()])
    parts = inputs.split(pipeline.options.batch)
    outputs = torch.cat([pipeline(part, number) for number, part in enumerate(parts)])
    outputs = torch.stack([at_size(image, own) for image in outputs]).to(images.device)
    return outputs if images.dim() == 4 else outputs[0]


def _pixels(image: Image.Image | np.ndarray | str | os.PathLike[str], channels: int, rule: Rule) -> np.ndarray:
    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3, 4):
            raise UserError(f"an array must be uint8 [H, W, 1, 3 or 4], not {image.dtype} {list(image.shape)}")
        return read_picture(to_pil(image), channels, rule)
    if isinstance(image, Image.Image):
        return read_picture(image.copy(), channels, rule)
    path = Path(image)
    try:
        with strict_pillow(), open_image(path) as opened:
            return read_picture(opened, channels, rule)
    except Exception as error:  # whatever a damaged file makes Pillow raise
        why = reason(error, path) if os.path.lexists(path) else "there is no such file"
        raise UserError(f"cannot read the picture {str(path)!r}: {why}") from None
