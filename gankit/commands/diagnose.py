"""gankit diagnose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from gankit.base.errors import UserError
from gankit.base.text import tell
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import docstring, parse
from gankit.runs.diagnose import diagnose as diagnose_run
from gankit.runs.diagnose import diagnose_scalars


@dataclass(frozen=True, kw_only=True)
class Diagnose:
    run: tyro.conf.Positional[Path | None] = None
    """A run's directory; it may be training."""
    scalars: Path | None = None
    """In the place of a run, what another program logged: a .csv with a column 'step', or a TensorBoard event file, or
    the folder of one."""
    generator_loss: str | None = None
    """The scalar that is the generator's loss, where its name does not say so."""
    discriminator_loss: str | None = None
    """The scalar that is the discriminator's loss."""


def diagnose(arguments: list[str]) -> None:
    """The signals of a run are in its log, so that it can be judged while it trains, or long after. Of another
    program's losses, taken for cross-entropies, divergence, oscillation and a discriminator that is too strong can be
    told.
    """
    options = parse(Diagnose, arguments, "gankit diagnose", f"{COMMANDS['diagnose']}\n\n{docstring(diagnose)}")
    if (options.run is None) == (options.scalars is None):
        raise UserError("name a run, or another program's log with --scalars FILE")
    if options.run is not None:
        found = diagnose_run(options.run)
    else:
        assert options.scalars is not None
        named = {"generator": options.generator_loss, "discriminator": options.discriminator_loss}
        found = diagnose_scalars(options.scalars, **named)
    tell(*found.lines())
