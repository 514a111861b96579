"""How often the diagnosis is right: games broken on purpose and healthy ones, and what it says of each.

The confusion table is of games whose seeds and data took no part in choosing the thresholds (docs/diagnosis.md).
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gankit.base.files import write_text
from gankit.base.text import markdown
from gankit.reproduce.recipe import Recipe, Target, Trial, Values

if TYPE_CHECKING:
    from gankit.reproduce.diagnosis_games import Game

Half = Literal["choosing", "reporting"]
SEEDS = {"choosing": 0, "reporting": 1001}
"""Where the seeds of a half start; 1000 was read before thresholds were chosen for the second time."""
NAMES: dict[str, tuple[str, ...]] = {
    "collapse": ("mode collapse",),
    "oscillation": ("oscillation",),
    "too strong": ("discriminator too strong",),
    "too weak": ("discriminator too weak",),
    "overfitting": ("overfitting",),
    "divergence": ("diverging",),
}
"""The verdict that names what was planted."""


@dataclass(frozen=True)
class Outcome:
    """What was said of one game."""

    game: str
    planted: str | None
    verdicts: tuple[str, ...]
    """The verdicts that call for something, in their order, each once."""
    delay: int | None
    """The step of the first of them."""
    helps: int = 0
    """How often care went back."""
    last: str = ""
    """The verdict at the end."""

    @property
    def named(self) -> bool:
        """Whether one of the verdicts is what was planted."""
        return self.planted is not None and any(name in NAMES[self.planted] for name in self.verdicts)


def play(game: Game, half: Half, seed: int, out: Path, *, steps: int | None = None, care: bool = False) -> Outcome:
    """Train `game` in `out`, or take it up there, and read from its log what was said of it."""
    import gankit
    from gankit.health.judge import Judge
    from gankit.runs.diagnose import looks_of
    from gankit.training.log import NAME, read_log

    name = game.choosing if half == "choosing" else game.reporting
    stopped = False
    try:
        gankit.train(
            game.method(),
            data=source_of(name, game.few, seed, out.parent),
            size=game.size_of(name),
            out=out,
            steps=steps or game.steps,
            seed=SEEDS[half] + seed,
            precision="fp32",
            preview_every=0,
            checkpoint_every=100 if care else 0,
            care=care,
            say=lambda line: None,
        )
    except gankit.UserError as error:
        if "became NaN" not in str(error):
            raise
        stopped = True
    entries = read_log(out / NAME) if (out / NAME).is_file() else []
    judge, said, first = Judge(game.method().scores.kind), list[str](), None
    for step, signals in looks_of(entries):
        verdict = judge.add(step, signals)
        if verdict.alarming:
            first = first if first is not None else step
            said += [verdict.name] if verdict.name not in said else []
    if stopped:
        said += ["diverging"] if "diverging" not in said else []
        first = first if first is not None else (entries[-1]["step"] if entries else 0) + 50
    helps = sum("care" in entry for entry in entries)
    last = "diverging" if stopped else judge.verdict.name if judge.verdict else ""
    return Outcome(game.name, game.planted, tuple(said), first, helps, last)


def source_of(name: str, few: int, seed: int, folder: Path) -> str:
    """What opens the data `name`: the photos of $GANKIT_DATA, or `few` images of a set beside its test split."""
    import numpy as np
    import torch

    from gankit.data import open_data
    from gankit.reproduce.diagnosis_games import PICTURES
    from gankit.reproduce.pix2pix import source

    if name == PICTURES:
        return source(PICTURES)
    if not few:
        return name
    train, test = open_data(name), open_data(name, split="test")
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))[:few]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{few}.npz"
    if not path.exists():
        np.savez(path, x_train=train.values[chosen].numpy(), x_test=test.values[:1000].numpy())
    return str(path)


def shares(outcomes: Sequence[Outcome]) -> Values:
    """Detection, false alarms, right names, and the median step of the first alarm in a broken game."""
    broken = [outcome for outcome in outcomes if outcome.planted]
    healthy = [outcome for outcome in outcomes if not outcome.planted]
    delays = [outcome.delay for outcome in broken if outcome.delay is not None]
    return {
        "detection": statistics.mean(bool(outcome.verdicts) for outcome in broken) if broken else 0.0,
        "false-alarms": statistics.mean(bool(outcome.verdicts) for outcome in healthy) if healthy else 0.0,
        "named": statistics.mean(outcome.named for outcome in broken) if broken else 0.0,
        "delay": statistics.median(delays) if delays else 0.0,
    }


def confusion(outcomes: Iterable[Outcome]) -> list[list[str]]:
    """Rows of what was planted, columns of what was said first; a header on top."""
    outcomes = list(outcomes)
    said = [*(name for names in NAMES.values() for name in names), "stalled", "nothing"]
    rows = [["planted", "games", *said]]
    for planted in [*NAMES, None]:
        own = [outcome for outcome in outcomes if outcome.planted == planted]
        firsts = [_first(outcome) for outcome in own]
        counts = [str(firsts.count(name)) if name in firsts else "" for name in said]
        rows.append([planted or "healthy", str(len(own)), *counts])
    return rows


def _first(outcome: Outcome) -> str:
    """The verdict that counts for `outcome`: the planted one where it was said, else the first."""
    if outcome.named:
        return NAMES[str(outcome.planted)][0]
    return outcome.verdicts[0] if outcome.verdicts else "nothing"


def run_half(half: Half, trial: Trial) -> Values:
    from gankit.reproduce.diagnosis_games import BROKEN, HEALTHY

    return shares(play_all((*BROKEN, *HEALTHY), half, trial))


def play_all(games: Sequence[Game], half: Half, trial: Trial, *, care: bool = False) -> list[Outcome]:
    """Every game once; outcomes.json and, without care, confusion.md in `trial.out` hold what was said of them."""
    outcomes = []
    for game in games:
        out = trial.out / ("care" if care else half) / game.folder
        steps = max(1, round(game.steps * trial.fraction))
        outcomes.append(play(game, half, trial.seed, out, steps=steps, care=care))
        trial.say(f"{game.name}: {', '.join(outcomes[-1].verdicts) or 'nothing'}")
    trial.out.mkdir(parents=True, exist_ok=True)
    name = f"outcomes{'-care' if care else ''}.json"
    write_text(trial.out / name, json.dumps([asdict(outcome) for outcome in outcomes], indent=1) + "\n")
    if not care:
        write_text(trial.out / "confusion.md", "\n".join([*markdown(confusion(outcomes)), ""]))
    return outcomes


def run_care(trial: Trial) -> Values:
    """Broken games that care can help, and all healthy ones, with `--care` and without."""
    from gankit.health.verdict import FINE
    from gankit.reproduce.diagnosis_games import BROKEN, HEALTHY

    ill = [game for game in BROKEN if game.planted in ("collapse", "divergence")]
    outcomes = play_all([*ill, *HEALTHY], "reporting", trial, care=True)
    saved = [outcome.last in FINE for outcome in outcomes if outcome.planted]
    touched = [outcome.helps > 0 for outcome in outcomes if not outcome.planted]
    return {"saved": statistics.mean(saved), "healthy-touched": statistics.mean(touched)}


PROTOCOL = (
    "19 games broken on purpose and 14 healthy ones, of nine methods, 300 to 1,200 steps of small networks each, in "
    "fp32 on digits, MNIST and Fashion-MNIST at 16x16, flowers at 32x32 and three toys. A game is detected where any "
    "verdict but healthy, starting up and converged is said of it, and a healthy game with such a verdict is a false "
    "alarm. Thresholds were chosen on seeds 0 to 4 and mostly other data (diagnosis-thresholds)."
)
REPORTING = Recipe(
    name="diagnosis",
    method="gan",
    figure="share of broken games detected, and of healthy games with a false alarm",
    paper="none: no other program says",
    targets=(Target("detection", 0.9), Target("false-alarms", 0.05, "lower")),
    protocol=PROTOCOL,
    seeds=3,
    steps=1000,
    trainings=33,
    run=partial(run_half, "reporting"),
)
CHOOSING = replace(
    REPORTING,
    name="diagnosis-thresholds",
    figure="the same on the games that thresholds were chosen on",
    targets=(),
    protocol=PROTOCOL.replace("Thresholds were", "This is the half that thresholds were").replace(
        " and mostly other data (diagnosis-thresholds)", ""
    ),
    seeds=5,
    run=partial(run_half, "choosing"),
)
CARE = replace(
    REPORTING,
    name="diagnosis-care",
    figure="share of collapsed and diverging games that --care saves, and of healthy ones that it touches",
    targets=(Target("healthy-touched", 0.0, "lower"),),
    protocol="The seven collapsing and diverging games and the 14 healthy ones of diagnosis, with --care and a "
    "checkpoint every 100 steps; saved is one that ends without an alarm, helped or not.",
    seeds=1,
    trainings=21,
    run=run_care,
)
