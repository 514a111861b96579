"""EBGAN against its equations and its theorem."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.game import Generator, Players
from gankit.game.batch import DataSpec, Images
from gankit.game.prior import Uniform
from gankit.methods.ebgan import EBGAN, pulling_away
from gankit.networks import Autoencoder, AutoencoderOrMLP, ConvAutoencoder, MLPAutoencoder
from gankit.training.turn import freeze

SHAPE = (2, 3, 4)


class Always(Generator):
    """The same samples whatever the latents, which are parameters."""

    def __init__(self, samples: Tensor) -> None:
        super().__init__(Uniform(1))
        self.samples = nn.Parameter(samples)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.samples[: len(latents)]


class Off(nn.Module):
    """A reconstruction that misses by `by` in every value."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, data: Tensor) -> Tensor:
        return data + self.by


def missing(by: float, samples: Tensor) -> Players:
    return Players(Always(samples), Autoencoder(nn.Sequential(nn.Identity()), nn.Sequential(Off(by))))


@pytest.mark.parametrize("by", [0.0, 0.3, -2.0, 5.0])
def test_the_terms_are_the_equations(by: float) -> None:
    """Of 24 values each off by b the norm is |b| sqrt 24, and the mean square b^2."""
    torch.manual_seed(0)
    players = missing(by, torch.randn(5, *SHAPE))
    batch = Images(torch.randn(5, *SHAPE))
    for method, energy in (
        (EBGAN(margin=4.0), abs(by) * math.sqrt(24)),
        (EBGAN(margin=4.0, energy="mean-square"), by**2),
    ):
        terms = {**method.discriminator_loss(players, batch), **method.generator_loss(players, batch)}
        expected = {"real": energy, "fake": max(0.0, 4.0 - energy), "energy": energy}
        assert {name: term.item() for name, term in terms.items()} == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_each_sample_has_its_own_energy_and_its_own_hinge() -> None:
    """Halves of a batch on both sides of the margin don't make up for each other."""
    torch.manual_seed(0)
    decoder = nn.Sequential(nn.Flatten(), nn.Linear(4, 4))
    samples = torch.randn(6, 4) * torch.tensor([0.1, 0.1, 0.1, 9.0, 9.0, 9.0])[:, None]
    energies = [(decoder(sample[None])[0] - sample).norm().item() for sample in samples]
    assert min(energies) < 3 < max(energies)
    players = Players(Always(samples), Autoencoder(nn.Sequential(nn.Identity()), decoder))
    got = EBGAN(margin=3.0).discriminator_loss(players, Images(samples))
    assert got["real"].item() == pytest.approx(sum(energies) / 6, rel=1e-5)
    assert got["fake"].item() == pytest.approx(sum(max(0.0, 3.0 - energy) for energy in energies) / 6, rel=1e-5)


def test_beyond_the_margin_a_sample_gives_the_discriminator_no_gradient() -> None:
    batch = Images(torch.zeros(3, 1))
    for by, slope in ((2.0, 0.0), (0.5, -1.0)):
        players = missing(by, torch.zeros(3, 1))
        fake = EBGAN(margin=1.0).discriminator_loss(players, batch)["fake"]
        assert torch.autograd.grad(fake, list(players.discriminator.parameters()))[0].item() == slope


def test_a_perfect_reconstruction_has_a_gradient_that_is_a_number() -> None:
    players = missing(0.0, torch.zeros(3, 4))
    terms = EBGAN().discriminator_loss(players, Images(torch.zeros(3, 4)))
    sum(terms.values(), torch.zeros(())).backward()
    assert all(parameter.grad.isfinite().all() for parameter in players.discriminator.parameters())


def test_pulling_away_is_its_double_sum() -> None:
    torch.manual_seed(0)
    codes = torch.randn(7, 2, 3, dtype=torch.float64) + 0.5
    total = 0.0
    for i, a in enumerate(codes.flatten(1)):
        for j, b in enumerate(codes.flatten(1)):
            if i != j:
                total += ((a @ b) / (a.norm() * b.norm())).item() ** 2
    assert pulling_away(codes).item() == pytest.approx(total / (7 * 6), rel=1e-5)


def test_pulling_away_of_equal_codes_is_1_and_of_orthogonal_ones_0() -> None:
    directions = torch.eye(5)
    assert pulling_away(directions * torch.arange(1.0, 6.0)[:, None]).item() == pytest.approx(0, abs=1e-6)
    assert pulling_away(directions[:1].expand(4, -1) * torch.tensor([[1.0], [3.0], [-2.0], [0.5]])).item() == 1
    # A code of zeros has no direction: it costs nothing, and its gradient is a number.
    codes = torch.zeros(3, 4, requires_grad=True)
    pulling_away(codes).backward()
    assert codes.grad is not None
    assert codes.grad.isfinite().all()


