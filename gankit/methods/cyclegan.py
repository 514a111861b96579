"""CycleGAN: two translators, there and back, learn from two heaps of pictures that nobody has paired.

Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", 2017. arXiv:1703.10593
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.bounds import Number, Weight
from gankit.base.errors import UserError
from gankit.game import Players, Scores, Terms, Translator
from gankit.game.batch import DataSpec, Unpaired
from gankit.game.jitter import jittered
from gankit.game.optimizers import Adam
from gankit.game.stabilisers import swapped
from gankit.losses.objectives import squared_error
from gankit.methods.translation import TranslationMethod
from gankit.networks import ResNetNetwork


class BothWays(Translator):
    """A translator for each direction."""

    two_way = True

    def __init__(self, there: Translator, back: Translator) -> None:
        super().__init__()
        self.there, self.back = there, back
        self.multiple = max(there.multiple, back.multiple)

    def forward(self, images: Tensor, *, backwards: bool = False) -> Tensor:
        return (self.back if backwards else self.there)(images)


@dataclass(frozen=True, kw_only=True)
class CycleGAN(TranslationMethod[Unpaired]):
    """Least squares on what either translator makes, and the mean absolute error of going there and back (equation 3).

    The paper's ablations (section 5.1.4) are fields: the GAN alone is `cycle` 0, cycle consistency alone is
    `adversarial` 0. The translators move first, as in the released code, and the discriminators are shown what they
    made then, through the pools. Every loss of the discriminators is divided by 2 (appendix 7.1).
    """

    cycle: Weight = 10.0
    """Weight of the cycle-consistency loss (lambda in equation 3)."""
    identity: Weight = 0.5
    """Weight, as a part of `cycle`, of the loss that leaves a picture alone that is of the other kind already. The
    paper has it for paintings to photos alone (section 5.2), the released code always; 0 turns it off. Where the two
    sides differ in their channels it can't be had, and is not."""
    pool: Number = 50
    """Earlier translations kept for each discriminator: half of what it is shown are such (section 4); 0 for none."""
    network: ResNetNetwork = ResNetNetwork()
    """Residual blocks, and a discriminator of patches, in each direction (section 4)."""
    generator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999), decay_after_epochs=100, decay_epochs=100)
    """How the translators learn: 100 epochs at a constant rate and 100 in which it falls to 0 (appendix 7.1), of the
    larger side, as in the released code."""
    discriminator_optimizer: Adam = Adam(lr=2e-4, betas=(0.5, 0.999), decay_after_epochs=100, decay_epochs=100)
    """How the discriminators learn (appendix 7.1)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not max(self.cycle, self.adversarial) > 0:
            raise UserError("cycle and adversarial can't both be 0")
        if self.pool and self.pool < self.batch_size:
            raise UserError(f"a pool of {self.pool} is smaller than the batch of {self.batch_size}: take 0, or more")

    @property
    def scores(self) -> Scores:
        return Scores(boundary=0.5)

    def players(self, data: DataSpec) -> Players:
        assert data.other_shape is not None
        other = replace(data, shape=data.other_shape, other_shape=data.shape)
        generator = BothWays(self.network.generator(data), self.network.generator(other))
        sides = {"first": data, "second": other}
        discriminators = {name: self.network.discriminator(side) for name, side in sides.items()}
        memory = {}
        for name, side in sides.items():
            memory[f"made_{name}"] = torch.zeros(self.batch_size, *side.shape)
            if self.pool:
                memory[f"pool_{name}"] = torch.zeros(self.pool, *side.shape)
                memory[f"held_{name}"] = torch.zeros((), dtype=torch.int64)
        return Players(generator, nn.ModuleDict(discriminators), **memory)

    def prepared(self, batch: Unpaired) -> Unpaired:
        sides = (jittered(side, scale=self.jitter, mirror=self.mirror) for side in (batch.images, batch.other))
        return Unpaired(*sides)

    def generator_loss(self, players: Players, batch: Unpaired) -> Terms:
        generator, discriminator = players
        ways = {
            "there": (generator.there, generator.back, batch.images, batch.other, "second"),
            "back": (generator.back, generator.there, batch.other, batch.images, "first"),
        }
        terms = {}
        for name, (there, back, given, wanted, side) in ways.items():
            fake = there(given)
            players.get_buffer(f"made_{side}").copy_(fake.detach())
            if self.adversarial:
                # The paper's squares are not halved.
                terms[f"adversarial_{name}"] = self.adversarial * 2 * squared_error(discriminator[side](fake), 1.0)
            if self.cycle:
                terms[f"cycle_{name}"] = self.cycle * F.l1_loss(back(fake).float(), given)
            if self.cycle * self.identity and given.shape == wanted.shape:
                terms[f"identity_{name}"] = self.cycle * self.identity * F.l1_loss(there(wanted).float(), wanted)
        return terms

    def discriminator_loss(self, players: Players, batch: Unpaired) -> Terms:
        _, discriminator = players
        terms = {}
        for side, real in (("first", batch.images), ("second", batch.other)):
            shown = players.get_buffer(f"made_{side}")
            if self.pool:
                shown = swapped(shown, players.get_buffer(f"pool_{side}"), players.get_buffer(f"held_{side}"))
            score = discriminator[side]
            terms[f"real_{side}"] = squared_error(score(real), 1.0)
            terms[f"fake_{side}"] = squared_error(score(shown), 0.0)
        return terms

    def judged(
        self, players: Players, batch: Unpaired, *, backwards: bool = False
    ) -> tuple[nn.Module, dict[str, Tensor]]:
        given, wanted = (batch.other, batch.images) if backwards else (batch.images, batch.other)
        made = players.generator(given, backwards=backwards)
        return players.discriminator["first" if backwards else "second"], {"real": wanted, "generated": made}
