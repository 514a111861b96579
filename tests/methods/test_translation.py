"""pix2pix and CycleGAN: their losses by hand, their ablations, their memory, and that they learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.data import Batches, Pack, images, open_data
from gankit.data.sides.opening import open_two_sides
from gankit.game import Players, Translator
from gankit.game.batch import Batch, DataSpec, Paired, Unpaired
from gankit.game.optimizers import Adam
from gankit.methods.cyclegan import BothWays, CycleGAN
from gankit.methods.pix2pix import Pix2Pix
from gankit.networks import ResNetNetwork, UNetNetwork
from gankit.training.state import State

DATA = DataSpec(shape=(1, 8, 8), other_shape=(2, 8, 8), aligned=True)
LIKE = DataSpec(shape=(1, 8, 8), other_shape=(1, 8, 8))
PIX = Pix2Pix(network=UNetNetwork(width=4, discriminator_width=4), batch_size=3)
CYCLE = CycleGAN(network=ResNetNetwork(width=4, blocks=1, discriminator_width=4), batch_size=3, pool=6)


def drawn(kind: type[Batch], data: DataSpec, n: int = 3) -> Any:
    assert data.other_shape is not None
    return kind(torch.rand(n, *data.shape) * 2 - 1, torch.rand(n, *data.other_shape) * 2 - 1)  # type: ignore[call-arg]


class Blur(Translator):
    """A translator without chance: so much of the image, in so many channels."""

    def __init__(self, share: float, channels: int) -> None:
        super().__init__()
        self.share, self.channels = nn.Parameter(torch.tensor(share)), channels

    def forward(self, images: Tensor, *, backwards: bool = False) -> Tensor:
        return self.share * images.mean(1, keepdim=True).expand(-1, self.channels, -1, -1)


class Mean(nn.Module):
    """A discriminator whose score is the mean of all it sees."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean((1, 2, 3))


def test_pix2pix_s_losses_by_hand() -> None:
    torch.manual_seed(0)
    batch = drawn(Paired, DATA)
    players = Players(Blur(0.5, 2), Mean(), made=torch.zeros(3, 2, 8, 8))
    terms = PIX.generator_loss(players, batch)
    fake = 0.5 * batch.images.expand(-1, 2, -1, -1)
    score = torch.cat([batch.images, fake], 1).mean((1, 2, 3))
    assert terms["l1"].item() == pytest.approx(100 * (fake - batch.target).abs().mean().item())
    assert terms["non-saturating"].item() == pytest.approx(-score.sigmoid().log().mean().item())
    assert torch.equal(players.made, fake)  # type: ignore[arg-type]
    terms = PIX.discriminator_loss(players, batch)
    real = torch.cat([batch.images, batch.target], 1).mean((1, 2, 3))
    assert terms["real"].item() == pytest.approx(-real.sigmoid().log().mean().item() / 2)
    assert terms["fake"].item() == pytest.approx(-(1 - score.sigmoid()).log().mean().item() / 2)
    alone = replace(PIX, conditional=False).discriminator_loss(players, batch)
    assert alone["real"].item() == pytest.approx(-batch.target.mean((1, 2, 3)).sigmoid().log().mean().item() / 2)


def test_pix2pix_s_ablations() -> None:
    torch.manual_seed(0)
    batch = drawn(Paired, DATA)
    cases = {"l1": {"adversarial": 0.0}, "non-saturating": {"l1": 0.0}}
    for term, fields in cases.items():
        method = replace(PIX, **fields)
        assert list(method.generator_loss(method.players(DATA), batch)) == [term]
    assert [turn.player for turn in PIX.turns()] == ["generator", "discriminator"]
    assert [turn.player for turn in replace(PIX, adversarial=0.0).turns()] == ["generator"]
    inputs = {flag: replace(PIX, conditional=flag).players(DATA).discriminator[0].in_channels for flag in (True, False)}
    assert inputs == {True: 3, False: 2}


def test_a_pair_is_jittered_as_one() -> None:
    torch.manual_seed(0)
    same = torch.rand(3, 1, 8, 8)
    seen = PIX.prepared(Paired(same, torch.cat([same, same], 1)))
    assert not torch.equal(seen.images, same)
    assert torch.equal(seen.target, seen.images.expand(-1, 2, -1, -1))
    apart = CYCLE.prepared(Unpaired(same, same))
    assert not torch.equal(apart.images, apart.other)
    plain = replace(PIX, jitter=1.0, mirror=False).prepared(Paired(same, same))
    assert torch.equal(plain.images, same)


def test_cyclegan_s_losses_by_hand() -> None:
    torch.manual_seed(0)
    batch = drawn(Unpaired, LIKE)
    a, b = batch.images, batch.other
    made = {f"made_{side}": torch.zeros(3, 1, 8, 8) for side in ("first", "second")}
    generator = BothWays(Blur(0.5, 1), Blur(3.0, 1))
    players = Players(generator, nn.ModuleDict({"first": Mean(), "second": Mean()}), **made)
    method = replace(CYCLE, pool=0)
    terms = {name: term.item() for name, term in method.generator_loss(players, batch).items()}
    assert terms["adversarial_there"] == pytest.approx(((0.5 * a).mean((1, 2, 3)) - 1).square().mean().item())
    assert terms["adversarial_back"] == pytest.approx(((3 * b).mean((1, 2, 3)) - 1).square().mean().item())
    assert terms["cycle_there"] == pytest.approx(10 * F.l1_loss(1.5 * a, a).item(), rel=1e-4)
    assert terms["cycle_back"] == pytest.approx(10 * F.l1_loss(1.5 * b, b).item(), rel=1e-4)
    assert terms["identity_there"] == pytest.approx(5 * F.l1_loss(0.5 * b, b).item(), rel=1e-4)
    assert terms["identity_back"] == pytest.approx(5 * F.l1_loss(3 * a, a).item(), rel=1e-4)
    terms = {name: term.item() for name, term in method.discriminator_loss(players, batch).items()}
    assert terms["real_first"] == pytest.approx((a.mean((1, 2, 3)) - 1).square().mean().item() / 2)
    assert terms["fake_first"] == pytest.approx((3 * b).mean((1, 2, 3)).square().mean().item() / 2)
    assert terms["real_second"] == pytest.approx((b.mean((1, 2, 3)) - 1).square().mean().item() / 2)
    assert terms["fake_second"] == pytest.approx((0.5 * a).mean((1, 2, 3)).square().mean().item() / 2)


