"""gankit: generative adversarial networks that train with one command and resume to the bit.

    run = gankit.train(gankit.DCGAN(), data="photos/", out="runs/photos")
    run.sample(64).save("grid.png")

Importing gankit is cheap: what needs torch is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gankit.base.errors import UserError as UserError
    from gankit.evaluation.card import Card as Card
    from gankit.game import Generator as Generator
    from gankit.game import Method as Method
    from gankit.game import Network as Network
    from gankit.game import Players as Players
    from gankit.game import Terms as Terms
    from gankit.game import Translator as Translator
    from gankit.game import Turn as Turn
    from gankit.game.batch import DataSpec as DataSpec
    from gankit.game.batch import Images as Images
    from gankit.game.batch import Labelled as Labelled
    from gankit.game.batch import Paired as Paired
    from gankit.game.batch import PartlyLabelled as PartlyLabelled
    from gankit.game.batch import Unpaired as Unpaired
    from gankit.methods.acgan import ACGAN as ACGAN
    from gankit.methods.began import BEGAN as BEGAN
    from gankit.methods.catgan import CatGAN as CatGAN
    from gankit.methods.cgan import CGAN as CGAN
    from gankit.methods.cyclegan import CycleGAN as CycleGAN
    from gankit.methods.dcgan import DCGAN as DCGAN
    from gankit.methods.dragan import DRAGAN as DRAGAN
    from gankit.methods.ebgan import EBGAN as EBGAN
    from gankit.methods.fgan import FGAN as FGAN
    from gankit.methods.gan import GAN as GAN
    from gankit.methods.infogan import InfoGAN as InfoGAN
    from gankit.methods.lsgan import LSGAN as LSGAN
    from gankit.methods.pix2pix import Pix2Pix as Pix2Pix
    from gankit.methods.sgan import SGAN as SGAN
    from gankit.methods.wgan import WGAN as WGAN
    from gankit.methods.wgan_gp import WGANGP as WGANGP
    from gankit.pictures.samples import Samples as Samples
    from gankit.runs.benchmark import benchmark as benchmark
    from gankit.runs.evaluate import compare as compare
    from gankit.runs.evaluate import evaluate as evaluate
    from gankit.runs.run import Run as Run
    from gankit.runs.run import load as load
    from gankit.runs.run import train as train

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("DataSpec", "Images", "Labelled", "Paired", "PartlyLabelled", "Unpaired"), "game.batch"),
    "UserError": "base.errors",
    "Card": "evaluation.card",
    **dict.fromkeys(("Generator", "Method", "Network", "Players", "Terms", "Translator", "Turn"), "game"),
    "GAN": "methods.gan",
    "DCGAN": "methods.dcgan",
    "WGANGP": "methods.wgan_gp",
    "CGAN": "methods.cgan",
    "ACGAN": "methods.acgan",
    "InfoGAN": "methods.infogan",
    "CatGAN": "methods.catgan",
    "SGAN": "methods.sgan",
    "WGAN": "methods.wgan",
    "LSGAN": "methods.lsgan",
    "DRAGAN": "methods.dragan",
    "FGAN": "methods.fgan",
    "EBGAN": "methods.ebgan",
    "BEGAN": "methods.began",
    "Pix2Pix": "methods.pix2pix",
    "CycleGAN": "methods.cyclegan",
    **dict.fromkeys(("Run", "load", "train"), "runs.run"),
    "Samples": "pictures.samples",
    **dict.fromkeys(("compare", "evaluate"), "runs.evaluate"),
    "benchmark": "runs.benchmark",
}

__all__ = ["__version__", *_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gankit' has no attribute {name!r}")
    return getattr(import_module(f"gankit.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
