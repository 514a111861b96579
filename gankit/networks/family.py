"""What an architecture offers to methods that ask more of it than one score: labels, other priors, several heads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from gankit.game import Generator, Network
from gankit.game.batch import DataSpec
from gankit.game.prior import Prior
from gankit.networks.parts import MinibatchDeviation, MinibatchDiscrimination, Scores


class Trunk(nn.Sequential):
    """A discriminator without its last layer: data [n, *shape] to features [n, width]."""

    def __init__(
        self,
        *layers: nn.Module,
        width: int,
        minibatch: int = 0,
        deviation: int = 0,
        linear: type[nn.Linear] = nn.Linear,
        initialise: Callable[[nn.Module], None] | None = None,
    ) -> None:
        """`width` is that of the features before as many as `minibatch` are added by minibatch discrimination, and one
        by the standard deviation over groups of `deviation`.

        `linear` is the kind of the layer put on these; `initialise` draws the weights of all, and None leaves torch's
        own draw.
        """
        super().__init__(*layers)
        if minibatch:
            self.append(MinibatchDiscrimination(width, minibatch))
        if deviation:
            self.append(MinibatchDeviation(deviation))
        self.width = width + minibatch + bool(deviation)
        self.linear = linear
        self.initialise = initialise or (lambda network: None)


class Heads(nn.Module):
    """Several answers about the same features, by the heads' names.

    A head of one output answers [n], any other [n, outputs].
    """

    def __init__(self, trunk: nn.Module, **heads: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.heads = nn.ModuleDict(heads)

    def forward(self, data: Float[Tensor, "n ..."]) -> dict[str, Float[Tensor, "n ..."]]:
        features = self.trunk(data)
        return {name: head(features).squeeze(-1) for name, head in self.heads.items()}


class Family(Network):
    """A network whose generator takes any prior and labels, and whose discriminator is a trunk with a head."""

    @abstractmethod
    def generator(self, data: DataSpec, *, prior: Prior | None = None, classes: int = 0) -> Generator:
        """`prior` takes the place of the family's own; labels out of `classes` join the latents as one-hot vectors."""

    @abstractmethod
    def trunk(self, data: DataSpec) -> Trunk:
        """The discriminator's layers but the last, whose weights `Trunk.initialise` has yet to draw."""

    def discriminator(self, data: DataSpec) -> nn.Module:
        trunk = self.trunk(data)
        network = Scores(*trunk, trunk.linear(trunk.width, 1))
        trunk.initialise(network)
        return network

    def heads(self, data: DataSpec, **heads: int | Callable[[int], nn.Module]) -> Heads:
        """A discriminator with several heads: so many outputs, or what a function makes of the features' width."""
        trunk = self.trunk(data)
        modules = {
            name: trunk.linear(trunk.width, head) if isinstance(head, int) else head(trunk.width)
            for name, head in heads.items()
        }
        network = Heads(trunk, **modules)
        trunk.initialise(network)
        return network
