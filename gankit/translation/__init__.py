"""Pictures through a translator: of any size, one or many, and beside what they should become."""

from __future__ import annotations

from gankit.translation.passage import Manner as Manner
from gankit.translation.passage import Passage as Passage
from gankit.translation.passage import translate as translate
