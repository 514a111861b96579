"""Pictures through a translator: of any size, one or many, and beside what they should become."""

from __future__ import annotations

from gankit.translation.pipeline import Manner as Manner
from gankit.translation.pipeline import Passage as Passage
from gankit.translation.pipeline import translate as translate
