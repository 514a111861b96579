"""The runs that a studio may show, and what was loaded of them: kept while their files stay as they are."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from threading import RLock

from torch import Tensor

from gankit.base.errors import UserError, nearest
from gankit.base.files import read_bytes
from gankit.base.made_here import is_made_here
from gankit.data import Pack
from gankit.data.sources.opening import all_names
from gankit.exploration.directions import factorised, principal
from gankit.exploration.label_directions import change
from gankit.exploration.latents import random
from gankit.features import FeatureNetwork, feature_network
from gankit.game import Generator, Players, Translator
from gankit.runs.directory import CHECKPOINTS, CONFIG
from gankit.runs.run import Run
from gankit.runs.status import run_directories
from gankit.training import checkpoint
from gankit.training.weights import MODEL

KEPT = 3
"""Runs whose networks are kept in memory."""
COMPUTING = RLock()
"""Held while networks compute: torch's global random generator and the hooks on layers are one process's."""
COMPONENTS = 5
"""Directions of a kind that have a slider."""


class Opened:
    """A run with what is loaded of it when it is first asked for, all of it only read from then on."""

    def __init__(self, folder: Path, name: str, run: Run) -> None:
        self.folder, self.name, self.run = folder, name, run
        self._directions: dict[str, Tensor] = {}

    def data(self) -> Pack:
        """What the run was trained on. Raises `UserError` where somebody else's run names the place."""
        source = self.run.config["data"]["source"]
        if source not in all_names() and not self.is_made_here:
            raise UserError(f"{self.name} was not made here, so that the data it names ({source!r}) are not read")
        return self.run.data()

    @property
    def is_made_here(self) -> bool:
        return is_made_here(read_bytes(self.run.directory / CONFIG))

    @cached_property
    def generator(self) -> Generator:
        return self.run.generator()

    @cached_property
    def translator(self) -> Translator:
        return self.run.translator()

    @cached_property
    def players(self) -> Players:
        return self.run.players()

    @cached_property
    def features(self) -> FeatureNetwork:
        network = feature_network("auto", self.run.spec, self.run.config["data"]["source"])
        return network.to(self.generator.device)

    @cached_property
    def spread(self) -> float:
        """The standard deviation of a random latent's components."""
        return float(random(self.generator, 1000, seed=0, purpose="spread").std())

    def direction(self, name: str) -> Tensor:
        """The direction `name` of a point's moves, [size], of the length 1 of its slider."""
        if name not in self._directions:
            kind, *numbers = name.split("-")
            if kind == "label":
                self._directions[name] = self._between_classes(*map(int, numbers))
            else:
                index = int(numbers[0])
                count = max(COMPONENTS, index + 1)
                if index >= self.generator.prior.size:
                    raise UserError(f"no direction {name}: there are {self.generator.prior.size} of each kind")
                found = principal(self.generator, count) if kind == "pca" else factorised(self.generator, count)
                for place, vector in enumerate(found.vectors):
                    self._directions[f"{kind}-{place}"] = self.spread * vector
        return self._directions[name].to(self.generator.device)

    def _between_classes(self, start: int, target: int) -> Tensor:
        names = self.features.classes
        if self.generator.classes:
            raise UserError("this generator takes labels: choose another label, and the rest of the picture stays")
        if not names:
            raise UserError(f"{self.features.name!r} tells no classes, so that no direction between them can be found")
        if max(start, target) >= len(names):
            raise UserError(f"there is no class {max(start, target)}: there are {len(names)}, counted from 0")
        return change(self.generator, start, target, features=self.features).vector


class Shelf:
    """The runs at or under `folder`, by their names: paths below it, and nothing else can be named.

    trust: run the method.py of runs that were not made here. Without it such a run is one line.
    """

    def __init__(self, folder: Path, *, trust: bool = False) -> None:
        self.folder, self.trust = folder, trust
        self._kept: OrderedDict[tuple[str, str], Opened] = OrderedDict()

    def names(self) -> list[str]:
        """The names of the runs there are now, in order."""
        return [self.name(directory) for directory in run_directories(self.folder)]

    def directory(self, name: str) -> Path:
        """Where the run `name` lies. Raises `UserError` where none of that name is there (any more)."""
        for directory in run_directories(self.folder):
            if self.name(directory) == name:
                return directory
        raise UserError(f"no run {name[:100]!r} is there (any more){nearest(name[:100], self.names())}")

    def opened(self, name: str) -> Opened:
        """The run `name` with its newest weights: loaded again where it has been trained on since."""
        directory = self.directory(name)
        key = name, _version(directory)
        with COMPUTING:
            if key not in self._kept:
                opened = Opened(self.folder, name, Run(directory, trust=self.trust))
                for stale in [other for other in self._kept if other[0] == name]:
                    del self._kept[stale]
                self._kept[key] = opened
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def name(self, directory: Path) -> str:
        """What the run in `directory` is called."""
        below = directory.relative_to(self.folder)
        return below.as_posix() if below.parts else self.folder.resolve().name


def _version(directory: Path) -> str:
    """What changes when a run's weights do."""
    newest = checkpoint.listed(directory / CHECKPOINTS)[-1:]
    files = [directory / CONFIG, directory / MODEL, *newest]
    return " ".join(f"{path.name}:{_time(path)}" for path in files)


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
