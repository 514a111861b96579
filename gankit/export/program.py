"""Graphs as `torch.export` programs: a .pt2 that `torch.export.load` runs without gankit."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from gankit.export.graph import Graph

CARD = "card.json"


def program_of(graph: Graph) -> torch.export.ExportedProgram:
    """`graph` traced, for any number of samples and, where it takes pictures, any size of them."""
    with _quiet(), torch.no_grad():
        return torch.export.export(
            graph, graph.examples(3), dynamic_shapes={"inputs": tuple(port.free for port in graph.inputs)}
        )


def program_bytes(program: torch.export.ExportedProgram, card: dict[str, Any]) -> bytes:
    """The file of `program`, with what there is to say of it as `card.json`."""
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={CARD: json.dumps(card, indent=1)})
    return file.getvalue()


def run_program(content: bytes, inputs: tuple[Tensor, ...]) -> Tensor:
    """What the program in a file makes of `inputs`."""
    with _quiet(), torch.no_grad():
        return torch.export.load(io.BytesIO(content)).module()(*inputs)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch's own remarks on what it has installed from the user's terminal."""
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
