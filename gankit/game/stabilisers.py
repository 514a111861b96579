"""What steadies any game, whatever its method: augmentations, noise, replay and a pull towards the past; all of it off
by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gankit.base.bounds import Between, Bounded, Number, Share, Steps, Weight
from gankit.base.errors import UserError, nearest
from gankit.game import ada
from gankit.game.augmentation import AUGMENTATIONS, Augmentation, augmented
from gankit.game.batch import DataSpec
from gankit.game.players import Players
from gankit.game.prior import Codes
from gankit.game.turn import Terms, Turn

OVERFITTING = "overfitting now"
"""What ADA's measure is called among a turn's terms: one without a gradient."""


@dataclass(frozen=True, kw_only=True)
class Stabilisers(Bounded):
    """What a turn's loss sees and adds. Samples drawn outside of a turn know nothing of it."""

    instance_noise: Weight = 0.0
    """Standard deviation, at the start, of Gaussian noise on all data and samples, drawn anew in every turn (Sonderby
    et al. 2016, arXiv:1610.04490; Arjovsky and Bottou 2017, arXiv:1701.04862). Images span 2, from -1 to 1."""
    instance_noise_steps: Steps = 2500
    """Steps in which that noise falls linearly to nothing; the default, half of a run's by default, is ours."""
    replay: Number = 0
    """Earlier samples kept: once so many are, half of what the discriminator is shown as fake is swapped for them
    (Shrivastava et al. 2016, arXiv:1612.07828, section 2.3; 50 in CycleGAN, at a batch of 1). Keep several batches."""
    history: Weight = 0.0
    """Weight of |w - mean of w|^2 in each player's loss, the mean being over all its moves so far, this one included
    (historical averaging: Salimans et al. 2016, arXiv:1606.03498, section 3.3)."""
    augment: tuple[Augmentation, ...] = ()
    """How images are changed before a discriminator sees them, data and samples alike, by chance and differentiably:
    color, translation and cutout are DiffAugment's (Zhao et al. 2020, arXiv:2006.10738, section 4); flip is ADA's."""
    augment_probability: Annotated[float, Between(0, 1, above=True)] = 1.0
    """Probability of each of those changes for an image; DiffAugment makes them always."""
    ada: Share = 0.0
    """Target of ADA's measure of overfitting r_t, by which it finds that probability, from 0 on (Karras et al. 2020,
    arXiv:2006.06676, section 3, whose target is 0.6); 0 leaves `augment-probability` as it is."""
    ada_images: Steps = 500_000
    """Images in which ADA could take the probability from 0 to 1 (section 3). A short training wants fewer."""

    def __post_init__(self) -> None:
        for kind in self.augment:
            if kind not in AUGMENTATIONS:
                raise UserError(
                    f"no augmentation {kind!r}{nearest(kind, AUGMENTATIONS)}: there is {', '.join(AUGMENTATIONS)}"
                )
        if self.ada and not self.augment:
            raise UserError("ada finds the probability of augmentations: name some with augment, color for one")
        if "flip" in self.augment and not self.ada and self.augment_probability > ada.LIMIT:
            raise UserError(
                f"flip with a probability above {ada.LIMIT} would show in samples: take --flip, which mirrors the "
                "data, or a lower augment-probability"
            )

    def attach(self, players: Players, data: DataSpec) -> None:
        """Give `players` the memory that these take; `UserError` where a game can't do with one of them."""
        prior = getattr(players.generator, "prior", None)
        if prior is None and (self.instance_noise or self.replay):
            raise UserError("instance-noise and replay take a game of one generator, from latents to data")
        if self.augment and not data.is_image:
            raise UserError("augmentations are of images, and these data are vectors: leave augment out")
        if self.ada:
            if prior is None:
                raise UserError("ada takes a game of one generator, from latents to data: take augment alone")
            ada.attach(players)
        if self.replay:
            if players.generator.classes or isinstance(prior, Codes):
                raise UserError("replay would part samples from their labels or codes: leave it out with this method")
            players.register_buffer("replay_pool", torch.zeros(self.replay, *data.shape))
            players.register_buffer("replay_held", torch.zeros((), dtype=torch.int64))
        if self.history:
            for name in ("generator", "discriminator"):
                mean = torch.zeros_like(_weights(getattr(players, name)), requires_grad=False)
                players.register_buffer(f"history_{name}", mean)
                players.register_buffer(f"history_{name}_moves", torch.zeros((), dtype=torch.int64))

    @property
    def uncapturable(self) -> str:
        """As `Method.uncapturable`."""
        return "instance noise shrinks from step to step" if self.instance_noise else ""

    def noise(self, step: int) -> float:
        """Standard deviation of the instance noise on `step`, counted from 0."""
        return self.instance_noise * max(1 - step / self.instance_noise_steps, 0.0)

    def applied(self, turn: Turn, step: int) -> Turn:
        """`turn` as it is played on `step`: `turn` itself, where nothing of this is on."""
        sd = self.noise(step)
        if not (sd or self.replay or self.history or self.augment):
            return turn
        swaps = self.replay > 0 and turn.player == "discriminator"

        def loss(players: Players, batch: Any) -> Terms:
            translates = getattr(players.generator, "prior", None) is None

            def shown(generator: nn.Module, inputs: object, samples: Tensor) -> Tensor:
                if swaps:
                    samples = swapped(samples, players.get_buffer("replay_pool"), players.get_buffer("replay_held"))
                watched.samples.append(noised(self._augmented(players, samples), sd))
                return watched.samples[-1]

            with ExitStack() as around:
                if translates:
                    around.enter_context(self._at_the_door(players, batch))
                    watched = ada.Watched([])
                else:
                    batch = _changed(batch, lambda value: noised(self._augmented(players, value), sd))
                    watched = ada.Watched([batch.images])
                    around.enter_context(players.generator.register_forward_hook(shown))
                if adapts := self.ada > 0 and turn.player == "discriminator":
                    around.enter_context(watched.watching(players.discriminator))
                terms = turn.loss(players, batch)
            if adapts:
                terms = {**terms, OVERFITTING: watched.overfitting()}
            return {**terms, "history": self.history * _distance(players, turn.player)} if self.history else terms

        return replace(turn, loss=loss)

    def after_turn(self, players: Players, terms: Terms, size: int) -> Terms:
        """Runs without gradients after each move on `size` examples, before the method's: takes its own from among the
        `terms`, and returns what is logged beside them, how probable ADA has made augmentations, and why."""
        if not self.ada:
            return {}
        if (overfitting := terms.pop(OVERFITTING, None)) is not None:
            ada.adapt(players, overfitting, target=self.ada, step=size / self.ada_images)
        return {name: players.get_buffer(name) for name in ("augment_probability", "overfitting")}

    def _augmented(self, players: Players, images: Tensor, channels: Sequence[int] | None = None) -> Tensor:
        if not self.augment:
            return images
        probability = players.get_buffer("augment_probability") if self.ada else self.augment_probability
        return augmented(images, self.augment, probability, channels=channels)

    @contextmanager
    def _at_the_door(self, players: Players, batch: Any) -> Iterator[None]:
        """Augment what a translator's discriminators are given, and not what the translator is: pictures that lie on
        top of each other, as pix2pix's pairs, move as one and keep their own colours."""
        pair = [value.shape[1] for value in vars(batch).values()]

        def changed(discriminator: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            channels = pair if inputs[0].shape[1] == sum(pair) else None
            return (self._augmented(players, inputs[0], channels), *inputs[1:])

        opponents = players.discriminator
        with ExitStack() as hooks:
            for opponent in opponents.values() if isinstance(opponents, nn.ModuleDict) else [opponents]:
                hooks.enter_context(opponent.register_forward_pre_hook(changed))
            yield


def _changed(batch: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """`batch` with what is no label changed."""
    floats = {name: value for name, value in vars(batch).items() if value.is_floating_point()}
    return replace(batch, **{name: change(value) for name, value in floats.items()})


def noised(data: Float[Tensor, "*shape"], sd: float) -> Float[Tensor, "*shape"]:
    """`data` plus N(0, sd^2 I)."""
    return data + sd * torch.randn_like(data) if sd else data


def swapped(
    samples: Float[Tensor, " n *shape"], pool: Float[Tensor, " size *shape"], held: Int[Tensor, ""]
) -> Float[Tensor, " n *shape"]:
    """`samples`, each with probability 1/2 in exchange for one of the `pool`, in place.

    Until `held`, how many the pool has been given, reaches its size, samples are only added to it. Of a batch larger
    than the pool, the rest is left alone. No value is fetched from the device.
    """
    size, m = len(pool), min(len(pool), len(samples))
    full = held >= size
    next_free = (held + torch.arange(m, device=pool.device)) % size
    slots = torch.where(full, torch.randperm(size, device=pool.device)[:m], next_free)
    each = (m, *[1] * (pool.dim() - 1))
    out = full & (torch.rand(each, device=pool.device) < 0.5)
    new, old = samples[:m].to(pool.dtype), pool[slots]
    pool[slots] = torch.where(out | ~full, new, old)
    held.add_(m).clamp_(max=size)
    return torch.cat([torch.where(out, old, new), samples[m:]])


def _weights(player: nn.Module) -> Float[Tensor, " weights"]:
    """All that `player` learns, as one vector."""
    return torch.cat([parameter.flatten() for parameter in player.parameters() if parameter.requires_grad])


def _distance(players: Players, name: str) -> Float[Tensor, ""]:
    """|w - mean w|^2, after w has joined its mean."""
    mean, moves = players.get_buffer(f"history_{name}"), players.get_buffer(f"history_{name}_moves")
    weights = _weights(getattr(players, name))
    with torch.no_grad():
        moves.add_(1)
        mean.add_((weights - mean) / moves)
    return (weights - mean).square().sum()
