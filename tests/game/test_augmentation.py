"""What augmentations do to an image, that gradients pass, that pairs stay pairs, and that nothing leaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Generator, Images, Method, Paired, Players, Terms, Turn, ada
from gankit.game.augmentation import AUGMENTATIONS, Augmentation, augmented
from gankit.game.batch import DataSpec
from gankit.game.optimizers import Adam
from gankit.game.prior import Normal
from gankit.game.stabilisers import Stabilisers
from gankit.methods.catgan import CatGAN
from gankit.methods.dcgan import DCGAN
from gankit.methods.ebgan import EBGAN
from gankit.methods.gan import GAN
from gankit.networks import MLP, DCGANNetwork
from gankit.training.turn import freeze, play
from tests.tiny import TINY, Tiny

DIFFAUGMENT: tuple[Augmentation, ...] = ("color", "translation", "cutout")
Player = Literal["generator", "discriminator"]


def numbered(n: int, channels: int = 3, side: int = 16) -> Tensor:
    """Images whose pixels are all different, and none 0."""
    return torch.linspace(0.1, 0.9, channels * side * side).reshape(1, channels, side, side).repeat(n, 1, 1, 1)


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_with_a_probability_of_0_nothing_changes(kind: Augmentation) -> None:
    images = numbered(8)
    torch.testing.assert_close(augmented(images, [kind], 0.0), images)
    assert augmented(images.bfloat16(), [kind], 0.0).dtype == torch.float32


def test_a_translation_moves_up_to_an_eighth_of_each_side_with_grey_behind() -> None:
    torch.manual_seed(0)
    image, moves = numbered(1)[0], set()
    for moved in augmented(numbered(400), ["translation"]):
        top, left = torch.nonzero(moved[0])[0].tolist()
        end = torch.nonzero(moved[0])[-1].tolist()
        row, column = (s - int(e) for s, e in ((top + end[0], 15), (left + end[1], 15)))
        moves.add((row, column))
        inside = moved[:, top : end[0] + 1, left : end[1] + 1]
        source = image[:, top - row : end[0] + 1 - row, left - column : end[1] + 1 - column]
        assert torch.equal(inside, source)
    assert moves == {(row, column) for row in range(-2, 3) for column in range(-2, 3)}


def test_a_cutout_is_a_square_of_half_a_side_or_its_part_within_the_image() -> None:
    torch.manual_seed(0)
    shapes = set()
    for cut in augmented(numbered(400), ["cutout"]):
        hole = cut[0] == 0
        assert torch.equal(cut == 0, hole.expand(3, -1, -1))
        shapes.add((int(hole.any(1).sum()), int(hole.any(0).sum())))
        assert hole.sum() == hole.any(1).sum() * hole.any(0).sum()
    assert max(shapes) == (8, 8)
    assert min(min(shape) for shape in shapes if min(shape)) == 4


def test_colours_are_brighter_more_saturated_and_of_more_contrast_as_the_paper_says() -> None:
    torch.manual_seed(0)
    images = torch.rand(1, 3, 8, 8).repeat(4000, 1, 1, 1) - 0.5
    found = augmented(images, ["color"])
    brightness = found.mean((1, 2, 3)) - images.mean((1, 2, 3))
    assert (brightness.min(), brightness.max()) == pytest.approx((-0.5, 0.5), abs=0.01)
    grey, was = found.mean(1), images.mean(1)
    contrast = (grey - grey.mean((1, 2), keepdim=True)).std((1, 2)) / (was - was.mean((1, 2), keepdim=True)).std((1, 2))
    assert (contrast.min(), contrast.max()) == pytest.approx((0.5, 1.5), abs=0.01)
    chroma = (found - grey[:, None]).std((1, 2, 3)) / (images - was[:, None]).std((1, 2, 3)) / contrast
    assert (chroma.min(), chroma.max()) == pytest.approx((0, 2), abs=0.01)


@pytest.mark.parametrize("probability", [0.25, 0.7])
def test_a_flip_mirrors_half_of_what_it_is_applied_to(probability: float) -> None:
    torch.manual_seed(0)
    images = numbered(4000, 1, 4)
    mirrored = (augmented(images, ["flip"], torch.tensor(probability)) == images.flip(3)).all((1, 2, 3))
    assert mirrored.float().mean() == pytest.approx(probability / 2, abs=0.03)


@pytest.mark.parametrize("kinds", [(kind,) for kind in AUGMENTATIONS] + [AUGMENTATIONS])
def test_gradients_are_those_of_the_change(kinds: Sequence[Augmentation]) -> None:
    """All changes are affine in the image, so that differences are exact."""
    torch.manual_seed(1)
    images, direction, weight = (torch.randn(4, 3, 8, 8) for _ in range(3))

    def changed(values: Tensor) -> Tensor:
        torch.manual_seed(2)
        return augmented(values, kinds, 0.8)

    images.requires_grad_()
    (changed(images) * weight).sum().backward()
    assert images.grad is not None
    moved = (changed(images + direction) - changed(images)).detach()
    torch.testing.assert_close((images.grad * direction).sum(), (moved * weight).sum(), rtol=1e-3, atol=1e-3)


class Constant(Generator):
    """Every sample is the same image, which it learns."""

    def __init__(self, image: Tensor) -> None:
        super().__init__(Normal(1))
        self.image = nn.Parameter(image)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.image.expand(len(latents), -1, -1, -1)


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_data_and_samples_are_changed_alike_and_the_generator_learns_through_it(player: Player) -> None:
    torch.manual_seed(0)
    image = numbered(1)[0]
    players = Players(Constant(image.clone()), nn.Flatten())
    seen: list[Tensor] = []

    def loss(players: Players, batch: Any) -> Terms:
        seen.extend([batch.images, players.generator.sample(2000)])
        return {"sum": seen[1].sum()}

    stabilisers = Stabilisers(augment=DIFFAUGMENT)
    turn = stabilisers.applied(Turn(player=player, loss=loss), 0)
    turn.loss(players, Images(image.repeat(2000, 1, 1, 1)))["sum"].backward()
    data, samples = seen
    for moment in (1, 2):
        assert (data**moment).mean() == pytest.approx((samples**moment).mean().item(), abs=0.03)
    assert (data != samples).any()
    assert torch.equal(players.generator.sample(1)[0], image)
    assert players.generator.image.grad.abs().min() > 0


def test_a_pair_is_moved_as_one_and_keeps_its_own_colours() -> None:
    torch.manual_seed(0)
    images, target = numbered(64), numbered(64, 1)
    seen: list[Tensor] = []

    class Judge(nn.Module):
        def forward(self, shown: Tensor) -> Tensor:
            seen.append(shown)
            return shown.mean((1, 2, 3))

    def loss(players: Players, batch: Any) -> Terms:
        assert batch.images is images
        return {"score": players.discriminator(torch.cat([batch.images, batch.target], 1)).mean()}

    players = Players(nn.Conv2d(3, 1, 1), Judge())
    each: list[tuple[Augmentation, ...]] = [("translation", "cutout", "flip"), ("color",)]
    for kinds in each:
        stabilisers = Stabilisers(augment=kinds, augment_probability=0.8)
        stabilisers.applied(Turn(player="discriminator", loss=loss), 0).loss(players, Paired(images, target))
    moved, recoloured = seen
    torch.testing.assert_close((moved[:, :3] == 0).all(1), moved[:, 3] == 0)
    places = moved[:, 3][moved[:, 3] != 0], moved[:, 0][moved[:, 0] != 0]
    step = (0.9 - 0.1) / (16 * 16 - 1)
    assert torch.equal(((places[0] - 0.1) / step).round(), ((places[1] - 0.1) / ((0.9 - 0.1) / 767)).round())
    assert not torch.equal(recoloured[:, 3:], target)
    torch.testing.assert_close(recoloured[:, 3:].std((2, 3))[:, 0] > 0, torch.ones(64, dtype=torch.bool))
    assert not players.discriminator._forward_pre_hooks


@pytest.mark.parametrize("name", ["pix2pix", "cyclegan"])
def test_translators_are_judged_augmented_and_given_plain_pictures(name: str) -> None:
    """A translator's own loss, and what it is given, are those of the plain method."""
    tiny = TINY[name]
    plain, batches = tiny.start()
    changed, same = tiny.but(stabilisers=Stabilisers(augment=DIFFAUGMENT)).start()
    terms, others = plain.advance(batches), changed.advance(same)
    alike = [term for term in terms if term.rpartition("/")[2].startswith(("l1", "cycle", "identity"))]
    assert alike
    assert all(torch.equal(terms[term], others[term]) for term in alike)
    assert any(not torch.equal(terms[term], others[term]) for term in terms)


