"""gankit explore: a question to a trained run, and a picture with numbers for an answer."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from gankit.cli import COMMANDS
from gankit.errors import UserError, nearest


class Question(NamedTuple):
    room: str
    """The module of `gankit.commands` that has it, as a function of its name."""
    about: str


QUESTIONS: dict[str, Question] = {}


def explore(arguments: list[str]) -> None:
    """gankit explore QUESTION RUN ...; 'gankit explore QUESTION --help' shows its options."""
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        listed = "\n".join(f"  {name:12} {question.about}" for name, question in QUESTIONS.items())
        print(f"usage: gankit explore QUESTION RUN ...\n\n{COMMANDS['explore'].about}\n\nquestions:\n{listed}\n")
        print("Each writes a picture and its numbers as JSON beside it. 'gankit explore QUESTION --help' shows more.")
        return
    if name not in QUESTIONS:
        raise UserError(f"no question {name!r}{nearest(name, QUESTIONS)}; gankit explore --help lists them")
    getattr(import_module(f"gankit.commands.{QUESTIONS[name].room}"), name.replace("-", "_"))(arguments[1:])
