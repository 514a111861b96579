"""How a generator is scored, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from gankit.base.bounds import Between, Bounded, Steps
from gankit.base.errors import UserError
from gankit.data.pack.values import parse_range
from gankit.runs.run import Weights


@dataclass(frozen=True, kw_only=True)
class Protocol(Bounded):
    """How a generator is scored, whatever it is."""

    metrics: tuple[str, ...] = ()
    """Names of metrics; by default the usual ones that its data and features allow."""
    features: str = "auto"
    """Feature network: auto, pixels, points, digits-cnn, mnist-cnn, fashion-mnist-cnn, stacked-mnist-cnn, inception,
    dinov2, or my_file.py:Name for a module of your own (from Python the module itself, too). auto is the classifier
    of a set that has one, else pixels."""
    samples: Steps | None = None
    """Samples to score; by default as many as each metric's published figures are of, 10,000 for most."""
    real: Annotated[int, Between(2, 2**40)] = 10_000
    """Real images to compare with, at most."""
    size: str | None = None
    """Side at which the data are taken, as N or HEIGHTxWIDTH; by default the run's, or else their own."""
    range: tuple[float, float] | None = None
    """The values of --data that become black and white; a run's data are taken as the run took them."""
    split: str = "auto"
    """train or test; auto is test where the source has one."""
    seed: int = 0
    """Equal seeds make equal samples."""
    weights: Weights = "average"
    """The generator's running average, or its last weights."""
    backwards: bool = False
    """Score the way back of a translator that knows both ways."""
    device: str = "auto"
    """auto, cpu or cuda."""
    trust: bool = False
    """Run the method.py of a run that was not made here: it is a program, so read it first."""

    def __post_init__(self) -> None:
        if self.split not in ("auto", "train", "test"):
            raise UserError(f"there is no split {self.split!r}: it is auto, train or test")
        parse_range(self.range)
