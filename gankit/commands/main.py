"""The command line's door: which command, and what becomes of a mistake.

Nothing heavy is imported before a command needs it: `gankit --help` and `gankit methods` answer at once.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from gankit.base.errors import UserError, nearest
from gankit.base.text import printable
from gankit.base.threads import wait_briefly

COMMANDS = {
    "train": "Train a method on data, or continue a run.",
    "sample": "Draw samples from a run, as a sheet or one by one.",
    "translate": "Turn pictures into what a run learned to make of them.",
    "evaluate": "Score a run, or a folder of images, with intervals.",
    "report": "Write a run's page: samples, curves, verdicts, figures, in one file.",
    "compare": "Put the figures of several runs side by side.",
    "benchmark": "Train several methods alike, and score them alike.",
    "diagnose": "Say in plain words whether a run is healthy, and what to do if not.",
    "status": "List the runs under a folder: step, speed, verdict, best score.",
    "explore": "Ask a run what it learned: walks, arithmetic, features, neighbours and more.",
    "studio": "Touch what was trained, in the browser.",
    "reproduce": "Find a paper's figure again, and list which there are.",
    "export": "Write a run as ONNX, a torch program, or a page for the browser.",
    "push": "Send a run to the Hugging Face hub.",
    "data": "Say what would be trained on, and what is wrong with it.",
    "examples": "List the tutorials and programs that come with gankit, run or copy them.",
    "doctor": "Say what is installed, what is missing, and how fast this machine is.",
    "completion": "Print what completes commands and options in bash, zsh or fish.",
    "methods": "List the methods with their papers and our figures.",
}
"""The command NAME is the function NAME of the module `gankit.commands.NAME`."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""The system's words for a disk, or a share of one, that is full."""

USAGE = """\
usage: gankit COMMAND ...

Generative adversarial networks: train one on your own pictures, sample it, carry on after any interruption.

commands:
{commands}

Start with:
  gankit train                          a DCGAN on built-in handwritten digits
  gankit train --data photos/           a method that suits your pictures, on them
  gankit sample runs/sngan-photos       a sheet of what it makes
  gankit evaluate runs/sngan-photos     how good it is
  gankit translate RUN photos/          your pictures through a pix2pix or a CycleGAN

'gankit COMMAND --help' shows a command's options, 'gankit train METHOD --help-all' a method's own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. A user's mistake is one line on stderr and status 2."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    _escape_unencodable()
    wait_briefly()
    if "WORLD_SIZE" in os.environ:
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # that another process is gone, we say ourselves
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
        if error.errno in FULL:
            message += f" (make room {'there' if error.filename else 'on the disk'}, or take another --out)"
    except MemoryError:
        message = "there is not enough memory for it: ask for less, or for a smaller --size"
    except KeyboardInterrupt:
        return 130
    print(f"gankit: error: {printable(' '.join(message.split()))}", file=sys.stderr)
    return 2


def _escape_unencodable() -> None:
    """Let stdout and stderr show what they cannot encode, such as a file's name in bytes of old, as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _dispatch(arguments: list[str]) -> None:
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        print(USAGE.format(commands="\n".join(f"  {name:10} {purpose}" for name, purpose in COMMANDS.items())))
    elif name in ("-V", "--version"):
        from gankit.base.version import VERSION

        print(f"gankit {VERSION}")
    elif name in COMMANDS:
        getattr(import_module(f"gankit.commands.{name}"), name)(arguments[1:])
    else:
        raise UserError(f"no command {name!r}{nearest(name, COMMANDS)}; gankit --help lists them")
