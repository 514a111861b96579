"""Data: from a source's name to batches on the device.

A source is packed once, at the size it is trained at; a batch is then a gather from the pack.
"""

from __future__ import annotations

from gankit.data.batches import Batches as Batches
from gankit.data.describe import contact_sheet as contact_sheet
from gankit.data.describe import describe as describe
from gankit.data.pack import Pack as Pack
from gankit.data.pack import Report as Report
from gankit.data.pack import from_units as from_units
from gankit.data.pack import images as images
from gankit.data.pack import in_data_units as in_data_units
from gankit.data.pack import in_units as in_units
from gankit.data.pack import normalise as normalise
from gankit.data.pack import quantise as quantise
from gankit.data.source import DataSource as DataSource
from gankit.data.source import Sides as Sides
from gankit.data.source import open_data as open_data
from gankit.data.source import sides_of as sides_of
from gankit.data.subset import labelled_subset as labelled_subset
from gankit.data.subset import save_some as save_some