@dataclass(frozen=True, kw_only=True)
class HalvesGAN(GAN):
    """GAN on images whose left half alone is bright."""

    network: MLP = MLP(generator_widths=(32,), discriminator_widths=(64,), latent=4, dropout=0.0)
    batch_size: int = 64


def bright_left(applied: Callable[[Turn, int], Turn], steps: int = 400) -> tuple[float, float]:
    """After some play of GAN on them, each turn as it is `applied`: how much brighter samples are on the left (data:
    1.2), and how much their brightness differs (data: 0.01)."""
    torch.manual_seed(0)
    data = torch.full((64, 1, 8, 8), -0.6)
    data[..., :4] = 0.6
    method: Method[Any] = HalvesGAN(at_once=False)
    players = method.start(DataSpec(shape=(1, 8, 8)))
    learners = {
        name: Adam(lr=2e-3).build(getattr(players, name).parameters()) for name in ("generator", "discriminator")
    }
    for step in range(steps):
        for turn in method.turns():
            still = players.generator if turn.player == "discriminator" else players.discriminator
            freeze(still.parameters(), getattr(players, turn.player).parameters())
            steadied = applied(turn, step)
            batch = Images(data + 0.1 * torch.randn_like(data))
            play(players, steadied, batch, learners[turn.player], torch.autocast("cpu", enabled=False))
    with torch.no_grad():
        columns = players.generator.sample(500).mean((1, 2))
    steps_down = columns[:, :3].mean(1) - columns[:, 5:].mean(1)
    return steps_down.mean().item(), columns.mean(1).std().item()