SMALL = EBGAN(
    network=AutoencoderOrMLP(conv=ConvAutoencoder(width=4), mlp=MLPAutoencoder(generator_widths=(8,))), repelling=0.1
)


@pytest.mark.parametrize("shape", [(1, 8, 8), (2,)])
def test_repelling_is_the_weighted_term_on_the_codes_of_the_samples(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    players = SMALL.players(DataSpec(shape=shape, bounded=len(shape) == 3))
    batch = Images(torch.randn(6, *shape))
    torch.manual_seed(1)
    terms = SMALL.generator_loss(players, batch)
    torch.manual_seed(1)
    codes = players.discriminator.encoder(players.generator.sample(6))
    assert set(terms) == {"energy", "repelling"}
    assert terms["repelling"].item() == pytest.approx(0.1 * pulling_away(codes).item(), rel=1e-5)
    assert "repelling" not in replace(SMALL, repelling=0.0).generator_loss(players, batch)
    assert "repelling" not in SMALL.discriminator_loss(players, batch)


@pytest.mark.parametrize("term", ["real", "fake", "energy", "repelling"])
def test_each_term_s_gradient_reaches_the_player_that_moves(term: str) -> None:
    torch.manual_seed(0)
    players = SMALL.players(DataSpec(shape=(1, 8, 8)))
    generator, autoencoder = players
    batch = Images(torch.randn(6, 1, 8, 8))
    mover, still, loss = (
        (autoencoder, generator, SMALL.discriminator_loss)
        if term in ("real", "fake")
        else (generator, autoencoder, SMALL.generator_loss)
    )
    freeze(still.parameters(), mover.parameters())
    loss(players, batch)[term].backward()
    assert all(parameter.grad is None for parameter in still.parameters())
    assert sum(parameter.grad.abs().sum().item() for parameter in mover.parameters() if parameter.grad is not None) > 0


class Table(nn.Module):
    """An auto-encoder of the points 0, 1, 2, ...: any energy for each."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.energies = nn.Parameter(torch.full((points,), 1.0))

    def forward(self, data: Tensor) -> Tensor:
        return data + self.energies[data.long()].clamp(min=0)


DUELS = {
    "apart": ([4, 4, 0, 0], [0, 0, 4, 4]),
    "overlapping": ([5, 2, 1, 0], [1, 1, 2, 4]),
    "same": ([3, 1, 2, 2], [3, 1, 2, 2]),
}
"""How many of 8 data points and of 8 samples lie at each of four points."""


@pytest.mark.parametrize("name", DUELS)
def test_the_best_discriminator_s_value_is_the_margin_where_the_samples_are_like_the_data(name: str) -> None:
    """Lemma 1 and theorem 1: it gives 0 where data is more frequent and m where samples are, so that its value is
    m (1 - TV), which has its largest value, m, at p_g = p_data."""
    real, fake = (torch.tensor(counts) for counts in DUELS[name])
    points = torch.arange(4.0)
    players = Players(Always(points.repeat_interleave(fake)[:, None]), Table(4))
    batch = Images(points.repeat_interleave(real)[:, None])
    method = EBGAN(margin=2.5)
    energies = players.discriminator.energies
    optimizer = torch.optim.SGD([energies], lr=0.2)

    def value() -> Tensor:
        return torch.stack(list(method.discriminator_loss(players, batch).values())).sum()

    for _ in range(150):
        optimizer.zero_grad()
        value().backward()
        optimizer.step()
    apart = (real - fake).abs().sum().item() / 16  # total variation
    assert value().item() == pytest.approx(2.5 * (1 - apart), abs=0.03)
    found = energies.detach().clamp(min=0)
    for point in range(4):
        if real[point] != fake[point]:
            assert found[point].item() == pytest.approx(0.0 if real[point] > fake[point] else 2.5, abs=0.1)


def test_what_makes_no_sense_is_refused() -> None:
    for margin in (0.0, -1.0, float("nan")):
        with pytest.raises(UserError, match="margin must be above 0"):
            EBGAN(margin=margin)
    with pytest.raises(UserError, match="can't be negative"):
        EBGAN(repelling=-0.1)
    with pytest.raises(UserError, match="batch-size of at least 2"):
        EBGAN(repelling=0.1, batch_size=1)
