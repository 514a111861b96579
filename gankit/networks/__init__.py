"""Architecture families, a file each: resolution, channels and classes are numbers taken from the data."""

from gankit.networks.acgan import ACGANNetwork as ACGANNetwork
from gankit.networks.autoencoder import Autoencoder as Autoencoder
from gankit.networks.autoencoder import ConvAutoencoder as ConvAutoencoder
from gankit.networks.autoencoder import MLPAutoencoder as MLPAutoencoder
from gankit.networks.autoencoder_or_mlp import AutoencoderOrMLP as AutoencoderOrMLP
from gankit.networks.began import BEGANNetwork as BEGANNetwork
from gankit.networks.catgan import CatGANNetwork as CatGANNetwork
from gankit.networks.catgan import ConvCatGAN as ConvCatGAN
from gankit.networks.cgan import CGANNetwork as CGANNetwork
from gankit.networks.conditional_dcgan import ConditionalDCGAN as ConditionalDCGAN
from gankit.networks.conv_or_mlp import ConvOrMLP as ConvOrMLP
from gankit.networks.dcgan import DCGANNetwork as DCGANNetwork
from gankit.networks.family import Family as Family
from gankit.networks.family import Heads as Heads
from gankit.networks.family import Trunk as Trunk
from gankit.networks.fgan import FGANNetwork as FGANNetwork
from gankit.networks.infogan import InfoGANNetwork as InfoGANNetwork
from gankit.networks.maxout import MaxoutMLP as MaxoutMLP
from gankit.networks.mlp import MLP as MLP
from gankit.networks.projection import Projection as Projection
from gankit.networks.r3gan import R3GANNetwork as R3GANNetwork
from gankit.networks.resnet import ResNetNetwork as ResNetNetwork
from gankit.networks.sgan import WeightNormMLP as WeightNormMLP
from gankit.networks.sngan import SNGANNetwork as SNGANNetwork
from gankit.networks.unet import UNetNetwork as UNetNetwork
