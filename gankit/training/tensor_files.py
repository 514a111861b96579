"""Tensors as a safetensors file, piece by piece: the bytes of `safetensors.torch.save`, without a copy of them all.

https://github.com/huggingface/safetensors, "Format"
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

ALIGNED = 8
"""Bytes of which the header is a multiple."""
KINDS = {
    torch.bool: "BOOL",
    torch.uint8: "U8",
    torch.int8: "I8",
    torch.int16: "I16",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int32: "I32",
    torch.float32: "F32",
    torch.float64: "F64",
    torch.int64: "I64",
}
"""What types are called there; in a file the last come first, and those of one type by name."""


def pieces(tensors: Mapping[str, Tensor]) -> Iterator[bytes | memoryview]:
    """The content of a file that holds `tensors`, which lie on the CPU: its header, and each tensor's bytes."""
    ranks = {kind: rank for rank, kind in enumerate(KINDS)}
    names = sorted(tensors, key=lambda name: (-ranks[tensors[name].dtype], name))
    stated, end = {}, 0
    for name in names:
        start, end = end, end + tensors[name].nbytes
        stated[name] = {
            "dtype": KINDS[tensors[name].dtype],
            "shape": list(tensors[name].shape),
            "data_offsets": [start, end],
        }
    header = json.dumps(stated, separators=(",", ":"), ensure_ascii=False).encode()
    header += b" " * (-len(header) % ALIGNED)
    yield len(header).to_bytes(8, "little") + header
    for name in names:
        yield tensors[name].contiguous().reshape(-1).view(torch.uint8).numpy().data
