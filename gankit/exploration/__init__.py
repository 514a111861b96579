"""Pictures of what two players learned, each with its numbers: pure functions of networks and data, not of a run."""

from __future__ import annotations

from gankit.exploration.arithmetic import arithmetic as arithmetic
from gankit.exploration.invert import invert as invert
from gankit.exploration.label_directions import change as change
from gankit.exploration.label_directions import relabelled as relabelled
from gankit.exploration.memoriser import memoriser as memoriser
from gankit.exploration.neighbours import neighbours as neighbours
from gankit.exploration.seeds import catalogue as catalogue
from gankit.exploration.traverse import traverse as traverse
from gankit.exploration.walk import walk as walk
