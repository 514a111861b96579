"""gankit explore: a question to a trained run, and a picture with numbers for an answer; one question, one file."""

from __future__ import annotations

from importlib import import_module

from gankit.base.errors import UserError, nearest
from gankit.commands.main import COMMANDS

QUESTIONS = {
    "seeds": "What the generator makes of seeds, to choose from for the questions below.",
    "walk": "Pictures between latents: smooth on the way, or in jumps?",
    "arithmetic": "Sums of latents, and directions from one class to another.",
    "traverse": "What a code, a label, an axis or a direction of the latent means.",
    "invert": "Which latents make given pictures, and how nearly.",
    "neighbours": "Samples beside the training images nearest to them.",
    "features": "What excites the units of the discriminator, beside a random one's.",
    "regions": "Which parts of an image make the discriminator take it for real.",
    "probe": "How well the discriminator's features tell classes apart, with few labels.",
    "film": "The run's previews and its losses as a film.",
    "game": "The densities, the discriminator and where it pushes samples, on points.",
}
"""The question NAME is the function NAME of the module `gankit.commands.explore.NAME`."""


def explore(arguments: list[str]) -> None:
    """gankit explore QUESTION RUN ...; 'gankit explore QUESTION --help' shows its options."""
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        listed = "\n".join(f"  {name:12} {purpose}" for name, purpose in QUESTIONS.items())
        print(f"usage: gankit explore QUESTION RUN ...\n\n{COMMANDS['explore']}\n\nquestions:\n{listed}\n")
        print("Each writes a picture and its numbers as JSON beside it. 'gankit explore QUESTION --help' shows more.")
        return
    if name not in QUESTIONS:
        raise UserError(f"no question {name!r}{nearest(name, QUESTIONS)}; gankit explore --help lists them")
    getattr(import_module(f"{__name__}.{name}"), name)(arguments[1:])
