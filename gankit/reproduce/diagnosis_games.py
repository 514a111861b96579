"""Games that are broken on purpose, and healthy ones: what the diagnosis is calibrated on, and measured with.

What becomes of each was fixed before thresholds were chosen; every failure is planted by the means its row names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import gankit
from gankit.game.optimizers import SGD, Adam, RMSProp
from gankit.networks import MLP, AutoencoderOrMLP, BEGANNetwork, ConvAutoencoder, ConvOrMLP, DCGANNetwork

Planted = Literal["collapse", "oscillation", "too strong", "too weak", "overfitting", "divergence"] | None


@dataclass(frozen=True)
class Game:
    """One game to be judged."""

    name: str
    planted: Planted
    """What is wrong with it; None where it is healthy."""
    method: Callable[[], gankit.Method[Any]]
    choosing: str
    """The data it is played on where thresholds are chosen."""
    reporting: str
    """The data it is played on where they are put to the test."""
    steps: int = 500
    few: int = 0
    """How many images there are, where that is the failure."""

    @property
    def folder(self) -> str:
        """Its name as a folder's."""
        return re.sub(r"[^a-z0-9]+", "-", self.name)

    def size_of(self, data: str) -> str | None:
        """What images of `data` are trained at."""
        return SIZES.get(data)


PICTURES = "flowers"
"""The folder of photos in $GANKIT_DATA."""
SIZES = {"mnist": "16", "fashion-mnist": "16", PICTURES: "32"}
"""What images are trained at, where not at their own size."""


def game(
    name: str,
    planted: Planted,
    method: Callable[[], gankit.Method[Any]],
    choosing: str,
    reporting: str,
    *,
    steps: int = 500,
    few: int = 0,
) -> Game:
    return Game(f"{planted}: {name}" if planted else name, planted, method, choosing, reporting, steps, few)


CONV = DCGANNetwork(width=4)
BARE = replace(CONV, generator_norm="none", discriminator_norm="none", init_sd=None)
RATE = Adam(lr=2e-4, betas=(0.5, 0.999))


def plane(**fields: Any) -> MLP:
    sizes: dict[str, Any] = {"generator_widths": (64, 64), "discriminator_widths": (64, 64), "latent": 2}
    return MLP(**{**sizes, "leak": 0.0, "dropout": 0.0, **fields})


def dcgan(g: float = 2e-4, d: float = 2e-4, beta: float = 0.5, **fields: Any) -> gankit.DCGAN:
    rates = {
        "generator_optimizer": Adam(lr=g, betas=(beta, 0.999)),
        "discriminator_optimizer": Adam(lr=d, betas=(beta, 0.999)),
    }
    return gankit.DCGAN(**{"network": CONV, "batch_size": 32, **rates, **fields})


def points(g: float = 1e-3, d: float = 1e-3, beta: float = 0.5, **fields: Any) -> gankit.GAN:
    rates = {
        "generator_optimizer": Adam(lr=g, betas=(beta, 0.999)),
        "discriminator_optimizer": Adam(lr=d, betas=(beta, 0.999)),
    }
    return gankit.GAN(**{"network": plane(), "batch_size": 128, "at_once": False, **rates, **fields})


def lsgan(g: float = 2e-4, d: float = 2e-4, **fields: Any) -> gankit.LSGAN:
    rates = {"generator_optimizer": replace(RATE, lr=g), "discriminator_optimizer": replace(RATE, lr=d)}
    return gankit.LSGAN(**{"network": ConvOrMLP(conv=CONV, mlp=plane()), "batch_size": 32, **rates, **fields})


def wgan_gp(rate: float = 1e-3, **fields: Any) -> gankit.WGANGP:
    adam = Adam(lr=rate, betas=(0.5, 0.9))
    network = ConvOrMLP(conv=replace(gankit.WGANGP().network.conv, width=4), mlp=plane())
    rates = {"generator_optimizer": adam, "discriminator_optimizer": adam}
    return gankit.WGANGP(**{"penalty": 0.1, "network": network, "batch_size": 64, **rates, **fields})