def test_cyclegan_s_ablations() -> None:
    torch.manual_seed(0)
    batch = drawn(Unpaired, LIKE)

    def terms(data: DataSpec = LIKE, **fields: float) -> set[str]:
        method = replace(CYCLE, **fields)
        given = batch if data is LIKE else drawn(Unpaired, data)
        return {name.split("_")[0] for name in method.generator_loss(method.players(data), given)}

    assert terms() == {"adversarial", "cycle", "identity"}
    assert terms(cycle=0.0) == {"adversarial"}
    assert terms(adversarial=0.0, identity=0.0) == {"cycle"}
    assert terms(DATA) == {"adversarial", "cycle"}  # a picture of two channels is no picture of one
    assert [turn.player for turn in replace(CYCLE, adversarial=0.0).turns()] == ["generator"]


def test_the_pools_hold_what_was_made_and_show_it_again() -> None:
    torch.manual_seed(0)
    method = replace(CYCLE, batch_size=1, pool=4)
    players = method.players(LIKE)
    seen: list[Tensor] = []
    made: list[Tensor] = []
    players.discriminator["second"].register_forward_pre_hook(lambda module, given: seen.append(given[0].clone()))
    for _ in range(40):
        batch = drawn(Unpaired, LIKE, 1)
        with torch.no_grad():
            method.generator_loss(players, batch)
            made.append(players.made_second.clone())  # type: ignore[operator]
            seen.clear()
            method.discriminator_loss(players, batch)
        assert any(torch.equal(seen[1], one) for one in made)
    pool: Any = players.pool_second
    assert all(any(torch.equal(one, kept[None]) for one in made) for kept in pool)
    assert players.held_second == 4


@pytest.fixture(scope="module")
def turned() -> Pack:
    return open_two_sides("digits", aligned=True, pair="rotate")


@pytest.mark.long
def test_pix2pix_learns_to_turn_digits(turned: Pack) -> None:
    fast = Adam(lr=2e-3)
    network = UNetNetwork(width=16, discriminator_width=8)
    method = Pix2Pix(
        network=network, batch_size=16, jitter=1.0, mirror=False, generator_optimizer=fast, discriminator_optimizer=fast
    )
    assert error(method, turned, 120) < 0.5 * error(method, turned, 0)


def error(method: Any, pack: Pack, steps: int) -> float:
    """The mean absolute error of 200 translations after so many steps."""
    state = State(method, pack.spec, ema=0.9)
    batches = Batches(pack, method.batch_type, method.batch_size, seed=0)
    for _ in range(steps):
        state.advance(batches)
    assert pack.other is not None
    given, wanted = (images(side, torch.arange(200)) for side in (pack, pack.other))
    with torch.no_grad():
        return F.l1_loss(state.average.module(given), wanted).item()


@pytest.mark.long
def test_cyclegan_learns_the_way_there_and_back() -> None:
    """Black on white to white on black, without pairs: a change that the adversary asks for and the cycle keeps."""
    pack = open_data("digits")
    dark, light = replace(pack, values=pack.values[:800]), replace(pack, values=255 - pack.values[800:])
    spec = replace(pack.spec, other_shape=pack.spec.shape)
    both = replace(dark, spec=spec, other=light)
    fast = Adam(lr=1e-3)
    method = replace(
        CYCLE,
        network=ResNetNetwork(width=8, blocks=1, discriminator_width=8),
        identity=0.0,
        jitter=1.0,
        mirror=False,
        batch_size=8,
        pool=16,
        generator_optimizer=fast,
        discriminator_optimizer=fast,
    )
    state = State(method, spec, ema=0.9)
    batches = Batches(both, Unpaired, 8, seed=0)
    for _ in range(150):
        state.advance(batches)
    given = images(dark, torch.arange(100))
    with torch.no_grad():
        made = state.average.module(given)
        back = state.average.module(made, backwards=True)
    assert F.l1_loss(made, -given) < 0.5 * F.l1_loss(given, -given)
    assert F.l1_loss(back, given) < 0.5 * F.l1_loss(made, given)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (Pix2Pix, {"l1": -1.0}, "can't be negative"),
        (Pix2Pix, {"l1": 0.0, "adversarial": 0.0}, "can't both be 0"),
        (Pix2Pix, {"jitter": 0.5}, "jitter must be at least 1, not 0.5"),
        (CycleGAN, {"cycle": 0.0, "adversarial": 0.0}, "can't both be 0"),
        (CycleGAN, {"identity": -1.0}, "can't be negative"),
        (CycleGAN, {"pool": 2, "batch_size": 4}, "smaller than the batch"),
    ],
)
def test_bad_fields_are_refused(kind: Any, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        kind(**fields)
