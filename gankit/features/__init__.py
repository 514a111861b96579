"""Feature networks: what metrics see images through.

A distance between images is one between their features, and means something only beside the name and the hash of
the network that made them.
"""

from __future__ import annotations

from gankit.features.choose import NAMES as NAMES
from gankit.features.choose import feature_network as feature_network
from gankit.features.network import FeatureNetwork as FeatureNetwork
from gankit.features.network import Features as Features
from gankit.features.network import extract as extract
