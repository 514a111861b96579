"""Samples as pictures: grids of images, clouds of points, sheets, and films."""

from __future__ import annotations

from gankit.pictures.films import film as film
from gankit.pictures.films import movie as movie
from gankit.pictures.grids import coloured as coloured
from gankit.pictures.grids import columns as columns
from gankit.pictures.grids import columns_by_label as columns_by_label
from gankit.pictures.grids import grid as grid
from gankit.pictures.grids import to_bytes as to_bytes
from gankit.pictures.grids import to_pil as to_pil
from gankit.pictures.plots import cloud as cloud
from gankit.pictures.plots import figure_to_pil as figure_to_pil
from gankit.pictures.plots import new_figure as new_figure
from gankit.pictures.saving import over_white as over_white
from gankit.pictures.saving import save as save
