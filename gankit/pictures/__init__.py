"""Samples as pictures: grids of images, clouds of points, sheets, and films."""

from __future__ import annotations

from gankit.pictures.grids import cloud as cloud
from gankit.pictures.grids import coloured as coloured
from gankit.pictures.grids import columns as columns
from gankit.pictures.grids import columns_by_label as columns_by_label
from gankit.pictures.grids import figure_to_pil as figure_to_pil
from gankit.pictures.grids import film as film
from gankit.pictures.grids import find_encoder as find_encoder
from gankit.pictures.grids import grid as grid
from gankit.pictures.grids import movie as movie
from gankit.pictures.grids import new_figure as new_figure
from gankit.pictures.grids import save as save
from gankit.pictures.grids import to_bytes as to_bytes
from gankit.pictures.grids import to_pil as to_pil
