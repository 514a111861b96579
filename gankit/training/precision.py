"""Which number format a turn computes in, and where memory lies channels last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal

import torch
from torch import nn

from gankit.base.devices import tf32
from gankit.base.errors import UserError

Format = Literal["fp32", "bf16", "tf32"]
"""What products are computed in; sums, weights and penalties are float32 in all of them."""
Precision = Literal["auto", "fp32", "bf16", "tf32"]


def has_bf16(device: torch.device) -> bool:
    """Whether the hardware multiplies in bfloat16, so that it is faster and not only narrower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "xpu":
        return torch.xpu.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def has_tf32(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.is_tf32_supported()


def resolve(precision: Precision, device: torch.device) -> Format:
    """`auto` becomes bf16 where the hardware has it. Raises `UserError` for tf32 where it has no such thing."""
    if precision == "auto":
        return "bf16" if has_bf16(device) else "fp32"
    if precision == "tf32" and not has_tf32(device):
        raise UserError(f"{device} has no TF32, which CUDA devices have from Ampere on: take --precision fp32 or bf16")
    return precision


def autocast(precision: Format, device: torch.device) -> AbstractContextManager[object]:
    """A reusable context: matrix products and convolutions in bf16, or nothing changed."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


@contextmanager
def products(precision: Format, device: torch.device) -> Iterator[None]:
    """Products of float32 rounded to TF32, backwards as well, where that is the `precision`."""
    if precision != "tf32":
        yield
        return
    with tf32(device):
        yield


def channels_last(module: nn.Module) -> nn.Module:
    """Lay the kernels of convolutions channels last, as the fast kernels for images want them."""
    if any(parameter.dim() == 4 for parameter in module.parameters()):
        module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return module
