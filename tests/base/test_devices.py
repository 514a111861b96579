"""Devices by name, and how CUDA's would compute, as far as that can be told without one."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import gankit
from gankit.base import devices
from gankit.base.devices import full_float32, pick_device, tf32
from gankit.training.precision import products, resolve

CUDA = torch.device("cuda", 0)


def rounding() -> tuple[str, str]:
    convolution: Any = getattr(torch.backends.cudnn, "conv")  # noqa: B009
    product: Any = torch.backends.cuda.matmul
    return convolution.fp32_precision, product.fp32_precision


@pytest.fixture
def float32_as_such() -> Any:
    before = rounding()
    devices._tensor_cores("ieee")
    yield
    convolution: Any = getattr(torch.backends.cudnn, "conv")  # noqa: B009
    convolution.fp32_precision = before[0]
    torch.backends.cuda.matmul.fp32_precision = before[1]


@pytest.mark.usefixtures("float32_as_such")
def test_tf32_lasts_as_long_as_it_is_asked_for_and_penalties_are_without_it() -> None:
    assert rounding() == ("ieee", "ieee")
    with products("tf32", CUDA):
        assert rounding() == ("tf32", "tf32")
        with full_float32(CUDA):
            assert rounding() == ("ieee", "ieee")
        assert rounding() == ("tf32", "tf32")
    assert rounding() == ("ieee", "ieee")
    with pytest.raises(ZeroDivisionError), tf32(CUDA):
        raise ZeroDivisionError
    assert rounding() == ("ieee", "ieee")
    with products("fp32", CUDA), products("bf16", CUDA), products("tf32", torch.device("cpu")):
        assert rounding() == ("ieee", "ieee")


def test_a_device_without_tf32_refuses_it() -> None:
    with pytest.raises(gankit.UserError, match=r"cpu has no TF32.*: take --precision fp32 or bf16"):
        resolve("tf32", torch.device("cpu"))


@pytest.mark.parametrize("name", ["cuda", "cuda:1", "xpu", "mps"])
def test_a_device_that_is_not_there_is_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = torch.get_device_module(name.split(":")[0])
    monkeypatch.setattr(module, "is_available", lambda: False)
    with pytest.raises(gankit.UserError, match=f"no device '{name}': this machine has 0"):
        pick_device(name)


@pytest.mark.parametrize("name", ["tpu", "meta", "cuda:x", ""])
def test_an_unknown_device_is_one_line(name: str) -> None:
    with pytest.raises(gankit.UserError, match=r"unknown device .*: take auto, cpu, cuda, xpu, mps, or one of several"):
        pick_device(name)


def test_auto_takes_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in devices.PREFERRED:
        monkeypatch.setattr(torch.get_device_module(kind), "is_available", lambda: False)
    assert pick_device("auto") == pick_device("cpu") == torch.device("cpu")
