"""ONNX files: what they hold, and 8 bits."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from gankit.base.errors import UserError
from gankit.export.graph import graph_of
from gankit.export.onnx import needs, onnx_bytes, run_onnx
from gankit.export.program import program_of
from gankit.game.batch import DataSpec
from gankit.networks import MLP


def wide() -> Any:
    spec = DataSpec(shape=(1, 8, 8))
    network = MLP(generator_widths=(256, 256), latent=16).generator(spec)
    return graph_of(network.eval().requires_grad_(False), spec, {}).eval()


def test_an_onnx_file_carries_its_card_and_names_its_sides() -> None:
    import onnx

    graph = wide()
    model = onnx.load_from_string(onnx_bytes(graph, program_of(graph), {"title": "GAN on digits", "step": 3}))
    held = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(held["gankit"]) == {"title": "GAN on digits", "step": 3}
    (latents,), (images,) = model.graph.input, model.graph.output
    sides = [[side.dim_param or side.dim_value for side in v.type.tensor_type.shape.dim] for v in (latents, images)]
    assert (latents.name, images.name) == ("latents", "images")
    assert sides == [["n", 16], ["n", 1, 8, 8]]


@pytest.mark.long
def test_weights_of_8_bits_are_smaller_and_near() -> None:
    graph = wide()
    program = program_of(graph)
    whole, small = (onnx_bytes(graph, program, {}, int8=int8) for int8 in (False, True))
    assert len(small) < 0.5 * len(whole)
    inputs = graph.examples(8)
    apart = (run_onnx(whole, inputs) - run_onnx(small, inputs)).abs().max()
    assert 0 < apart < 0.02


def test_a_missing_or_broken_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"onnxruntime is not installed: pip install .*\[export\]'"):
        needs("onnxruntime")


def test_a_file_that_does_not_run_is_one_line() -> None:
    with pytest.raises(UserError, match="onnxruntime can't run"):
        run_onnx(b"nothing of the kind", ())
