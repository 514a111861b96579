"""Pictures through a translator: of any size, one or many, and beside what they should become."""

from __future__ import annotations

from gankit.translation.pipeline import Pipeline as Pipeline
from gankit.translation.pipeline import TranslationOptions as TranslationOptions
from gankit.translation.pipeline import translate as translate
