"""The commands that do something, derived from the same dataclasses as the Python interface."""

from __future__ import annotations

import dataclasses
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints

import tyro

from gankit import pictures, run
from gankit.cli import COMMANDS
from gankit.data import contact_sheet, describe, open_pack
from gankit.errors import UserError, nearest
from gankit.game import Method
from gankit.methods import METHODS, find

T = TypeVar("T")


def train(arguments: list[str]) -> None:
    """METHOD is a name that 'gankit methods' lists (dcgan, if none is given), or file.py:Class for your own.
    Repeating the command with the same --out continues the run, bit for bit.
    """
    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("dcgan", arguments)
    method, rest, choices = _choose(find(name), rest)
    about = [COMMANDS["train"], _about(train), *([str(METHODS[name].paper)] if name in METHODS else []), *choices]
    flat = tyro.conf.arg(name="")
    both = dataclasses.make_dataclass(
        "Train",
        [
            ("options", Annotated[run.Options, flat], dataclasses.field(default=run.Options())),
            ("method", Annotated[type(method), flat], dataclasses.field(default=method)),
        ],
    )
    parsed = _parse(both, rest, f"gankit train {name}", "\n\n".join(about))
    trained = run.train(parsed.method, **vars(parsed.options))
    print(f"previews     {trained.directory / 'previews'}")
    print(f"checkpoints  {trained.directory / 'checkpoints'}")
    print(f"sample it    gankit sample {trained.directory}")


@dataclass(frozen=True)
class Sample:
    run: Path
    """The run directory."""
    n: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64
    """How many samples."""
    out: Path | None = None
    """A picture's name for one sheet of them (.png, .jpg, .webp), a folder for a PNG each, .npy for the numbers;
    by default a sheet in the run."""
    label: str | None = None
    """The class to make, by number or name, where the generator takes labels."""
    seed: int = 0
    """Equal seeds make equal samples."""
    truncation: float | None = None
    """Keep a Gaussian prior within so many standard deviations: more quality, less variety."""
    weights: Literal["average", "last"] = "average"
    """The generator's running average, or its last weights."""
    device: str = "auto"
    """auto, cpu or cuda."""


def sample(arguments: list[str]) -> None:
    asked = _parse(Sample, arguments, "gankit sample", COMMANDS["sample"])
    made = run.load(asked.run).sample(
        asked.n,
        label=asked.label,
        seed=asked.seed,
        truncation=asked.truncation,
        weights=asked.weights,
        device=asked.device,
    )
    print(made.save(asked.out or asked.run / "samples" / f"seed-{asked.seed}.png"))


@dataclass(frozen=True)
class Data:
    source: str
    """A data set's name, a folder of images, or an .npy or .npz file."""
    size: str | None = None
    """Side of the training images, as N or HEIGHTxWIDTH; by default their own, up to 64."""
    out: Path | None = None
    """Where the contact sheet goes; by default runs/data-SOURCE.png."""


def data(arguments: list[str]) -> None:
    asked = _parse(Data, arguments, "gankit data", COMMANDS["data"])
    pack = open_pack(asked.source, size=asked.size, say=lambda line: print(line, file=sys.stderr))
    print("\n".join(describe(pack)))
    name = re.sub(r"\W+", "-", Path(asked.source).stem)
    print(f"contact sheet: {pictures.save(contact_sheet(pack), asked.out or Path('runs') / f'data-{name}.png')}")


def _parse(kind: type[T], arguments: list[str], prog: str, description: str) -> T:
    config = (tyro.conf.AvoidSubcommands, tyro.conf.PositionalRequiredArgs)
    return tyro.cli(kind, args=arguments, prog=prog, description=description, config=config)


def _choose(kind: type[Method[Any]], arguments: list[str]) -> tuple[Method[Any], list[str], list[str]]:
    """Take `--network mlp` and the like out of `arguments`: which of several kinds a field is to be.

    Returns the default method with those kinds in place, the arguments left, and a line of help per choice.
    """
    rest, chosen, choices = list(arguments), {}, []
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        kinds = {_kebab(option.__name__): option for option in get_args(hints[field.name]) if isinstance(option, type)}
        kinds = {name: option for name, option in kinds.items() if dataclasses.is_dataclass(option)}
        if len(kinds) < 2:
            continue
        flag = "--" + field.name.replace("_", "-")
        choices.append(f"{flag} {'|'.join(kinds)} chooses the kind whose options are then shown.")
        while flag in rest:
            at = rest.index(flag)
            name = rest[at + 1] if at + 1 < len(rest) else ""
            if name not in kinds:
                raise UserError(f"{flag} takes {' or '.join(kinds)}, not {name!r}{nearest(name, kinds)}")
            chosen[field.name] = kinds[name]()
            del rest[at : at + 2]
    return kind(**chosen), rest, choices


def _about(command: Any) -> str:
    return "\n".join(line.strip() for line in (command.__doc__ or "").splitlines())


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
