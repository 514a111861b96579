"""Published figures and how ours are found, one file a method. `RECIPES` is the only list; reading it imports none."""

from __future__ import annotations

from importlib import import_module

from gankit.base.errors import UserError, nearest
from gankit.reproduce.recipe import Recipe

RECIPES: dict[str, str] = {
    "gan-parzen": "gan:PARZEN",
    "gan-ring": "toys:GAN_RING",
    "gan-ring-small": "toys:GAN_RING_SMALL",
    "dcgan-1nn": "dcgan:NEAREST",
    "cgan-parzen": "cgan:PARZEN",
    "cgan-agreement": "cgan:AGREEMENT",
    "acgan-agreement": "acgan:AGREEMENT",
    "acgan-real-classes": "acgan:REAL_CLASSES",
    "infogan-codes": "infogan:CODES",
    "infogan-released": "infogan:RELEASED",
    "catgan-100": "catgan:LABELS",
    "catgan-conv": "catgan:CONVOLUTIONS",
    "catgan-clusters": "catgan:CLUSTERS",
    "sgan-labels": "sgan:LABELS",
    "sgan-features": "sgan:FEATURES",
    "ebgan-grid": "ebgan:GRID_OF_24",
    "began-balance": "began:BALANCE",
    "began-digits": "began:DIGITS",
    "fgan-kde": "fgan:KDE",
    "fgan-1d": "fgan:LINE",
    "wgan-lines": "wgan:LINES",
    "wgan-correlation": "wgan:CORRELATION",
    "wgan-normless": "wgan:WITHOUT_NORM",
    "wgan-gp-ring": "toys:WGAN_GP_RING",
    "wgan-gp-grid": "toys:WGAN_GP_GRID",
    "wgan-gp-swiss": "toys:WGAN_GP_SWISS",
    "lsgan-ring": "toys:LSGAN_RING",
    "lsgan-ring-small": "toys:LSGAN_RING_SMALL",
    "dragan-ring": "toys:DRAGAN_RING",
    "dragan-ring-small": "toys:DRAGAN_RING_SMALL",
    "r3gan-ring": "r3gan:RING",
    "r3gan-grid": "r3gan:GRID",
    "r3gan-stacked": "r3gan:STACKED",
    "pix2pix-terms": "pix2pix:TERMS_OF_THE_LOSS",
    "pix2pix-patches": "pix2pix:PATCHES",
    "pix2pix-windows": "pix2pix:WINDOWS",
    "pix2pix-cityscapes": "cityscapes:PAIRED",
    "cyclegan-truth": "cyclegan:TRUTH",
    "cyclegan-cityscapes": "cityscapes:UNPAIRED",
    "diagnosis": "diagnosis:REPORTING",
    "diagnosis-thresholds": "diagnosis:CHOOSING",
    "diagnosis-care": "diagnosis:CARE",
}
"""Name to `module:ATTRIBUTE` within this package, where the `Recipe` is."""


def recipe_called(name: str) -> Recipe:
    """The recipe called `name`."""
    if name not in RECIPES:
        raise UserError(f"no recipe {name!r}{nearest(name, RECIPES)}; gankit reproduce lists them")
    module, attribute = RECIPES[name].split(":")
    return getattr(import_module(f"{__name__}.{module}"), attribute)
