"""What a turn is played on.

The type of its batch is a method's data task: the fields of the batch are what the data must offer, and
`check` is the one place that words what a source lacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from jaxtyping import Float, Int64
from torch import Tensor

from gankit.base.bounds import Between
from gankit.base.errors import UserError

Labels = Annotated[int, Between(0, 2**40)] | Literal["all"]
"""How many labels may be seen, over all classes."""


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """What a data source offers: everything a network must know before it is built."""

    shape: tuple[int, ...]
    """(channels, height, width) of an image, or (dimensions,) of a vector."""
    classes: tuple[str, ...] = ()
    """Names of the classes; empty where the source has no labels."""
    rates: tuple[float, ...] = ()
    """Where `classes` are attributes, of which an item may have several: the share of the items that have each."""
    bounded: bool = True
    """True: values lie in [-1, 1] (every image does). False: any real number."""
    other_shape: tuple[int, ...] | None = None
    """Shape of the second side, for pairs and for two domains."""
    aligned: bool = False
    """True: the n-th item of one side belongs to the n-th of the other."""
    mean: Float[Tensor, "*shape"] | None = field(default=None, compare=False, repr=False)
    """Mean of the data, of shape `shape`, where it is known: some papers start their output biases there."""

    @property
    def is_image(self) -> bool:
        return len(self.shape) == 3


@dataclass(frozen=True)
class Batch:
    """Tensors of one batch; every field has the batch as its first dimension."""

    def __len__(self) -> int:
        return len(next(iter(vars(self).values())))


@dataclass(frozen=True)
class Images(Batch):
    """Data alone."""

    images: Float[Tensor, " n *shape"]
    """In [-1, 1] where the data is bounded."""


@dataclass(frozen=True)
class Labelled(Batch):
    """Data with a class each, or with attributes (`DataSpec.rates`)."""

    images: Float[Tensor, " n *shape"]
    labels: Int64[Tensor, " n *attributes"]
    """From 0 to classes - 1; of attributes [n, K], 1 where an item has one and else 0."""


@dataclass(frozen=True)
class PartlyLabelled(Batch):
    """Much data without labels, and as many examples of the few that have one."""

    images: Float[Tensor, " n *shape"]
    """Of all the data: the labelled examples are among them."""
    labelled_images: Float[Tensor, " n *shape"]
    """Of the labelled examples alone."""
    labels: Int64[Tensor, " n"]
    """The classes of `labelled_images`."""


@dataclass(frozen=True)
class Paired(Batch):
    """The same thing seen twice: `target[i]` is what `images[i]` should become."""

    images: Float[Tensor, "n c h w"]
    target: Float[Tensor, "n other_c h w"]


@dataclass(frozen=True)
class Unpaired(Batch):
    """Two domains with nothing to say which picture belongs to which."""

    images: Float[Tensor, "n c h w"]
    other: Float[Tensor, "n other_c height width"]


def check_offer(task: type[Batch], data: DataSpec, *, method: str, source: str, attributes: bool = False) -> None:
    """Raise `UserError`, in one line with a remedy, when `data` lacks what the batches of `task` hold; `attributes`
    says whether these may take the place of classes."""
    labelled = task in (Labelled, PartlyLabelled)
    if labelled and not data.classes:
        lack, remedy = "labels", "put each class in its own sub-folder"
    elif labelled and data.rates and not attributes:
        lack, remedy = "a class for each item", f"it has {len(data.classes)} attributes: take one, --labels FILE:COLUMN"
    elif labelled and len(data.classes) == 1:
        lack, remedy = "a second class", f"its only one is {data.classes[0]!r}: add another sub-folder"
    elif task is Paired and not (data.other_shape and data.aligned):
        lack, remedy = "pairs", "give side-by-side pictures, or two folders with the same names"
    elif task is Unpaired and not data.other_shape:
        lack, remedy = "two domains", "give a folder that holds trainA/ and trainB/"
    else:
        return
    raise UserError(f"{method} needs {lack}; {source!r} has none: {remedy}")
