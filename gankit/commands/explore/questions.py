"""gankit explore: a question to a trained run, and a picture with numbers for an answer."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from gankit.base.errors import UserError, nearest
from gankit.commands.main import COMMANDS


class Question(NamedTuple):
    room: str
    """The module of `gankit.commands` that has it, as a function of its name."""
    about: str


QUESTIONS: dict[str, Question] = {
    "seeds": Question("walk", "What the generator makes of seeds, to choose from for the questions below."),
    "walk": Question("walk", "Pictures between latents: smooth on the way, or in jumps?"),
    "arithmetic": Question("walk", "Sums of latents, and directions from one class to another."),
    "traverse": Question("walk", "What a code, a label, an axis or a direction of the latent means."),
    "invert": Question("invert", "Which latents make given pictures, and how nearly."),
    "neighbours": Question("invert", "Samples beside the training images nearest to them."),
    "features": Question("features", "What excites the units of the discriminator, beside a random one's."),
    "regions": Question("features", "Which parts of an image make the discriminator take it for real."),
    "probe": Question("features", "How well the discriminator's features tell classes apart, with few labels."),
    "film": Question("features", "The run's previews and its losses as a film."),
    "game": Question("features", "The densities, the discriminator and where it pushes samples, on points."),
}


def explore(arguments: list[str]) -> None:
    """gankit explore QUESTION RUN ...; 'gankit explore QUESTION --help' shows its options."""
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        listed = "\n".join(f"  {name:12} {question.about}" for name, question in QUESTIONS.items())
        print(f"usage: gankit explore QUESTION RUN ...\n\n{COMMANDS['explore']}\n\nquestions:\n{listed}\n")
        print("Each writes a picture and its numbers as JSON beside it. 'gankit explore QUESTION --help' shows more.")
        return
    if name not in QUESTIONS:
        raise UserError(f"no question {name!r}{nearest(name, QUESTIONS)}; gankit explore --help lists them")
    getattr(import_module(f"gankit.commands.explore.{QUESTIONS[name].room}"), name.replace("-", "_"))(arguments[1:])
