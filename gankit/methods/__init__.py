"""One paper, one file. `METHODS` is the only list of them; reading it imports none."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gankit.base.errors import UserError, nearest
from gankit.base.modules import load_module

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


@dataclass(frozen=True)
class Entry:
    """A row of the list: where the class is, and what data it takes. What it does, and its paper, its file says."""

    path: str
    """`module:Class` within this package."""
    needs: str
    """What a data source must offer: images, labels, pairs or two domains."""

    @property
    def class_name(self) -> str:
        return self.path.partition(":")[2]

    @property
    def module(self) -> str:
        return f"{__name__}.{self.path.partition(':')[0]}"

    def load(self) -> Callable[..., Method[Any]]:
        """The class, a frozen dataclass whose defaults are the paper's."""
        return getattr(import_module(self.module), self.class_name)

    @property
    def idea(self) -> str:
        """What it does, in a few words: the first line of its file, after the name."""
        return self._statement.splitlines()[0].partition(": ")[2].removesuffix(".")

    @property
    def paper(self) -> Paper:
        """The paper that its file states first."""
        found = re.search(r'\n\n([^"]+), "([^"]+)", (\d{4})\.\s+arXiv:(\d{4}\.\d{4,5})', self._statement)
        assert found, f"{self.module} does not state its paper"
        authors, title, year, arxiv = (" ".join(part.split()) for part in found.groups())
        return Paper(title=title, authors=authors, year=int(year), arxiv=arxiv)

    @cached_property
    def _statement(self) -> str:
        source = Path(__file__).with_name(f"{self.path.partition(':')[0]}.py").read_text(encoding="utf-8")
        return ast.get_docstring(ast.parse(source)) or ""


METHODS = {
    "gan": Entry("gan:GAN", needs="images"),
    "dcgan": Entry("dcgan:DCGAN", needs="images"),
    "cgan": Entry("cgan:CGAN", needs="labels"),
    "acgan": Entry("acgan:ACGAN", needs="labels"),
    "infogan": Entry("infogan:InfoGAN", needs="images"),
    "catgan": Entry("catgan:CatGAN", needs="images"),
    "sgan": Entry("sgan:SGAN", needs="a few labels"),
    "wgan-gp": Entry("wgan_gp:WGANGP", needs="images"),
    "wgan": Entry("wgan:WGAN", needs="images"),
    "lsgan": Entry("lsgan:LSGAN", needs="images"),
    "dragan": Entry("dragan:DRAGAN", needs="images"),
    "fgan": Entry("fgan:FGAN", needs="images"),
    "ebgan": Entry("ebgan:EBGAN", needs="images"),
    "began": Entry("began:BEGAN", needs="images"),
    "sngan": Entry("sngan:SNGAN", needs="images"),
    "r3gan": Entry("r3gan:R3GAN", needs="images"),
    "fastgan": Entry("fastgan:FastGAN", needs="images"),
    "projected": Entry("projected:ProjectedGAN", needs="images"),
    "pix2pix": Entry("pix2pix:Pix2Pix", needs="pairs"),
    "cyclegan": Entry("cyclegan:CycleGAN", needs="two domains"),
}


def method_class(name: str) -> type[Method[Any]]:
    """The class called `name` in `METHODS`, or `path/to/file.py:Class`."""
    if name in METHODS:
        return cast("type[Method[Any]]", METHODS[name].load())
    path, _, member = name.rpartition(":")
    if not path.endswith(".py"):
        raise UserError(f"no method {name!r}{nearest(name, METHODS)}; gankit methods lists them")
    from gankit.game import Method

    kind = getattr(load_module(Path(path)), member, None)
    if not (isinstance(kind, type) and issubclass(kind, Method)):
        raise UserError(f"{path} has no method {member!r}: name a subclass of gankit.Method")
    return kind


def name_of(method: Method[Any]) -> str:
    """Its name in `METHODS`, or its class's in lower case."""
    kind = type(method)
    for name, entry in METHODS.items():
        if (kind.__module__, kind.__qualname__) == (entry.module, entry.class_name):
            return name
    return kind.__name__.lower()
