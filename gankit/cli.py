"""The commands, derived from the same dataclasses as the Python interface.

Nothing heavy is imported before a command needs it: `gankit --help` and `gankit methods` answer at once.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_type_hints

from gankit.errors import UserError, nearest

if TYPE_CHECKING:
    from gankit.game import Method

T = TypeVar("T")

USAGE = """\
usage: gankit COMMAND ...

Generative adversarial networks: train one on your own pictures, sample it, carry on after any interruption.

commands:
{commands}

Start with:
  gankit train                          a DCGAN on built-in handwritten digits
  gankit train dcgan --data photos/     the same on your pictures
  gankit sample runs/dcgan-photos       a sheet of what it makes

'gankit COMMAND --help' shows a command's options, 'gankit train METHOD --help' a method's own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. A user's mistake is one line on stderr and status 2."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _dispatch(arguments)
        return 0
    except UserError as error:
        message = str(error)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; so has anyone to tell
        return 1
    except OSError as error:
        message = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    except KeyboardInterrupt:
        return 130
    print(f"gankit: error: {message}", file=sys.stderr)
    return 2


def _dispatch(arguments: list[str]) -> None:
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        lines = (f"  {name:9} {(run.__doc__ or '').splitlines()[0]}" for name, run in COMMANDS.items())
        print(USAGE.format(commands="\n".join(lines)))
    elif name in ("-V", "--version"):
        from gankit import __version__

        print(f"gankit {__version__}")
    elif name in COMMANDS:
        COMMANDS[name](arguments[1:])
    else:
        raise UserError(f"no command {name!r}{nearest(name, COMMANDS)}; gankit --help lists them")


def train(arguments: list[str]) -> None:
    """Train a method on data, or continue a run.

    METHOD is a name that 'gankit methods' lists (dcgan, if none is given), or file.py:Class for your own.
    Repeating the command with the same --out continues the run, bit for bit.
    """
    import tyro

    from gankit import run
    from gankit.methods import METHODS, find

    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("dcgan", arguments)
    method, rest, choices = _choose(find(name), rest)
    about = [_about(train), *([str(METHODS[name].paper)] if name in METHODS else []), *choices]
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
class _Sample:
    run: Path
    """The run directory."""
    n: int = 64
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
    """Draw samples from a run, as a sheet or one by one."""
    asked = _parse(_Sample, arguments, "gankit sample", _about(sample))
    from gankit.run import load

    made = load(asked.run).sample(
        asked.n,
        label=asked.label,
        seed=asked.seed,
        truncation=asked.truncation,
        weights=asked.weights,
        device=asked.device,
    )
    print(made.save(asked.out or asked.run / "samples" / f"seed-{asked.seed}.png"))


@dataclass(frozen=True)
class _Data:
    source: str
    """A data set's name, a folder of images, or an .npy or .npz file."""
    size: str | None = None
    """Side of the training images, as N or HEIGHTxWIDTH; by default their own, up to 64."""
    out: Path | None = None
    """Where the contact sheet goes; by default runs/data-SOURCE.png."""


def data(arguments: list[str]) -> None:
    """Say what would be trained on, and what is wrong with it."""
    asked = _parse(_Data, arguments, "gankit data", _about(data))
    from gankit import pictures
    from gankit.data import contact_sheet, describe, open_pack

    pack = open_pack(asked.source, size=asked.size, say=lambda line: print(line, file=sys.stderr))
    print("\n".join(describe(pack)))
    name = re.sub(r"\W+", "-", Path(asked.source).stem)
    print(f"contact sheet: {pictures.save(contact_sheet(pack), asked.out or Path('runs') / f'data-{name}.png')}")


def methods(arguments: list[str]) -> None:
    """List the methods with their papers."""
    from gankit.methods import METHODS

    if arguments and arguments[0] not in ("-h", "--help"):
        raise UserError(f"gankit methods takes no options, not {arguments[0]!r}")
    for name, entry in METHODS.items():
        print(f"{name:10} {entry.idea}\n{'':10} needs {entry.needs}; {entry.paper}")


COMMANDS = {"train": train, "sample": sample, "data": data, "methods": methods}


def _parse(kind: type[T], arguments: list[str], prog: str, description: str) -> T:
    import tyro

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
