"""One small instance of every method with data that it learns from: what every method must do is tested on these.

A new method needs its row in `TINY`, and no more.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.data import Batches, Pack
from gankit.game import Method
from gankit.game.batch import DataSpec
from gankit.game.optimizers import Adam
from gankit.game.stabilisers import Stabilisers
from gankit.methods.acgan import ACGAN
from gankit.methods.began import BEGAN
from gankit.methods.catgan import CatGAN
from gankit.methods.cgan import CGAN
from gankit.methods.cyclegan import CycleGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.dragan import DRAGAN
from gankit.methods.ebgan import EBGAN
from gankit.methods.fastgan import FastGAN
from gankit.methods.fgan import FGAN
from gankit.methods.gan import GAN
from gankit.methods.infogan import InfoGAN
from gankit.methods.lsgan import LSGAN
from gankit.methods.pix2pix import Pix2Pix
from gankit.methods.projected import ProjectedGAN
from gankit.methods.r3gan import R3GAN
from gankit.methods.sgan import SGAN
from gankit.methods.sngan import SNGAN
from gankit.methods.wgan import WGAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import (
    MLP,
    ACGANNetwork,
    AutoencoderOrMLP,
    BEGANNetwork,
    CatGANNetwork,
    CGANNetwork,
    ConditionalDCGAN,
    ConvAutoencoder,
    ConvCatGAN,
    ConvOrMLP,
    DCGANNetwork,
    FastGANNetwork,
    FGANNetwork,
    InfoGANNetwork,
    MaxoutMLP,
    ProjectedNetwork,
    R3GANNetwork,
    ResNetNetwork,
    SNGANNetwork,
    UNetNetwork,
    WeightNormMLP,
)
from gankit.runs.options import Options
from gankit.training.state import State


def quiet(line: str) -> None:
    pass


@dataclass(frozen=True)
class Tiny:
    """A method so small that a step takes milliseconds, and what it is trained on."""

    method: Method[Any]
    data: str = "digits"
    pair: str = "auto"
    """How one picture becomes two sides, for a translator."""

    @property
    def source(self) -> dict[str, Any]:
        """The data, as the keywords of `gankit.train`."""
        return {"data": self.data, "pair": self.pair}

    def pack(self) -> Pack:
        return Options(**self.source).source(self.method.batch_type).open()

    @property
    def spec(self) -> DataSpec:
        return self.pack().spec

    def batches(self, seed: int = 0) -> Batches:
        method = self.method
        return Batches(self.pack(), method.batch_type, method.batch_size, seed=seed, labels=method.label_budget)

    def batch(self) -> Any:
        """The first batch of its data."""
        return self.batches().at(0)

    def start(self, seed: int = 0, **options: Any) -> tuple[State, Batches]:
        """A training before its first step; `options` are those of `State`."""
        return State(self.method, self.spec, seed=seed, **options), self.batches(seed)

    def train(self, out: Path, **options: Any) -> gankit.Run:
        """Six steps, or as `options` say, with a checkpoint and a line of the log every two."""
        often: dict[str, Any] = {"steps": 6, "log_every": 2, "checkpoint_every": 2, "say": quiet}
        return gankit.train(self.method, out=out, **{**self.source, **often, **options})

    def but(self, **fields: Any) -> Tiny:
        """The same with other fields of the method."""
        return replace(self, method=replace(self.method, **fields))


PLAIN = DCGANNetwork(width=4)
BARE = DCGANNetwork(width=4, discriminator_norm="none")

LIGHT = FastGANNetwork(width=2, discriminator_width=2, latent=8)
TINY: dict[str, Tiny] = {
    "gan": Tiny(
        GAN(network=MLP(generator_widths=(16,), discriminator_widths=(16,)), batch_size=8, discriminator_steps=2)
    ),
    "dcgan": Tiny(DCGAN(network=PLAIN, batch_size=8)),
    "cgan": Tiny(CGAN(network=CGANNetwork(generator_widths=(16, 16, 16), units=(16, 8, 16)), batch_size=8)),
    "acgan": Tiny(
        ACGAN(network=ACGANNetwork(generator_widths=(8, 4), discriminator_widths=(4, 8), noise=0.1), batch_size=8)
    ),
    "infogan": Tiny(InfoGAN(network=InfoGANNetwork(width=4, hidden=16), batch_size=8)),
    "catgan": Tiny(
        CatGAN(
            network=CatGANNetwork(generator_widths=(16,), discriminator_widths=(16, 8), input_noise=0.1, noise=0.1),
            batch_size=8,
            labels=20,
        )
    ),
    "sgan": Tiny(
        SGAN(
            network=WeightNormMLP(generator_widths=(16,), discriminator_widths=(16, 8), input_noise=0.1, noise=0.1),
            batch_size=8,
            labels=20,
            generator_objective="feature-matching",
            discriminator_ema=0.5,
        )
    ),
    "wgan-gp": Tiny(
        WGANGP(
            network=ConvOrMLP(
                conv=DCGANNetwork(width=4, prior="normal", generator_norm="none", discriminator_norm="layer")
            ),
            batch_size=8,
        )
    ),
    "wgan": Tiny(WGAN(network=ConvOrMLP(conv=PLAIN), batch_size=8, critic_steps=2)),
    "lsgan": Tiny(LSGAN(network=ConvOrMLP(conv=PLAIN), batch_size=8)),
    "dragan": Tiny(DRAGAN(network=ConvOrMLP(conv=BARE), batch_size=8)),
    "fgan": Tiny(FGAN(network=FGANNetwork(generator_widths=(16,), discriminator_widths=(16,)), batch_size=8)),
    "ebgan": Tiny(EBGAN(network=AutoencoderOrMLP(conv=ConvAutoencoder(width=4)), batch_size=8, repelling=0.1)),
    "began": Tiny(
        BEGAN(
            network=AutoencoderOrMLP(conv=BEGANNetwork(filters=4, repeats=1, code=8, latent=8)), batch_size=8, gain=0.1
        )
    ),
    "sngan": Tiny(SNGAN(network=SNGANNetwork(width=8, discriminator_width=8), batch_size=8, discriminator_steps=2)),
    "r3gan": Tiny(R3GAN(network=R3GANNetwork(width=8, blocks=1, group_width=4), batch_size=8)),
    "fastgan": Tiny(FastGAN(network=LIGHT)),
    "projected": Tiny(
        ProjectedGAN(
            network=ProjectedNetwork(width=2, latent=8, eyes="photos-cnn", side=32, mixed_width=4), batch_size=8
        )
    ),
    "pix2pix": Tiny(Pix2Pix(network=UNetNetwork(width=4, discriminator_width=4)), pair="tint"),
    "cyclegan": Tiny(
        CycleGAN(
            network=ResNetNetwork(width=4, blocks=1, discriminator_width=4),
            generator_optimizer=Adam(decay_after=2, decay_steps=50),
            pool=2,
        ),
        pair="tint",
    ),
}
"""A row for every method."""

POINTS = Tiny(GAN(network=MLP(generator_widths=(8,), discriminator_widths=(8,), latent=2), batch_size=32), data="ring")
"""Points of the plane."""

STEADY = Stabilisers(instance_noise=0.2, instance_noise_steps=5, replay=20, history=0.01)
AUGMENTED = Stabilisers(augment=("color", "translation", "cutout", "flip"), ada=0.1, ada_images=200)
SPECTRAL = DCGANNetwork(width=4, discriminator_norm="spectral")
OTHERWISE: dict[str, Tiny] = {
    "gan-maxout": TINY["gan"].but(network=MaxoutMLP(generator_widths=(16,), units=8, pieces=2)),
    "gan-at-once": TINY["gan"].but(at_once=True, discriminator_steps=1),
    "gan-steadied": TINY["gan"].but(stabilisers=STEADY, smoothing=0.1),
    "dcgan-steadied": TINY["dcgan"].but(stabilisers=STEADY, network=replace(SPECTRAL, minibatch=3)),
    "dcgan-resized": TINY["dcgan"].but(
        network=DCGANNetwork(width=4, upsample="resize", discriminator_norm="spectral", minibatch_deviation=4)
    ),
    "dcgan-augmented": TINY["dcgan"].but(stabilisers=AUGMENTED),
    "cyclegan-augmented": TINY["cyclegan"].but(stabilisers=Stabilisers(augment=("color", "translation", "cutout"))),
    "cgan-at-once": TINY["cgan"].but(at_once=True),
    "cgan-convolutional": TINY["cgan"].but(network=ConditionalDCGAN(width=4, hidden=16)),
    "catgan-unsupervised": TINY["catgan"].but(
        network=MLP(generator_widths=(16,), discriminator_widths=(16,)), labels=0
    ),
    "catgan-convolutional": TINY["catgan"].but(
        network=ConvCatGAN(discriminator_channels=(4, 4, 8), hidden=16, generator_channels=(8, 8, 4))
    ),
    "cgan-normalised-by-batch": TINY["cgan"].but(network=ConditionalDCGAN(width=4, hidden=16, sample_norm="batch")),
    "sgan-floored": TINY["sgan"].but(discriminator_optimizer=Adam(lr=3e-3, root_eps=1e-8)),
    "sgan-convolutional": TINY["sgan"].but(network=PLAIN, labels="all", generator_objective="adversarial"),
    "sngan-conditional": TINY["sngan"].but(conditional=True),
    "sngan-convolutional": TINY["sngan"].but(conditional=True, network=replace(SPECTRAL, upsample="resize")),
    "r3gan-absolute": TINY["r3gan"].but(relativistic=False, stabilisers=AUGMENTED),
    "fastgan-plain": TINY["fastgan"].but(network=replace(LIGHT, eyes=None), stabilisers=AUGMENTED),
    "wgan-gp-normless": TINY["wgan-gp"].but(network=ConvOrMLP(conv=replace(BARE, prior="normal"))),
    "wgan-gp-steadied": TINY["wgan-gp"].but(stabilisers=STEADY, network=ConvOrMLP(conv=SPECTRAL)),
}
"""Methods with settings that change what a step remembers: every stabiliser, both players at once, other networks."""

NARROW = ("gan", "wgan-gp", "began", "pix2pix", "dcgan-steadied", "dcgan-augmented")
"""The games that `make test` plays in bf16 as well; `make test-all` does all methods."""
LONG = [*((name, "fp32") for name in OTHERWISE), *((name, "bf16") for name in TINY if name not in NARROW)]
PRECISELY = [
    *((name, "fp32") for name in TINY),
    *((name, "bf16") for name in NARROW),
    *(pytest.param(*row, marks=pytest.mark.long) for row in LONG),
]
"""Every game with its precisions, for `pytest.mark.parametrize`."""

TinyRun = Callable[[str], gankit.Run]
"""What the fixture `tiny_run` is: the shared run of a row of `TINY`, or of `points`."""


def copied(run: gankit.Run, to: Path) -> Path:
    """A copy of a run that tests share, to be written to."""
    return Path(shutil.copytree(run.directory, to))
