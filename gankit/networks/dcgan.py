"""Strided convolutions down to a score, fractionally strided ones up to an image.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015. arXiv:1511.06434 (section 3 and Figure 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Generator
from gankit.game.batch import DataSpec
from gankit.game.prior import Normal, Prior, Uniform
from gankit.networks.checks import check_sizes, check_spreads
from gankit.networks.family import Family, Trunk
from gankit.networks.parts import FlattenLast, SpectralConv2d, SpectralLinear, Stack, he_init, normal_init

Norm = Literal["batch", "layer", "none"]
DiscriminatorNorm = Literal["batch", "layer", "spectral", "none"]
Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class DCGANNetwork(Family):
    """The five guidelines of the paper, for images of any height, width and channels.

    Strides instead of pooling; batch norm in both players except at the image; no fully connected hidden
    layer; ReLU in the generator with tanh at the end; leaky ReLU in the discriminator.
    """

    width: int = 64
    """Channels of the layer nearest the image, doubled at every stage away from it. The paper's Figure 1 has
    128 in the generator (1024 at 4x4); the authors' Torch release has 64 in both players."""
    kernel: Literal[4, 5] = 4
    """Side of the kernels. The paper's code has 5; 4 divides evenly by the stride, and leaves no checkerboard."""
    base: int = 4
    """The stages stop before a side would fall under this, but very small images get two where they can."""
    latent: int = 100
    """Dimensions of the latent."""
    prior: Literal["uniform", "normal"] = "uniform"
    """U(-1, 1) as in the paper (section 4), or N(0, I)."""
    generator_norm: Norm = "batch"
    """Normalisation in the generator."""
    discriminator_norm: DiscriminatorNorm = "batch"
    """Normalisation in the discriminator; layer norm is group norm with one group, and spectral norm is of the weights
    of every layer, its last included (Miyato et al. 2018, arXiv:1802.05957)."""
    minibatch: int = 0
    """Kernels of minibatch discrimination before the discriminator's last layer (Salimans et al. 2016, section 3.2,
    arXiv:1606.03498); 0 for none, and 100 in its released code."""
    leak: float = 0.2
    """Slope of the discriminator's leaky ReLU below 0."""
    init_sd: float | None = 0.02
    """Weights start from N(0, init_sd); none takes He's uniform initialisation."""

    def __post_init__(self) -> None:
        check_sizes(self, "width", "base", "latent")
        check_spreads(self, "init_sd")
        if self.minibatch < 0:
            raise UserError(f"minibatch counts kernels: it can't be negative, as {self.minibatch} is")

    def stages(self, data: DataSpec) -> list[Size]:
        """(height, width) of every feature map, from the image to the smallest."""
        return halvings(data, self.kernel, self.base)

    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        prior = prior or (Uniform(self.latent) if self.prior == "uniform" else Normal(self.latent))
        sizes = self.stages(data)[::-1]
        channels = [self.width * 2**stage for stage in reversed(range(max(len(sizes) - 1, 1)))]
        inputs = prior.size + classes
        body = nn.Sequential(Project(inputs, channels[0], sizes[0], bias=self.generator_norm == "none"))
        for stage, inputs in enumerate(channels):
            outputs = channels[stage + 1] if stage + 1 < len(channels) else data.shape[0]
            body.extend([*norm_layers(self.generator_norm, inputs), nn.ReLU(inplace=True)])
            # Guideline 2: no batch norm at the generator's output layer.
            bias = self.generator_norm == "none" or stage + 1 == len(channels)
            body.append(up(inputs, outputs, sizes[stage : stage + 2], self.kernel, bias=bias))
        if data.bounded:
            body.append(nn.Tanh())
        self._initialise(body)
        return Stack(prior, body, classes)

    def trunk(self, data: DataSpec) -> Trunk:
        sizes = self.stages(data)
        network = nn.Sequential()
        spectral = self.discriminator_norm == "spectral"
        conv = SpectralConv2d if spectral else nn.Conv2d
        inputs = data.shape[0]
        for stage in range(max(len(sizes) - 1, 1)):
            outputs = self.width * 2**stage
            # Guideline 2: no batch norm at the discriminator's input layer.
            norm = self.discriminator_norm if stage else "none"
            bias = norm in ("none", "spectral")
            network.append(down(inputs, outputs, sizes[stage : stage + 2], self.kernel, bias=bias, conv=conv))
            network.extend([*norm_layers(norm, outputs), nn.LeakyReLU(self.leak, inplace=True)])
            inputs = outputs
        height, width = sizes[-1]
        return Trunk(
            *network,
            FlattenLast(),
            width=inputs * height * width,
            minibatch=self.minibatch,
            linear=SpectralLinear if spectral else nn.Linear,
            initialise=self._initialise,
        )

    def _initialise(self, network: nn.Module) -> None:
        if self.init_sd is None:
            he_init(network)
        else:
            normal_init(network, self.init_sd)


def image_size(data: DataSpec) -> Size:
    """(height, width) of the images; `UserError` where the data are none."""
    if not data.is_image:
        raise UserError(
            f"a convolutional network needs images, not vectors of {data.shape[0]} numbers: "
            "take another --network, or another method"
        )
    return data.shape[1], data.shape[2]


def halvings(data: DataSpec, kernel: int, base: int) -> list[Size]:
    """(height, width) of the image and of what each stride of 2 leaves, down to `base`."""
    sizes = [image_size(data)]
    while True:
        # What a stride of 2 leaves: kernel 4 rounds an odd side down, kernel 5 rounds it up.
        height, width = ((side + kernel - 4) // 2 for side in sizes[-1])
        if min(height, width) < (base if len(sizes) > 2 else 1) or (height, width) == sizes[-1]:
            return sizes
        sizes.append((height, width))


def down(
    inputs: int,
    outputs: int,
    sizes: Sequence[Size],
    kernel: int,
    *,
    bias: bool,
    conv: type[nn.Conv2d] = nn.Conv2d,
) -> nn.Module:
    """A convolution from the first of `sizes` to the second, its half; of one size, for an image too small to halve."""
    if len(sizes) < 2:
        return conv(inputs, outputs, 3, padding=1, bias=bias)
    return conv(inputs, outputs, kernel, 2, (kernel - 1) // 2, bias=bias)


def up(inputs: int, outputs: int, sizes: Sequence[Size], kernel: int, *, bias: bool) -> nn.Module:
    """The way back: a transposed convolution from the first of `sizes` to the second, its double."""
    if len(sizes) < 2:
        return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
    padding = (kernel - 1) // 2
    height, width = (large - ((small - 1) * 2 - 2 * padding + kernel) for small, large in zip(*sizes, strict=True))
    return nn.ConvTranspose2d(inputs, outputs, kernel, 2, padding, (height, width), bias=bias)


class Project(nn.Module):
    """A latent [n, latent] as a small feature map [n, channels, height, width], laid out channels last."""

    def __init__(self, latent: int, channels: int, size: tuple[int, int], *, bias: bool) -> None:
        super().__init__()
        self.shape = (*size, channels)
        self.linear = nn.Linear(latent, channels * size[0] * size[1], bias=bias)

    def forward(self, latents: Tensor) -> Tensor:
        return self.linear(latents).unflatten(1, self.shape).permute(0, 3, 1, 2)


def norm_layers(norm: DiscriminatorNorm, channels: int) -> list[nn.Module]:
    """The normalisation called `norm` of feature maps of `channels`, as a list of one module, or of none."""
    if norm == "batch":
        return [nn.BatchNorm2d(channels)]
    return [nn.GroupNorm(1, channels)] if norm == "layer" else []
