"""Where tensors live: the CPU, or an accelerator that torch knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from gankit.base.errors import UserError

ACCELERATORS = ("cuda", "xpu", "mps")
"""Kinds of accelerators, besides one of somebody's own that is registered with torch."""
PREFERRED = ("cuda", "xpu")
"""Those that `auto` takes. Apple's has no float64, which evaluations compute in, so it is taken by its name alone."""


def module_of(device: torch.device) -> Any:
    """What torch has for all devices of one kind, `torch.cuda` say."""
    return torch.get_device_module(device.type)


def pick_device(name: str) -> torch.device:
    """The device called `auto`, `cpu`, `cuda`, `xpu` or `mps`, or one of several as `cuda:1`.

    An accelerator becomes the current one of its kind, with float32 computed as such (`--precision tf32` says
    otherwise) and by kernels that repeat themselves, as far as there are such. `UserError` where it isn't there.
    """
    if name == "auto":
        name = next((kind for kind in PREFERRED if torch.get_device_module(kind).is_available()), "cpu")
    known = ", ".join(("auto", "cpu", *ACCELERATORS))
    unknown = UserError(f"unknown device {name!r}: take {known}, or one of several, as cuda:1")
    try:
        device = torch.device(name)
        if device.type == "cpu":
            return torch.device("cpu")
        if device.type not in (*ACCELERATORS, torch._C._get_privateuse1_backend_name()):
            raise unknown
        module = module_of(device)
    except RuntimeError:
        raise unknown from None
    count = module.device_count() if module.is_available() else 0
    if (device.index or 0) >= count:
        raise UserError(f"no device {name!r}: this machine has {count} {device.type.upper()} devices")
    if device.type == "mps":
        return torch.device("mps", 0)
    device = torch.device(device.type, module.current_device() if device.index is None else device.index)
    module.set_device(device.index)
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without which cuBLAS may sum in any order
        torch.backends.cudnn.deterministic = True
        _tensor_cores("ieee")
    return device


def _tensor_cores(rounding: str) -> None:
    parts: list[Any] = [torch.backends.cuda.matmul, getattr(torch.backends.cudnn, "conv")]  # noqa: B009
    for part in parts:
        part.fp32_precision = rounding


@contextmanager
def tf32(device: torch.device) -> Iterator[None]:
    """Products of float32 on a CUDA device are rounded to TF32's 10 bits for as long as this lasts."""
    if device.type == "cuda":
        _tensor_cores("tf32")
    try:
        yield
    finally:
        if device.type == "cuda":
            _tensor_cores("ieee")


@contextmanager
def full_float32(device: torch.device) -> Iterator[None]:
    """Float32 is computed as such for as long as this lasts, whatever the precision around it."""
    rounded = device.type == "cuda" and torch.backends.cudnn.conv.fp32_precision == "tf32"  # pyright: ignore
    if rounded:
        _tensor_cores("ieee")
    try:
        with torch.autocast(device.type, enabled=False):
            yield
    finally:
        if rounded:
            _tensor_cores("tf32")


@contextmanager
def repeatable(device: torch.device, *, fast: bool) -> Iterator[None]:
    """Have an accelerator compute the same bits every time for as long as this lasts; not where it is to be `fast`.

    Torch warns of an operation that has no such kernel. A CPU repeats itself anyhow.
    """
    if device.type == "cpu":
        yield
        return
    cudnn: Any = torch.backends.cudnn
    memory: Any = torch.utils.deterministic
    before = cudnn.deterministic, cudnn.benchmark, memory.fill_uninitialized_memory
    asked = torch.get_deterministic_debug_mode()
    cudnn.deterministic, cudnn.benchmark, memory.fill_uninitialized_memory = not fast, fast, False
    torch.use_deterministic_algorithms(not fast, warn_only=True)
    try:
        yield
    finally:
        cudnn.deterministic, cudnn.benchmark, memory.fill_uninitialized_memory = before
        torch.set_deterministic_debug_mode(asked)


def records(device: torch.device) -> bool:
    """Whether operations on `device` can be recorded as a graph, and launched as one."""
    return device.type != "cpu" and hasattr(module_of(device), "CUDAGraph")


def pins(device: torch.device) -> bool:
    """Whether copies to `device` may run beside the program, from memory of the host that is pinned."""
    return device.type not in ("cpu", "mps")


def sent(values: Tensor, device: torch.device) -> Tensor:
    """`values` on `device`, without waiting until they are there."""
    if values.device == device or not pins(device):
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)


def synchronize(device: torch.device) -> None:
    """Wait until `device` has done all that it was asked."""
    if device.type != "cpu":
        module_of(device).synchronize()
