"""Architecture families, a file each: resolution, channels and classes are numbers taken from the data."""

from gankit.networks.conv_or_mlp import ConvOrMLP as ConvOrMLP
from gankit.networks.dcgan import DCGANNetwork as DCGANNetwork
from gankit.networks.family import Family as Family
from gankit.networks.family import Heads as Heads
from gankit.networks.family import Trunk as Trunk
from gankit.networks.maxout import MaxoutMLP as MaxoutMLP
from gankit.networks.mlp import MLP as MLP
