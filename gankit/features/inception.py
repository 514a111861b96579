"""Inception v3 as the Fréchet Inception Distance was published with: pool features and class scores.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017.
arXiv:1706.08500. The network and its conversion from the TensorFlow original are torch-fidelity's.
"""

from __future__ import annotations

import io
import pickle
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.features.network import FeatureNetwork, Features
from gankit.features.published import published_file, remedy
from gankit.networks.colours import as_channels

FILE = "weights-inception-2015-12-05-6726825d.pth"
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{FILE}"
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
LOGITS = 1008


class Inception(FeatureNetwork):
    """Features [n, 2048] of the last pooling, and logits [n, 1008] without their biases, as published figures have
    them. Images are rounded to 8 bits first, and grey ones get three equal channels."""

    name = "inception"
    learned_from = "ImageNet"
    resizer = "bilinear as in TensorFlow 1, 299x299"
    classes = tuple(map(str, range(LOGITS)))

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body

    def forward(self, images: Tensor) -> Features:
        levels = ((as_channels(images, 3) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return Features(*self.body(levels))


def weights_path() -> Inception:
    """The published network, its weights fetched if they are not here. Raises `UserError` where they can't be had."""
    network = architecture()
    return read_weights(weights(), network)


def read_weights(path: Path, network: Any) -> Inception:
    """`network`, torch-fidelity's class, with the weights in the file `path`."""
    try:
        # It would unpickle whatever the file holds; this reads tensors alone, and hands it those.
        tensors = io.BytesIO()
        torch.save(torch.load(path, map_location="cpu", weights_only=True), tensors)
        tensors.seek(0)
        return Inception(network("inception", ["2048", "logits_unbiased"], feature_extractor_weights_path=tensors))
    except (OSError, RuntimeError, EOFError, AttributeError, TypeError, pickle.UnpicklingError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{str(path)!r} holds no weights of Inception v3 ({why}): {remedy(URL, path)}") from error


def architecture() -> Any:
    """torch-fidelity's class, without the rest of the package: that needs a torchvision which fits torch."""
    package, module = "torch_fidelity", "torch_fidelity.feature_extractor_inceptionv3"
    if package in sys.modules:
        return import_module(module).FeatureExtractorInceptionV3
    spec = find_spec(package)
    if spec is None:
        raise UserError(f"'inception' needs torch-fidelity: {how_to_install('inception')}")
    sys.modules[package] = module_from_spec(spec)
    try:
        return import_module(module).FeatureExtractorInceptionV3
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]


def weights() -> Path:
    """The file of published weights: in the cache, in torch's own, or fetched now."""
    return published_file("inception", URL, SHA256)
