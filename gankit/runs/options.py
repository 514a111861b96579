"""How to train, whatever the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from gankit.base.bounds import Between, Bounded, Positive, Share, Steps, StepsOrNone, Units
from gankit.data import DataSource, sides_of
from gankit.data.pack.values import parse_range
from gankit.data.sides.opening import Direction
from gankit.data.sources.located import Channels, Fit
from gankit.game import Batch
from gankit.training.precision import Precision
from gankit.training.progress import ENDLESS, USUAL


@dataclass(frozen=True, kw_only=True)
class Options(Bounded):
    """How to train, whatever the method."""

    data: str = "digits"
    """A data set's name, a folder or .zip of images, an .npy, .npz, .mat, .pt, .csv, .parquet or .tar file, a folder
    of shards, a .txt list of their http addresses, or hub:owner/name; from Python an array, too. Translators want two
    sides: pictures side by side, A/ and B/, trainA/ and trainB/, or --pair."""
    out: Path | None = None
    """The run directory; by default runs/METHOD-DATA. One that holds the same run is continued."""
    steps: Steps | None = None
    """Generator updates; by default 5,000, or as many as the minutes hold."""
    minutes: Positive | None = None
    """Stop after so many minutes, if the steps are not done by then; the same command continues."""
    clock: Literal["wall", "cpu"] = "wall"
    """What those minutes are: of a watch, or of what this process computes, on all its threads together, which no other
    program on the machine shortens. The latter are of the whole run, however often it was interrupted."""
    seed: int = 0
    """Every random number follows from it."""
    size: str | None = None
    """Side of the training images, as N or HEIGHTxWIDTH; by default their own, up to 64."""
    labels: str | None = None
    """Where the labels are, if they are not found: a table beside the pictures, FILE or FILE:COLUMN; or the column, or
    the array, of a file."""
    layout: str | None = None
    """The axes of an array, if they are not told right: HW, HWC, CHW, or HEIGHTxWIDTH[xCHANNELS] of rows."""
    range: tuple[float, float] | None = None
    """The values that become black and white (-1 and 1 in vectors); by default the whole range of 8 or 16 bits, or the
    set's own where its values clearly do not use it."""
    fit: Fit = "crop"
    """What becomes of pictures of another aspect: crop takes the largest part from the middle, pad all between black
    bars."""
    channels: Channels | None = None
    """Of every picture in a file: 1 is grey, 3 colours over white, 4 keeps transparency; by default what they need."""
    flip: bool = False
    """Mirror half of the images, where left and right don't matter."""
    pair: str = "auto"
    """For translators, how one source has two sides: auto (by what is there), side-by-side, or made from any pictures:
    colorize, edges, rotate, tint."""
    direction: Direction = "AtoB"
    """For translators, which side becomes which."""
    device: str = "auto"
    """auto, cpu, cuda, xpu or mps, or one of several, as cuda:1."""
    precision: Precision = "auto"
    """auto computes in bf16 where the hardware does, else in fp32; tf32 is fp32 with rounded products, on CUDA."""
    threads: Annotated[int, Between(0, 1024)] = 0
    """Threads that compute on a CPU; 0 takes as many as there are cores, or $OMP_NUM_THREADS. Fewer may be faster on a
    busy machine. Another number rounds otherwise, so name it again to continue to the same bits."""
    shards: Annotated[int, Between(1, 4096)] = 1
    """Parts that a batch is cut into, each a batch of its own to batch norm, say: a step takes the mean of their
    gradients. One process plays them one after the other, in less memory; several, started by torchrun, share them, to
    the same bits."""
    engine: Literal["eager", "graph", "auto"] = "eager"
    """How moves are launched: operation by operation, or, on a CUDA device, each as one graph that was recorded (never
    tried on a card so far); auto measures both before a new run and says what it takes. Where there can be no graph,
    that is said."""
    fast: bool = False
    """On an accelerator, take the fastest kernels, of which some give other bits every time."""
    ema: Share = 0.999
    """Decay of the generator's running average, which previews and samples use; 0 follows the last weights."""
    ema_images: StepsOrNone = 0
    """Images in which that average forgets half, in the place of a decay: at first a twentieth of those seen so far
    (Karras et al. 2020, arXiv:2006.06676). 0 leaves it to `ema`."""
    log_every: Steps = 50
    """Steps between lines of the log."""
    preview_every: StepsOrNone = 250
    """Steps between previews of the same latents, beside those at the start and after 10 s, 30 s, 1, 2, 5, 10 minutes
    and so on; 0 for the last alone."""
    checkpoint_every: StepsOrNone = 500
    """Steps between checkpoints, of which there is one in the first minute and every five at least; 0 for the last
    alone."""
    evaluate_every: StepsOrNone = 0
    """Steps between scores of the average generator (the best checkpoint is kept); 0 for none."""
    metrics: tuple[str, ...] = ("frechet",)
    """What it is scored by, of 2,000 samples; the first decides which checkpoint is the best."""
    features: str = "auto"
    """The feature network of those metrics; 'gankit evaluate --help' lists them."""
    keep: Units = 2
    """Checkpoints kept, besides the best."""
    log: tuple[Literal["wandb", "mlflow", "aim"], ...] = ()
    """Where else to log than in log.jsonl and for TensorBoard: each is an extra, and set up as its own manual says
    (WANDB_PROJECT, MLFLOW_TRACKING_URI, ...)."""
    care: bool = False
    """Where a game diverges or its samples collapse, go back to the last healthy checkpoint and on at a fifth of the
    offending player's rate, at most three times; each is said, and noted in log.jsonl."""
    init: Path | None = None
    """A run whose weights a new run starts from, as far as they fit."""
    change: tuple[str, ...] = ()
    """What may differ from the run that is continued, by name: batch-size, precision, engine, ema, or an optimiser's lr
    and the like. It is noted in the run, which from there on is no longer what one run would have been, to the bit."""

    def __post_init__(self) -> None:
        parse_range(self.range)

    @property
    def last_step(self) -> int:
        """Where training is to end."""
        return self.steps or (USUAL if self.minutes is None else ENDLESS)

    def source(self, task: type[Batch], say: Callable[[str], None] | None = None) -> DataSource:
        """The data that these options name, with the sides that batches of `task` have."""
        return DataSource(
            source=self.data,
            sides=sides_of(task),
            pair=self.pair,
            direction=self.direction,
            size=self.size,
            labels=self.labels,
            layout=self.layout,
            fit=self.fit,
            channels=self.channels,
            range=parse_range(self.range),
            say=say,
        )


class TrainOptions(TypedDict, total=False):
    """The fields of `Options` as keywords of `train`, for editors; from Python some may be of more types."""

    data: Any
    out: str | Path | None
    steps: int | None
    minutes: float | None
    clock: Literal["wall", "cpu"]
    seed: int
    size: int | str | tuple[int, int] | None
    labels: str | None
    layout: str | None
    range: tuple[float, float] | None
    fit: Fit
    channels: Channels | None
    flip: bool
    pair: str
    direction: Direction
    device: str
    precision: Precision
    threads: int
    shards: int
    engine: Literal["eager", "graph", "auto"]
    fast: bool
    ema: float
    ema_images: int
    log_every: int
    preview_every: int
    checkpoint_every: int
    evaluate_every: int
    metrics: tuple[str, ...]
    features: Any
    keep: int
    log: tuple[Literal["wandb", "mlflow", "aim"], ...]
    care: bool
    init: str | Path | None
    change: tuple[str, ...]
