"""Which number format a turn computes in, and where memory lies channels last."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal

import torch
from torch import nn

from gankit.base.errors import UserError

Precision = Literal["auto", "fp32", "bf16"]


def pick_device(name: str) -> torch.device:
    """The device called `auto`, `cpu`, `cuda` or `cuda:N`."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UserError(f"unknown device {name!r}: take auto, cpu or cuda") from None
    if device.type not in ("cpu", "cuda"):
        raise UserError(f"unknown device {name!r}: take auto, cpu or cuda")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"no device {name!r}: this machine has {torch.cuda.device_count()} CUDA devices")
    return device


def has_bf16(device: torch.device) -> bool:
    """Whether the hardware multiplies in bfloat16, so that it is faster and not only narrower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def resolve(precision: Precision, device: torch.device) -> Literal["fp32", "bf16"]:
    """`auto` becomes bf16 where the hardware has it."""
    if precision == "auto":
        return "bf16" if has_bf16(device) else "fp32"
    return precision


def autocast(precision: Literal["fp32", "bf16"], device: torch.device) -> AbstractContextManager[object]:
    """A reusable context: matrix products and convolutions in bf16, or nothing changed."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def channels_last(module: nn.Module) -> nn.Module:
    """Lay the kernels of convolutions channels last, as the fast kernels for images want them."""
    if any(parameter.dim() == 4 for parameter in module.parameters()):
        module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return module