def dragan(**fields: Any) -> gankit.DRAGAN:
    rate = Adam(lr=1e-3, betas=(0.5, 0.9))
    network = ConvOrMLP(conv=replace(gankit.DRAGAN().network.conv, width=4), mlp=plane())
    rates = {"generator_optimizer": rate, "discriminator_optimizer": rate}
    return gankit.DRAGAN(**{"network": network, "batch_size": 128, **rates, **fields})


def ebgan(rate: float = 1e-3, **fields: Any) -> gankit.EBGAN:
    adam = Adam(lr=rate)
    network = AutoencoderOrMLP(conv=ConvAutoencoder(width=4))
    rates = {"generator_optimizer": adam, "discriminator_optimizer": adam}
    return gankit.EBGAN(**{"network": network, "batch_size": 32, **rates, **fields})


def began(rate: float = 1e-3, **fields: Any) -> gankit.BEGAN:
    adam = Adam(lr=rate, betas=(0.5, 0.999))
    network = AutoencoderOrMLP(conv=BEGANNetwork(filters=4, repeats=1, code=16, latent=16))
    rates = {"generator_optimizer": adam, "discriminator_optimizer": adam}
    return gankit.BEGAN(**{"network": network, "batch_size": 16, "gain": 0.01, **rates, **fields})


def fgan() -> gankit.FGAN:
    rates: dict[str, Any] = {"generator_optimizer": replace(RATE, lr=1e-3), "discriminator_optimizer": RATE}
    return gankit.FGAN(divergence="js", network=CONV, batch_size=64, **rates)


def wgan() -> gankit.WGAN:
    rates: dict[str, Any] = dict.fromkeys(("generator_optimizer", "discriminator_optimizer"), RMSProp(lr=5e-4))
    return gankit.WGAN(network=ConvOrMLP(conv=replace(CONV, prior="normal")), batch_size=32, **rates)


def bilinear(rate: float) -> gankit.WGAN:
    """A critic without hidden layers, and momentum: the game that gradient steps circle in."""
    adam: Any = Adam(lr=rate, betas=(0.9, 0.999))
    rates = {"generator_optimizer": adam, "discriminator_optimizer": adam}
    network = ConvOrMLP(mlp=plane(discriminator_widths=()))
    return gankit.WGAN(clip=0.5, critic_steps=1, network=network, batch_size=128, **rates)


def linear_critic() -> gankit.WGAN:
    """The same game of images."""
    adam: Any = Adam(lr=1e-3, betas=(0.9, 0.999))
    rates = {"generator_optimizer": adam, "discriminator_optimizer": adam}
    network = MLP(generator_widths=(128, 128), discriminator_widths=(), dropout=0.0)
    return gankit.WGAN(clip=0.1, critic_steps=1, network=network, batch_size=64, **rates)


def momentum(rate: float, mu: float = 0.9) -> dict[str, Any]:
    sgd = SGD(lr=rate, momentum=mu, final_momentum=mu)
    return {"generator_optimizer": sgd, "discriminator_optimizer": sgd}


SMALL = MLP(generator_widths=(128, 128), discriminator_widths=(128, 64))
BOLD = replace(SMALL, dropout=0.0)


def layers(network: MLP, g: float = 2e-4, d: float = 2e-4, **fields: Any) -> gankit.GAN:
    rates = {"generator_optimizer": replace(RATE, lr=g), "discriminator_optimizer": replace(RATE, lr=d)}
    return gankit.GAN(**{"network": network, "batch_size": 32, "at_once": False, **rates, **fields})


