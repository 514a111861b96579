"""One paper, one file. `METHODS` is the only list of them; reading it imports none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gankit.base.errors import UserError, nearest

if TYPE_CHECKING:
    from gankit.game import Method


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Where a method comes from."""

    title: str
    authors: str
    year: int
    arxiv: str

    def __str__(self) -> str:
        return f'{self.authors}, "{self.title}", {self.year}. arXiv:{self.arxiv}'


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of the list: where the class is, what it does in a few words, its paper and its data task."""

    path: str
    """`module:Class` within this package."""
    idea: str
    needs: str
    """What a data source must offer: images, labels, pairs or two domains."""
    paper: Paper

    def load(self) -> Callable[..., Method[Any]]:
        """The class, a frozen dataclass whose defaults are the paper's."""
        module, name = self.path.split(":")
        return getattr(import_module(f"{__name__}.{module}"), name)


METHODS = {
    "gan": Entry(
        path="gan:GAN",
        idea="a generator and a discriminator in a minimax game; k discriminator steps",
        needs="images",
        paper=Paper(title="Generative Adversarial Networks", authors="Goodfellow et al.", year=2014, arxiv="1406.2661"),
    ),
    "dcgan": Entry(
        path="dcgan:DCGAN",
        idea="both players convolutional, after five guidelines that make them stable",
        needs="images",
        paper=Paper(
            title="Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
            authors="Radford et al.",
            year=2015,
            arxiv="1511.06434",
        ),
    ),
    "cgan": Entry(
        path="cgan:CGAN",
        idea="both players are told the label: samples can be asked for by class",
        needs="labels",
        paper=Paper(
            title="Conditional Generative Adversarial Nets", authors="Mirza and Osindero", year=2014, arxiv="1411.1784"
        ),
    ),
    "acgan": Entry(
        path="acgan:ACGAN",
        idea="the discriminator names the class as well, and the generator is told which to make",
        needs="labels",
        paper=Paper(
            title="Conditional Image Synthesis With Auxiliary Classifier GANs",
            authors="Odena, Olah and Shlens",
            year=2016,
            arxiv="1610.09585",
        ),
    ),
    "infogan": Entry(
        path="infogan:InfoGAN",
        idea="codes in the latent that can be read from the sample come to mean something, without labels",
        needs="images",
        paper=Paper(
            title=(
                "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets"
            ),
            authors="Chen et al.",
            year=2016,
            arxiv="1606.03657",
        ),
    ),
    "catgan": Entry(
        path="catgan:CatGAN",
        idea="the discriminator sorts data into categories, without labels or with a few",
        needs="images",
        paper=Paper(
            title="Unsupervised and Semi-supervised Learning with Categorical Generative Adversarial Networks",
            authors="Springenberg",
            year=2015,
            arxiv="1511.06390",
        ),
    ),
    "sgan": Entry(
        path="sgan:SGAN",
        idea="the discriminator is a classifier that learns from a few labels and much data without",
        needs="a few labels",
        paper=Paper(
            title="Semi-Supervised Learning with Generative Adversarial Networks",
            authors="Odena",
            year=2016,
            arxiv="1606.01583",
        ),
    ),
    "wgan-gp": Entry(
        path="wgan_gp:WGANGP",
        idea="a critic kept close to 1-Lipschitz by a penalty on its input gradient",
        needs="images",
        paper=Paper(
            title="Improved Training of Wasserstein GANs",
            authors="Gulrajani et al.",
            year=2017,
            arxiv="1704.00028",
        ),
    ),
    "wgan": Entry(
        path="wgan:WGAN",
        idea="a critic with clipped weights that measures how far the samples are from the data",
        needs="images",
        paper=Paper(title="Wasserstein GAN", authors="Arjovsky, Chintala and Bottou", year=2017, arxiv="1701.07875"),
    ),
    "lsgan": Entry(
        path="lsgan:LSGAN",
        idea="squared errors that pull scores to targets, instead of cross-entropies",
        needs="images",
        paper=Paper(
            title="Least Squares Generative Adversarial Networks",
            authors="Mao et al.",
            year=2016,
            arxiv="1611.04076",
        ),
    ),
    "dragan": Entry(
        path="dragan:DRAGAN",
        idea="the first game, with a penalty on the discriminator's gradient around the data",
        needs="images",
        paper=Paper(
            title="On Convergence and Stability of GANs",
            authors="Kodali et al.",
            year=2017,
            arxiv="1705.07215",
        ),
    ),
    "fgan": Entry(
        path="fgan:FGAN",
        idea="the game for any of eight f-divergences",
        needs="images",
        paper=Paper(
            title="f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization",
            authors="Nowozin et al.",
            year=2016,
            arxiv="1606.00709",
        ),
    ),
    "ebgan": Entry(
        path="ebgan:EBGAN",
        idea="an auto-encoder's reconstruction error as an energy, pushed down on data and up on samples",
        needs="images",
        paper=Paper(
            title="Energy-based Generative Adversarial Network", authors="Zhao et al.", year=2016, arxiv="1609.03126"
        ),
    ),
    "began": Entry(
        path="began:BEGAN",
        idea="an auto-encoder whose errors on data and samples are held in proportion",
        needs="images",
        paper=Paper(
            title="BEGAN: Boundary Equilibrium Generative Adversarial Networks",
            authors="Berthelot et al.",
            year=2017,
            arxiv="1703.10717",
        ),
    ),
    "pix2pix": Entry(
        path="pix2pix:Pix2Pix",
        idea="a picture becomes another, learned from pairs: a conditional GAN with an L1 term",
        needs="pairs",
        paper=Paper(
            title="Image-to-Image Translation with Conditional Adversarial Networks",
            authors="Isola et al.",
            year=2016,
            arxiv="1611.07004",
        ),
    ),
    "cyclegan": Entry(
        path="cyclegan:CycleGAN",
        idea="one kind of picture becomes another and back, learned from two heaps of them without pairs",
        needs="two domains",
        paper=Paper(
            title="Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
            authors="Zhu et al.",
            year=2017,
            arxiv="1703.10593",
        ),
    ),
}


def find(name: str) -> type[Method[Any]]:
    """The class called `name` in `METHODS`, or `path/to/file.py:Class`."""
    if name in METHODS:
        return cast("type[Method[Any]]", METHODS[name].load())
    path, _, member = name.rpartition(":")
    if not path.endswith(".py"):
        raise UserError(f"no method {name!r}{nearest(name, METHODS)}; gankit methods lists them")
    from gankit.game import Method

    found = getattr(load_file(Path(path)), member, None)
    if not (isinstance(found, type) and issubclass(found, Method)):
        raise UserError(f"{path} has no method {member!r}: name a subclass of gankit.Method")
    return found


def load_file(path: Path) -> Any:
    """The module in the file `path`, under a name made from its content, so that edits are another module."""
    import hashlib
    import sys
    from importlib.util import module_from_spec, spec_from_file_location

    try:
        name = f"gankit_method_{hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()}"
    except OSError as error:
        raise UserError(f"can't read {path}: {error.strerror}") from None
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        # Dataclasses look their own module up while it is being executed.
        sys.modules[name] = module_from_spec(spec)
        try:
            spec.loader.exec_module(sys.modules[name])
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def name_of(method: Method[Any]) -> str:
    """Its name in `METHODS`, or its class's in lower case."""
    kind = type(method)
    for name, entry in METHODS.items():
        if f"{kind.__module__}:{kind.__qualname__}" == f"{__name__}.{entry.path}":
            return name
    return kind.__name__.lower()
