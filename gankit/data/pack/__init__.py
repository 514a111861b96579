"""Packs: a source decoded once, at training size, and mapped from then on."""

from __future__ import annotations

from gankit.data.pack.pack import Pack as Pack
from gankit.data.pack.pack import Report as Report
from gankit.data.pack.pack import from_units as from_units
from gankit.data.pack.pack import images as images
from gankit.data.pack.pack import in_data_units as in_data_units
from gankit.data.pack.pack import in_units as in_units
from gankit.data.pack.pack import normalise as normalise
from gankit.data.pack.pack import quantise as quantise
from gankit.data.pack.pack import thumbnails as thumbnails
