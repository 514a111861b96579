"""Tensors are written piece by piece as safetensors itself writes them."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor

from gankit.training.tensor_files import KINDS, pieces

MANY = {
    "b": torch.randn(3, 5),
    "a.ü\"'": torch.randn(2, 0, 4),
    "scalar": torch.tensor(7),
    "last": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
    "part": torch.arange(20)[::2],
    **{str(kind): torch.ones(3, dtype=kind) for kind in KINDS},
}


@pytest.mark.parametrize("tensors", [MANY, {}, {"n": torch.tensor(True)}])
def test_the_bytes_are_those_of_safetensors(tensors: dict[str, Tensor]) -> None:
    content = b"".join(pieces(tensors))
    assert content == save({name: value.contiguous() for name, value in tensors.items()})
    assert all(torch.equal(value, tensors[name]) for name, value in load(content).items())


def test_no_tensor_is_copied() -> None:
    tensor = torch.zeros(4)
    _, piece = pieces({"t": tensor})
    tensor[0] = 1
    assert bytes(piece) == tensor.numpy().tobytes()
