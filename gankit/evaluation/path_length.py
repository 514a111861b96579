"""Perceptual path length: how far the picture moves for a small move of the latent.

Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", 2018. arXiv:1812.04948
(section 4.1, equation 2)
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.randomness import derive, seeded
from gankit.evaluation.estimate import Estimate
from gankit.game import Generator
from gankit.game.prior import Normal

EPSILON = 1e-4
DISCARDED = 0.01
"""Share of the shortest, and of the longest, path lengths left out, as in the released code."""
FEWEST_PATHS = 100


def slerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """The great circle from latents `a` [n, d] to `b` [n, d] at `t` (a number, or [n, 1]); lengths are interpolated.

    Shoemake, "Animating Rotation with Quaternion Curves", 1985. doi:10.1145/325165.325242
    """
    lengths = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    x, y = a / lengths[0], b / lengths[1]
    angle = (x * y).sum(1, keepdim=True).clamp(-1 + 1e-6, 1 - 1e-6).acos()
    direction = (((1 - t) * angle).sin() * x + (t * angle).sin() * y) / angle.sin()
    return direction * ((1 - t) * lengths[0] + t * lengths[1])


def path_length(
    generator: Generator,
    features: Callable[[Tensor], Tensor],
    *,
    n: int = 2000,
    epsilon: float = EPSILON,
    seed: int = 0,
) -> Estimate:
    """E d(G(z_t), G(z_(t + epsilon))) / epsilon^2 between random pairs of latents, t uniform on [0, 1].

    d is the squared distance of `features`, [n, k] of what the generator makes; the paper's are of LPIPS. Paths
    follow great circles for a Gaussian prior and straight lines for any other. Both ends have the same label.
    """
    if n < FEWEST_PATHS:
        raise UserError(f"a path length needs at least {FEWEST_PATHS} paths, not {n}")
    between = slerp if isinstance(generator.prior, Normal) else torch.lerp
    lengths: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, n, 250):
            count = min(250, n - start)
            with seeded(generator.device, derive(seed, "path", start)):
                a, b = (generator.prior.draw(count).to(generator.device) for _ in range(2))
                t = torch.rand(count, 1).to(a.device)
                labels = generator.draw_labels(count, "cpu").to(a.device) if generator.classes else None
                ends = (features(generator(between(a, b, end), labels)).double() for end in (t, t + epsilon))
                first, second = ends
            lengths.append((first - second).square().sum(1) / epsilon**2)
    ordered = torch.cat(lengths).sort().values
    cut = int(DISCARDED * n)
    return Estimate.of(ordered[cut : n - cut])