BROKEN: tuple[Game, ...] = (
    # Collapse: the generator's rate too high, no normalisation, a loss that saturates.
    game("saturating", "collapse", partial(dcgan, g=2e-3, network=BARE, objective="minimax"), "fashion-mnist", "mnist"),
    game("rate, photos", "collapse", partial(dcgan, g=5e-3, d=1e-3, network=BARE), PICTURES, PICTURES),
    game("rate, points", "collapse", partial(points, g=1e-2), "ring", "grid", steps=1000),
    game("no norm", "collapse", partial(dcgan, g=5e-3, d=5e-4, network=BARE), "digits", "mnist"),
    game("least squares, rate", "collapse", partial(lsgan, g=1e-2), "digits", "fashion-mnist"),
    # Oscillation: a bilinear game, momentum.
    game("bilinear", "oscillation", partial(bilinear, rate=2e-3), "ring", "grid", steps=1000),
    game("bilinear, fast", "oscillation", partial(bilinear, rate=5e-3), "gaussian", "ring", steps=800),
    game("bilinear, pictures", "oscillation", linear_critic, "digits", "fashion-mnist", steps=600),
    game("momentum", "oscillation", partial(points, objective="minimax", **momentum(0.01)), "ring", "grid", steps=1000),
    # A discriminator that is too strong: 20 steps, no dropout.
    game(
        "20 steps",
        "too strong",
        partial(layers, BOLD, d=1e-3, objective="minimax", discriminator_steps=20),
        "digits",
        "mnist",
        steps=300,
    ),
    game("rates", "too strong", partial(dcgan, g=1e-6, d=1e-3, discriminator_steps=3), "digits", "mnist", steps=400),
    game(
        "photos",
        "too strong",
        partial(dcgan, g=2e-5, d=1e-3, discriminator_steps=5, objective="minimax", batch_size=16),
        PICTURES,
        PICTURES,
        steps=400,
    ),
    # A discriminator that is too weak: tiny, or slow.
    game("tiny", "too weak", partial(layers, replace(BOLD, discriminator_widths=(1,))), "digits", "mnist"),
    game("slow", "too weak", partial(dcgan, g=1e-3, d=1e-6), "fashion-mnist", "mnist"),
    game(
        "tiny, points",
        "too weak",
        partial(points, d=1e-4, network=plane(discriminator_widths=(2,))),
        "ring",
        "grid",
        steps=800,
    ),
    # A discriminator that knows its data by heart: 200 images.
    game(
        "by heart",
        "overfitting",
        partial(
            dcgan, g=1e-3, d=2e-3, discriminator_steps=2, network=replace(CONV, width=8, discriminator_norm="layer")
        ),
        "fashion-mnist",
        "mnist",
        steps=900,
        few=200,
    ),
    game(
        "by heart, layers",
        "overfitting",
        partial(layers, replace(BOLD, discriminator_widths=(512, 256)), g=1e-3, d=1e-3, discriminator_steps=2),
        "mnist",
        "fashion-mnist",
        steps=1200,
        few=200,
    ),
    # Divergence.
    game(
        "rate", "divergence", partial(lsgan, g=0.5, d=0.5, network=ConvOrMLP(conv=BARE)), "digits", "mnist", steps=400
    ),
    game("critic", "divergence", partial(wgan_gp, rate=0.05, penalty=0.0), "ring", "grid"),
)
"""Each row is played once a seed, in either half."""

WELL = partial(dcgan, g=2e-3, d=5e-4, network=replace(CONV, width=8))
PLAIN = partial(lsgan, g=2e-3, d=5e-4)
HEALTHY: tuple[Game, ...] = (
    game("dcgan", None, WELL, "fashion-mnist", "mnist"),
    game("dcgan, digits", None, WELL, "digits", "digits"),
    game("dcgan, photos", None, partial(WELL, network=CONV), PICTURES, PICTURES),
    game("lsgan", None, PLAIN, "digits", "mnist"),
    game("lsgan, points", None, partial(lsgan, g=1e-3, d=1e-3, batch_size=256), "ring", "ring", steps=1000),
    game("lsgan, roll", None, partial(lsgan, g=1e-3, d=1e-3, batch_size=256), "swiss-roll", "swiss-roll", steps=1000),
    game("dragan", None, partial(dragan, batch_size=64), "fashion-mnist", "mnist"),
    game("wgan-gp, points", None, wgan_gp, "ring", "grid", steps=1000),
    game("wgan-gp", None, partial(wgan_gp, penalty=10.0, batch_size=32), "digits", "mnist", steps=400),
    game("wgan", None, wgan, "digits", "mnist"),
    game("infogan", None, partial(gankit.InfoGAN, network=CONV, batch_size=64), "digits", "digits"),
    game("ebgan", None, ebgan, "digits", "mnist"),
    game("began", None, began, "digits", "fashion-mnist"),
    game("fgan", None, fgan, "digits", "fashion-mnist"),
)
