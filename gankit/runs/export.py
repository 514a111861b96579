"""A run as files that need no gankit, each held against the run on the spot."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from gankit.base.errors import UserError, warn
from gankit.base.files import new_folder, refuse_filled, write_bytes
from gankit.base.text import plural
from gankit.export.graph import BYTE, Graph, graph_of
from gankit.export.onnx import needs, onnx_bytes, run_onnx
from gankit.export.program import program_bytes, program_of, run_program
from gankit.export.space import MODEL, fill_space
from gankit.export.web import MAXIMUM, write_page
from gankit.pictures.samples import Samples
from gankit.runs.directory import METHOD, inside
from gankit.runs.evaluate import evaluate
from gankit.runs.facts import facts_of
from gankit.runs.publish import write_published
from gankit.runs.run import Run, Weights, load

Form = Literal["onnx", "torch", "safetensors", "web", "space"]
SUFFIXES: dict[Form, str] = {"onnx": ".onnx", "torch": ".pt2", "safetensors": "", "web": "", "space": ""}
"""What a file of a form is called; those without are folders."""
TOLERANCE = 1e-3
"""The largest difference, of values that span 1, up to which an exported graph counts as the run's own."""
SCORED = 2000
"""Samples that the distances of 8 bits and of float are found with."""


def export(
    run: Run | str | os.PathLike[str],
    to: Form = "onnx",
    *,
    out: str | os.PathLike[str] | None = None,
    uint8: bool = False,
    int8: bool = False,
    backwards: bool = False,
    weights: Weights = "average",
    trust: bool = False,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Write the generator or translator of `run` as `to`, and return where.

    onnx: one .onnx file. torch: a .pt2 that `torch.export.load` runs. safetensors: a folder with the weights and
    config.json, which `gankit.load` opens and `gankit push` sends. web: a folder whose index.html samples in a browser,
    offline. space: a folder whose app.py shows the run's page of `gankit studio` to everybody, as a Space of the hub.

    Any number of samples, and of a translator any size. Images are float in [0, 1], or with `uint8` whole from 0 to
    255; `int8` keeps the weights of an .onnx or a page in 8 bits, and says what that costs. `backwards` is a
    translator's other way. By default it is written into the run's folder `export`.

    Raises `UserError` where that can't be done, or where what was written does not compute what the run does.
    """
    if to not in SUFFIXES:
        raise UserError(f"there is no form {to!r}: take {', '.join(SUFFIXES)}")
    if int8 and to not in ("onnx", "web"):
        raise UserError(f"8 bits are for onnx and web, not for {to}")
    run = run if isinstance(run, Run) else load(run, trust=trust)
    say = say or warn
    path = Path(out) if out else run.directory / "export" / f"{run.directory.resolve().name}{SUFFIXES[to]}"
    if not SUFFIXES[to] and not out:
        path = path.with_name(to)
    inside(run.directory, path)
    if SUFFIXES[to] and path.suffix != SUFFIXES[to]:
        raise UserError(f"{to} is written to a file {SUFFIXES[to]}, not to {path}")
    if to in ("onnx", "web"):
        needs("onnx", "onnxscript", "onnxruntime")
    if to in ("safetensors", "space"):
        if uint8 or backwards:
            raise UserError(f"uint8 and backwards are for graphs; {to} holds the weights alone")
        return (write_published if to == "safetensors" else _write_space)(run, path, weights=weights)
    network, step = (run.translator_at if run.spec.other_shape else run.generator_at)(weights=weights, device="cpu")
    if backwards:
        say("the way back is exported")
    graph = graph_of(
        network, run.spec, run.values[0], uint8=uint8 or (to == "web" and run.spec.is_image), backwards=backwards
    ).eval()
    card = facts_of(run, step, weights)
    card |= {"inputs": [port.facts() for port in graph.inputs], "output": graph.output.facts()}
    path.parent.mkdir(parents=True, exist_ok=True)
    program = program_of(graph)
    if to == "torch":
        content = program_bytes(program, card)
        _check(graph, lambda inputs: run_program(content, inputs), say)
        write_bytes(path, content)
        return path
    content = onnx_bytes(graph, program, card)
    _check(graph, lambda inputs: run_onnx(content, inputs), say)
    if int8:
        small = onnx_bytes(graph, program, {**card, "bits": 8}, int8=True)
        sizes = f"{len(small) / 2**20:.2f} MiB beside {len(content) / 2**20:.2f}"
        say(f"8 bits      {sizes}; {_cost(run, graph, content, small)}")
        content = small
    if to == "onnx":
        write_bytes(path, content)
        return path
    if len(content) > MAXIMUM:
        raise UserError(f"a page of {len(content) / 2**20:,.0f} MiB of weights won't load: export a smaller network")
    return write_page(path, content, card)


def _write_space(run: Run, folder: Path, *, weights: Weights) -> Path:
    """A new `folder` with the run as others have it, and the program that shows it."""
    if not run.spec.is_image:
        raise UserError("a Space shows pictures, and this run makes points")
    if (run.directory / METHOD).is_file():
        raise UserError("a Space runs nobody's method.py: this run's method is a program of its own")
    refuse_filled(folder)
    with new_folder(folder) as partial:
        write_published(run, partial / MODEL, weights=weights)
        fill_space(partial, facts_of(run, run.weights(weights)[1], weights))
    return folder


def _check(graph: Graph, exported: Callable[[tuple[Tensor, ...]], Tensor], say: Callable[[str], None]) -> None:
    """Hold what was `exported` against `graph`, for several numbers of samples, and say how far they are apart."""
    largest, unit = 0.0, 255.0 if graph.output.dtype == BYTE else 1.0
    for n, seed in ((1, 1), (4, 2)):
        inputs = graph.examples(n, seed=seed)
        with torch.no_grad():
            own = graph(*inputs).float()
        other = exported(inputs).float()
        if other.shape != own.shape:
            raise UserError(f"what was exported makes {list(other.shape)}, and the run {list(own.shape)}")
        span = unit if graph.output.name != "vectors" else max(float(own.abs().max()), 1.0)
        largest = max(largest, float((own - other).abs().max()) / span)
    if not largest <= max(TOLERANCE, 1 / unit if unit > 1 else 0):
        raise UserError(f"what was exported differs from the run by {largest:.2g} of its range: nothing was written")
    words = f"{largest * 255:.0f} of 255" if unit > 1 else f"{largest:.2g} of the range"
    say(f"checked     the largest difference from the run is {words}")


def _cost(run: Run, graph: Graph, content: bytes, small: bytes) -> str:
    """What 8 bits cost: of a generator in its distance to the data, of a translator in its pictures."""
    n = 64 if run.spec.other_shape else SCORED
    parts = [graph.examples(64, seed=seed) for seed in range(10, 10 + -(-n // 64))]
    whole, less = (torch.cat([run_onnx(file, part) for part in parts])[:n].float() for file in (content, small))
    span = 255 if graph.output.dtype == BYTE else 1
    if not run.spec.is_image:
        span = 2 * float(whole.std())
    apart = float((whole - less).abs().mean()) / span
    words = f"values move by {apart:.2g} of the range on average"
    if run.spec.other_shape:
        return words
    scores = []
    for values in (whole, less):
        values = values / span * 2 - 1 if run.spec.is_image else values
        try:
            data = run.source()
            card = evaluate(
                Samples(values),
                data.source,
                size="{1}x{2}".format(*run.spec.shape) if run.spec.is_image else None,
                metrics=("frechet",),
                samples=n,
                say=lambda line: None,
            )
        except UserError as error:
            return f"{words}; its distance was not found: {error}"
        scores.append(card["frechet"])
    return f"{words}, and the Fréchet distance ({plural(n, 'sample')}) from {scores[0].text()} to {scores[1].text()}"
