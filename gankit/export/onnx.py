"""Graphs as ONNX files, in float or with weights of 8 bits, and what onnxruntime makes of them."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.export.graph import Graph

REMEDY = how_to_install("export")
OPSET = 20
SMALL = 1024
"""Weights of a layer up to which 8 bits save nothing worth having."""


def needs(*modules: str) -> list[Any]:
    """The `modules` of the extra. Raises `UserError` where one is missing or does not work."""
    found = []
    for name in modules:
        try:
            found.append(import_module(name))
        except ModuleNotFoundError as error:
            raise UserError(f"{error.name} is not installed: {REMEDY}") from None
        except Exception as error:  # a package whose libraries do not load, say
            raise UserError(f"{name} is installed and does not work ({error}): {REMEDY} anew") from error
    return found


def onnx_bytes(
    graph: Graph, program: torch.export.ExportedProgram, card: dict[str, Any], *, int8: bool = False
) -> bytes:
    """The file of `graph`, which was traced as `program`; its metadata hold `card`.

    With `int8` large weights are kept in 8 bits, one scale for each output channel, and computed with in float.
    """
    needs("onnx", "onnxscript")
    with _quiet():
        exported = torch.onnx.export(
            program,
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=[port.name for port in graph.inputs],
            output_names=[graph.output.name],
        )
    assert exported is not None
    model = exported.model_proto
    _name_sides(model, graph)
    if int8:
        _quantise(model)
    for key, value in {"gankit": json.dumps(card), "title": str(card.get("title", ""))}.items():
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString()


def run_onnx(content: bytes, inputs: tuple[Tensor, ...]) -> Tensor:
    """What the ONNX file `content` makes of `inputs` through onnxruntime."""
    (runtime,) = needs("onnxruntime")
    settings = runtime.SessionOptions()
    settings.log_severity_level = 4  # an error is raised, and that is enough of it
    try:
        session = runtime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
        names = [port.name for port in session.get_inputs()]
        feeds = {name: value.numpy() for name, value in zip(names, inputs, strict=True)}
        return torch.from_numpy(session.run(None, feeds)[0])
    except Exception as error:  # onnxruntime's exceptions have no common base
        raise UserError(f"onnxruntime can't run what was exported: {str(error).splitlines()[0]}") from error


def _name_sides(model: Any, graph: Graph) -> None:
    """Give the free sides of what goes in and comes out the names that `graph` has for them."""
    ports = zip([*model.graph.input, model.graph.output[0]], [*graph.inputs, graph.output], strict=True)
    for value, port in ports:
        for side, length in zip(value.type.tensor_type.shape.dim, port.shape, strict=True):
            if isinstance(length, str):
                side.dim_param = length


def _quantise(model: Any) -> None:
    """Keep the large weights of `model` as int8, with a scale for each output of their layer."""
    helper, numpy_helper = needs("onnx.helper", "onnx.numpy_helper")
    axes = _output_axes(model)
    for tensor in list(model.graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2 or values.size <= SMALL or tensor.name not in axes:
            continue
        axis = axes[tensor.name]
        rest = tuple(side for side in range(values.ndim) if side != axis)
        scale = np.maximum(np.abs(values).max(rest), np.finfo(np.float32).tiny).astype(np.float32) / 127
        shape = [-1 if side == axis else 1 for side in range(values.ndim)]
        whole = np.rint(values / scale.reshape(shape)).clip(-127, 127).astype(np.int8)
        name = tensor.name
        model.graph.initializer.remove(tensor)
        for part, content in {"int8": whole, "scale": scale}.items():
            model.graph.initializer.append(numpy_helper.from_array(content, f"{name}.{part}"))
        node = helper.make_node("DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name], axis=axis)
        model.graph.node.insert(0, node)


def _output_axes(model: Any) -> dict[str, int]:
    """The axis of a layer's outputs in each weight that a layer takes."""
    axes = {}
    for node in model.graph.node:
        if node.op_type in ("Conv", "ConvTranspose", "Gemm", "MatMul") and len(node.input) > 1:
            transposed = any(a.name == "transB" and a.i for a in node.attribute)
            axes[node.input[1]] = {"Conv": 0, "ConvTranspose": 1, "MatMul": 1}.get(node.op_type, 0 if transposed else 1)
    return axes


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks from the user's terminal."""
    loggers = {logging.getLogger(name) for name in ("torch", "torch.onnx", "onnxscript", "onnx_ir")}
    levels = {logger: logger.level for logger in loggers}
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)