LEAKLESS: list[Stabilisers] = [
    Stabilisers(augment=DIFFAUGMENT),
    Stabilisers(augment=("flip",), augment_probability=0.3),
]


@pytest.mark.long
@pytest.mark.parametrize("stabilisers", LEAKLESS, ids=lambda stabilisers: " ".join(stabilisers.augment))
def test_samples_show_no_augmentation(stabilisers: Stabilisers) -> None:
    brighter, spread = bright_left(stabilisers.applied)
    assert brighter > 1
    assert spread < 0.05


@pytest.mark.long
@pytest.mark.parametrize("kinds", [DIFFAUGMENT, ("flip",)])
def test_an_augmentation_of_data_alone_would_be_caught(kinds: Sequence[Augmentation]) -> None:
    """The same measures, with the samples left as they are: the generator learns the augmentation."""

    def of_data_alone(turn: Turn, step: int) -> Turn:
        def loss(players: Players, batch: Images) -> Terms:
            return turn.loss(players, Images(augmented(batch.images, kinds, 0.8)))

        return replace(turn, loss=loss)

    brighter, spread = bright_left(of_data_alone)
    assert brighter < 1 or spread > 0.05


def test_a_flip_that_is_always_on_is_refused_as_it_would_show() -> None:
    with pytest.raises(UserError, match="would show in samples"):
        Stabilisers(augment=("flip",))
    assert Stabilisers(augment=("flip",), ada=0.6).augment == ("flip",)


def controlled(overfitting: Sequence[float], *, start: float = 0.0, step: float = 0.01) -> list[float]:
    """ADA's probability after each batch, with these measures and a target of 0.6."""
    players = Players(nn.Linear(1, 1), nn.Linear(1, 1))
    ada.attach(players)
    players.get_buffer("augment_probability").fill_(start)
    found = []
    for value in overfitting:
        ada.adapt(players, torch.tensor(float(value)), target=0.6, step=step)
        found.append(round(players.get_buffer("augment_probability").item(), 6))
    return found


