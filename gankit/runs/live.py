"""The newest preview of a training below a notebook's cell."""

from __future__ import annotations

from base64 import b64encode

from PIL import Image

from gankit.base.notebook import Place
from gankit.pictures.notebook import png
from gankit.training.callbacks import Callback, Training


class LivePreview(Callback):
    """Shows every preview in the place of the one before."""

    def on_start(self, training: Training) -> None:
        self._place = Place()

    def on_preview(self, step: int, picture: Image.Image) -> None:
        self._place.show({"image/png": b64encode(png(picture)).decode(), "text/plain": f"the preview of step {step}"})
