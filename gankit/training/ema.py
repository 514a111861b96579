"""The generator's running average, which makes better samples than its last weights.

Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2018. arXiv:1806.04498
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from gankit.game import Generator, Translator

WARM_UP = 0.05
"""Share of the images seen so far in which the average forgets half at the most, where it goes by images."""


class Average:
    """A frozen copy of `module` whose weights trail it by an exponential moving average; `module` itself for a
    decay of 0, which takes no memory.

    Where `half_life` is not 0 the decay goes by the images seen: the average forgets half in so many, but at first in
    a twentieth of those seen so far (Karras et al. 2020, arXiv:2006.06676, the released code).
    """

    def __init__(self, module: Generator | Translator, decay: float, half_life: int = 0) -> None:
        self.decay = decay
        self.half_life = half_life
        self._module = copy.deepcopy(module).requires_grad_(False) if decay else module
        pairs = zip(_floats(self._module), _floats(module), strict=True)
        self._own, self._source = (list(side) for side in zip(*pairs, strict=True))
        rest = zip(self._module.buffers(), module.buffers(), strict=True)
        self._copied = [(own, source) for own, source in rest if not own.is_floating_point()]

    @property
    def module(self) -> Any:
        """The average generator in evaluation mode."""
        return self._module.eval()

    @torch.no_grad()
    def update(self, step: int, *, images: int, new: int) -> None:
        """Move towards the module after generator step `step` (from 0), fast at first, then by 1 - decay; `images` were
        seen by then, `new` of them in this step."""
        if not self.decay:
            return
        if self.half_life:
            decay = 0.5 ** (new / min(self.half_life, max(images, 1) * WARM_UP))
        else:
            decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._own, self._source, 1 - decay)
        for own, source in self._copied:
            own.copy_(source)


def _floats(module: nn.Module) -> list[torch.Tensor]:
    tensors = [*module.parameters(), *module.buffers()]
    return [tensor.detach() for tensor in tensors if tensor.is_floating_point()]