def test_ada_moves_every_fourth_batch_by_their_mean() -> None:
    assert controlled([1, 1, 1, 1, 1, 1, 1]) == [0, 0, 0, 0.04, 0.04, 0.04, 0.04]
    assert controlled([1, 1, 1, -1], start=0.5)[-1] == 0.46  # a mean of 0.5
    assert controlled([1, 1, 1, 0], start=0.5)[-1] == 0.54
    assert controlled([0.6 - 1e-3] * 4, start=0.02)[-1] == 0  # never below
    assert controlled([1] * 4, start=0.79)[-1] == pytest.approx(ada.LIMIT)  # nor above


def test_overfitting_is_the_paper_s_where_logits_lie_on_both_sides_of_0() -> None:
    data, samples = torch.zeros(100, 1), torch.ones(100, 1)
    for logits, expected in (((2.0, -2.0), 1.0), ((3.0, 1.0), 1.0), ((-1.0, 1.0), -1.0)):
        watched = ada.Watched([data])
        watched.samples.append(samples)
        judge = nn.Linear(1, 1)
        with torch.no_grad():
            judge.weight.fill_(logits[1] - logits[0])
            judge.bias.fill_(logits[0])
        with watched.watching(judge):
            for shown in (data, samples, torch.rand(100, 1) * 1000):  # the last, a penalty's say, is neither
                judge(shown)
        assert watched.overfitting() == expected


SCORED = (
    *("dcgan", "cgan", "acgan", "infogan", "wgan-gp", "wgan", "lsgan", "dragan", "fgan", "sgan", "sngan", "r3gan"),
    *("fastgan", "projected"),
)


@pytest.mark.parametrize("name", SCORED)
def test_ada_hears_data_and_samples_in_every_game_that_scores(name: str) -> None:
    stabilisers = Stabilisers(augment=AUGMENTATIONS, ada=0.6, ada_images=100)
    state, batches = TINY[name].but(stabilisers=stabilisers).start()
    terms: Terms = {}
    for _ in range(4):
        terms = state.advance(batches)
    assert -1 <= terms["overfitting"] <= 1
    assert 0 <= terms["augment_probability"] <= ada.LIMIT


@pytest.mark.parametrize("method", [EBGAN(), CatGAN()])
def test_ada_is_refused_where_nothing_is_scored(method: Any) -> None:
    with pytest.raises(UserError, match="needs a discriminator that scores"):
        replace(method, stabilisers=Stabilisers(augment=("color",), ada=0.6))


def test_what_cannot_be_is_refused() -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"augment": ("color",), "augment_probability": 0.0}, "above 0 and at most 1"),
        ({"augment": ("color",), "ada": 1.0}, "ada must be at least 0 and below 1"),
        ({"ada": 0.6}, "name some"),
        ({"augment": ("color",), "ada": 0.6, "ada_images": 0}, "at least 1"),
    ]
    for wrong, words in refused:
        with pytest.raises(UserError, match=words):
            Stabilisers(**wrong)
    misspelt = Stabilisers()
    object.__setattr__(misspelt, "augment", ("colour",))  # which types catch in these tests before
    with pytest.raises(UserError, match="no augmentation 'colour'"):
        misspelt.__post_init__()
    with pytest.raises(UserError, match="leave replay and ada out"):
        GAN(at_once=True, network=MLP(), stabilisers=Stabilisers(augment=("color",), ada=0.6))
    with pytest.raises(UserError, match="images, and these data are vectors"):
        Tiny(GAN(network=MLP(), stabilisers=Stabilisers(augment=("color",))), data="ring").start()
    with pytest.raises(UserError, match="ada takes a game of one generator"):
        TINY["pix2pix"].but(stabilisers=Stabilisers(augment=("color",), ada=0.6)).start()


def test_the_default_changes_no_bit_and_remembers_nothing() -> None:
    state, _ = Tiny(DCGAN(network=DCGANNetwork(width=4), batch_size=8)).start()
    assert not any("ada" in name or "augment" in name for name in state.tensors()["players"])
