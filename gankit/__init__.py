"""gankit: generative adversarial networks that train with one command and resume to the bit.

    run = gankit.train(gankit.DCGAN(), data="photos/", out="runs/photos")
    run.sample(64).save("grid.png")

Importing gankit is cheap: what needs torch is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gankit.batch import DataSpec as DataSpec
    from gankit.batch import Images as Images
    from gankit.batch import Labelled as Labelled
    from gankit.batch import Paired as Paired
    from gankit.batch import PartlyLabelled as PartlyLabelled
    from gankit.batch import Unpaired as Unpaired
    from gankit.errors import UserError as UserError
    from gankit.game import Generator as Generator
    from gankit.game import Method as Method
    from gankit.game import Network as Network
    from gankit.game import Players as Players
    from gankit.game import Terms as Terms
    from gankit.game import Turn as Turn
    from gankit.methods.dcgan import DCGAN as DCGAN
    from gankit.methods.gan import GAN as GAN
    from gankit.methods.wgan_gp import WGANGP as WGANGP
    from gankit.run import Run as Run
    from gankit.run import load as load
    from gankit.run import train as train
    from gankit.samples import Samples as Samples

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("DataSpec", "Images", "Labelled", "Paired", "PartlyLabelled", "Unpaired"), "batch"),
    "UserError": "errors",
    **dict.fromkeys(("Generator", "Method", "Network", "Players", "Terms", "Turn"), "game"),
    "GAN": "methods.gan",
    "DCGAN": "methods.dcgan",
    "WGANGP": "methods.wgan_gp",
    **dict.fromkeys(("Run", "load", "train"), "run"),
    "Samples": "samples",
}

__all__ = ["__version__", *_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gankit' has no attribute {name!r}")
    return getattr(import_module(f"gankit.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
