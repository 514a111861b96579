"""A step of pix2pix at 256 and of CycleGAN at 128, batch 1, beside the loop of the usual implementations.

The reference has the same layers in NCHW and fp32, with torch's own instance norm and default Adam. As those loops
do, it translates once a step, keeps the discriminators' gradients off in the translators' turn, and reads its losses.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from measure import Compared, compared, peak_memory
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.data import Batches
from gankit.data.pack import Pack, Report
from gankit.game import Method
from gankit.game.batch import DataSpec
from gankit.methods.cyclegan import CycleGAN
from gankit.methods.pix2pix import Pix2Pix
from gankit.networks.translator_parts import InstanceNorm
from gankit.training.memory import keep_freed_memory
from gankit.training.precision import resolve
from gankit.training.state import State

CPU = torch.device("cpu")


def rows(scratch: Path, blocks: int) -> Iterator[Compared]:
    for name, side in SIDES.items():
        memory = [
            peak_memory(ALONE.format(folder=Path(__file__).parent, kind=kind, name=name, side=side))[0]
            for kind in ("ours", "plain")
        ]
        yield compared(
            f"{name} {side}x{side}, batch 1",
            ours(name, side),
            plain(name, side),
            blocks=blocks,
            target=2.0,
            memory=(memory[0], memory[1]),
        )


ALONE = """
import sys
sys.path.insert(0, "{folder}")
import translators
step = translators.{kind}("{name}", {side})
for _ in range(4):
    step()
"""
METHODS: dict[str, Method[Any]] = {"pix2pix": Pix2Pix(), "cyclegan": CycleGAN()}
SIDES = {"pix2pix": 256, "cyclegan": 128}


def ours(name: str, side: int) -> Callable[[], object]:
    keep_freed_memory()
    method, data = METHODS[name], noise(side)
    state = State(method, data.spec, precision=resolve("auto", CPU), ema=0.0)
    batches = Batches(data, method.batch_type, method.batch_size, seed=0)
    return lambda: state.advance(batches)


def noise(side: int, n: int = 8) -> Pack:
    """Two sides of `n` images of noise."""
    spec = DataSpec(shape=(3, side, side), other_shape=(3, side, side), aligned=True)
    values = [torch.randint(0, 256, (n, side, side, 3), dtype=torch.uint8) for _ in range(2)]
    other = Pack("noise", DataSpec(shape=spec.shape), values[1], None, "", "", Report())
    return Pack("noise", spec, values[0], None, "", "", Report(), other=other)


def plain(name: str, side: int) -> Callable[[], object]:
    data = noise(side)
    players = METHODS[name].players(data.spec)
    for module in list(players.modules()):
        for key, child in module.named_children():
            if isinstance(child, InstanceNorm):
                setattr(module, key, nn.InstanceNorm2d(child.num_channels, affine=True))
    assert data.other is not None
    sides = [pack.values.permute(0, 3, 1, 2).contiguous().float().div(127.5).sub(1) for pack in (data, data.other)]
    optimizers = [torch.optim.Adam(player.parameters(), lr=2e-4, betas=(0.5, 0.999)) for player in players]
    turn = pix2pix if name == "pix2pix" else cyclegan

    def step() -> None:
        chosen = random.randrange(len(sides[0]))
        given, wanted = (jitter(images[chosen : chosen + 1]) for images in sides)
        for loss in turn(players.generator, players.discriminator, given, wanted, optimizers):
            loss.item()

    return step


def jitter(image: Tensor) -> Tensor:
    side = image.shape[-1]
    large = F.interpolate(image, (side * 286 // 256,) * 2, mode="bicubic")
    return large[..., 15 : 15 + side, 15 : 15 + side].contiguous()


def pix2pix(generator: Any, discriminator: Any, given: Tensor, wanted: Tensor, optimizers: list[Any]) -> list[Tensor]:
    judge = F.binary_cross_entropy_with_logits
    fake = generator(given)
    discriminator.requires_grad_(True)
    optimizers[1].zero_grad()
    scores = [discriminator(torch.cat([given, shown], 1)) for shown in (wanted, fake.detach())]
    first = (judge(scores[0], torch.ones_like(scores[0])) + judge(scores[1], torch.zeros_like(scores[1]))) / 2
    first.backward()
    optimizers[1].step()
    discriminator.requires_grad_(False)
    optimizers[0].zero_grad()
    score = discriminator(torch.cat([given, fake], 1))
    terms = [judge(score, torch.ones_like(score)), 100 * F.l1_loss(fake, wanted)]
    sum(terms, torch.zeros(())).backward()
    optimizers[0].step()
    return [first, *terms]


def cyclegan(generator: Any, discriminator: Any, given: Tensor, wanted: Tensor, optimizers: list[Any]) -> list[Tensor]:
    there, back = generator.there, generator.back
    fakes = {"second": there(given), "first": back(wanted)}
    discriminator.requires_grad_(False)
    optimizers[0].zero_grad()
    terms = [5 * F.l1_loss(there(wanted), wanted), 5 * F.l1_loss(back(given), given)]
    for side, fake in fakes.items():
        score = discriminator[side](fake)
        terms.append(F.mse_loss(score, torch.ones_like(score)))
    terms += [10 * F.l1_loss(back(fakes["second"]), given), 10 * F.l1_loss(there(fakes["first"]), wanted)]
    sum(terms, torch.zeros(())).backward()
    optimizers[0].step()
    discriminator.requires_grad_(True)
    optimizers[1].zero_grad()
    for side, real in (("first", given), ("second", wanted)):
        scores = discriminator[side](real), discriminator[side](fakes[side].detach())
        loss = (F.mse_loss(scores[0], torch.ones_like(scores[0])) + scores[1].square().mean()) / 2
        loss.backward()
        terms.append(loss)
    optimizers[1].step()
    return terms
