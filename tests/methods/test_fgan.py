"""f-GAN's bound on a discrete pair is the divergence; one of its rows is the first game."""

from __future__ import annotations

import math
from typing import get_args, get_type_hints

import pytest
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.game.batch import DataSpec
from gankit.losses.divergences import DIVERGENCES, Divergence
from gankit.methods.fgan import FGAN
from gankit.methods.gan import GAN
from gankit.networks import FGANNetwork
from tests.methods.discrete import P, Q, batch, players

SCORES = torch.tensor([2.0, 0.3, -0.4, -1.7])


def of(name: str, **options: object) -> FGAN:
    return FGAN(divergence=name, **options)  # pyright: ignore[reportArgumentType]


def best_scores(row: Divergence) -> Tensor:
    """The scores whose outputs are T* = f'(p / q), by bisection."""
    ratio = (P / Q).double().requires_grad_()
    (wanted,) = torch.autograd.grad(row.f(ratio).sum(), ratio)
    low, high = torch.full_like(wanted, -60), torch.full_like(wanted, 60)
    for _ in range(80):
        middle = (low + high) / 2
        below = row.output(middle) < wanted
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return low.float()


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_discriminator_s_best_loss_is_minus_the_divergence(name: str) -> None:
    row = DIVERGENCES[name]
    game = players(best_scores(row))
    terms = of(name).discriminator_loss(game, batch())
    loss = terms["real"] + terms["fake"]
    assert -loss.item() == pytest.approx((Q * row.f(P / Q)).sum().item(), rel=1e-5)
    loss.backward()
    assert game.discriminator.scores.grad.abs().max() < 1e-6


@pytest.mark.parametrize("name", DIVERGENCES)
def test_both_generators_raise_the_scores_of_samples(name: str) -> None:
    """The bound falls, and the output rises, with every score: the two updates differ in size alone."""
    row = DIVERGENCES[name]
    for trick, value in ((True, row.output(SCORES)), (False, row.conjugate_of_output(SCORES))):
        game = players(SCORES.clone())
        (loss,) = of(name, trick=trick).generator_loss(game, batch()).values()
        assert loss.item() == pytest.approx(-(Q * value).sum().item(), rel=1e-5, abs=1e-7)
        loss.backward()
        assert (game.discriminator.scores.grad < 0).all()


def test_the_row_called_gan_is_the_first_game() -> None:
    game = players(SCORES)
    of_fgan, of_gan = of("gan").discriminator_loss(game, batch()), GAN().discriminator_loss(game, batch())
    for term in ("real", "fake"):
        torch.testing.assert_close(of_fgan[term], of_gan[term])
    for trick, objective in ((True, "non-saturating"), (False, "minimax")):
        (of_fgan,) = of("gan", trick=trick).generator_loss(game, batch()).values()
        of_gan = GAN(objective=objective).generator_loss(game, batch())  # pyright: ignore[reportArgumentType]
        torch.testing.assert_close(of_fgan, of_gan[objective])


@pytest.mark.parametrize("trick", [True, False])
def test_js_and_gan_are_one_game(trick: bool) -> None:
    """Their bounds differ by log 4 and all gradients are equal, so that runs of equal seeds are the same."""
    slopes = {}
    for name in ("js", "gan"):
        game, method = players(SCORES), of(name, trick=trick)
        of_both = (method.discriminator_loss(game, batch()), method.generator_loss(game, batch()))
        slopes[name] = []
        for terms in of_both:
            torch.stack(list(terms.values())).sum().backward()
            slope, game.discriminator.scores.grad = game.discriminator.scores.grad, None
            slopes[name].append(slope)
        slopes[f"{name} bound"] = [-torch.stack(list(of_both[0].values())).sum().detach()]
    for of_js, of_gan in zip(slopes["js"], slopes["gan"], strict=True):
        torch.testing.assert_close(of_js, of_gan)
    torch.testing.assert_close(slopes["js bound"][0] - math.log(4), slopes["gan bound"][0])


def test_half_precision_scores_are_widened() -> None:
    """e^v of bfloat16 scores would have three digits."""
    game = players(SCORES.bfloat16())
    for terms in (of("kl").discriminator_loss(game, batch()), of("kl").generator_loss(game, batch())):
        assert {term.dtype for term in terms.values()} == {torch.float32}


def test_the_choices_are_the_rows_of_the_table() -> None:
    assert get_args(get_type_hints(FGAN)["divergence"]) == tuple(DIVERGENCES)


def test_mistakes_are_named() -> None:
    with pytest.raises(UserError, match=r"no divergence 'pearsn' .did you mean 'pearson'.*: take kl, reverse-kl"):
        of("pearsn")
    with pytest.raises(UserError, match="at least 2"):
        FGAN(batch_size=1)
    with pytest.raises(UserError, match="at least 1"):
        FGANNetwork(generator_widths=(0,))


def test_the_paper_s_networks() -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=(1, 28, 28))
    generator, discriminator = FGANNetwork().generator(data), FGANNetwork().discriminator(data)
    for player, sizes, sd in (
        (generator, [(1200, 100), (1200, 1200), (784, 1200)], 0.05),
        (discriminator, [(240, 784), (240, 240), (1, 240)], 0.005),
    ):
        layers = [layer for layer in player.modules() if isinstance(layer, torch.nn.Linear)]
        assert [tuple(layer.weight.shape) for layer in layers] == sizes
        assert layers[1].weight.std().item() == pytest.approx(sd, rel=0.02)
        assert all(layer.bias is None or not layer.bias.any() for layer in layers)
    kinds = [type(layer).__name__ for layer in generator.modules()]
    assert (kinds.count("BatchNorm1d"), kinds.count("ReLU"), kinds.count("Sigmoid")) == (2, 2, 1)
    assert [type(layer).__name__ for layer in discriminator.modules()].count("ELU") == 2
    assert generator.prior.draw(1000).abs().max() <= 1
