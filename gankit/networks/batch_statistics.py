"""The running statistics of batch norms, taken anew."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


@torch.no_grad()
def recalibrate(network: nn.Module, look: Callable[[], object]) -> nn.Module:
    """`network` in evaluation mode, its batch norms' running statistics those of the one batch that `look` shows it.

    Without batch norms it stays as it is, and `look` is not called.
    """
    network.eval()
    norms = [part for part in network.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    if norms:
        look()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return network.eval()
