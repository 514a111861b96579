"""DINOv2: features that follow what people see in pictures more closely than Inception's.

Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023. arXiv:2304.07193
Stein et al., "Exposing flaws of generative model evaluation metrics and their unfair treatment of diffusion
models", 2023. arXiv:2306.04675 (which takes the ViT-L/14 at 224x224)
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.base.files import cache_root
from gankit.features.network import FeatureNetwork, Features
from gankit.features.published import require_hash
from gankit.networks.colours import as_channels, as_size

REPOSITORY, REVISION = "facebook/dinov2-large", "47b73eefe95e8d44ec3623f8890bd894b6ea2d6c"
WEIGHTS, SHA256 = "model.safetensors", "399fba97a95f22c36834418bc69373364a99af3a1153da1c0fb31db567c92e23"
"""The file of the released weights, and what it is known by, whoever fetched it."""
SIDE = 224


class DINOv2(FeatureNetwork):
    """The class token of the last layer, [n, 1024] for ViT-L/14; no logits. Grey images get three equal channels."""

    name = "dinov2"
    resizer = f"bicubic antialias {SIDE}x{SIDE}"

    mean: Tensor
    sd: Tensor

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body
        # Mean and standard deviation of ImageNet's colours in [0, 1], which the network was trained with.
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None])
        self.register_buffer("sd", torch.tensor([0.229, 0.224, 0.225])[:, None, None])

    def forward(self, images: Tensor) -> Features:
        colours = (as_size(as_channels(images, 3), SIDE, "bicubic") + 1) / 2
        return Features(self.body((colours - self.mean) / self.sd).last_hidden_state[:, 0])


def weights_path() -> DINOv2:
    """The network in the cache's folder weights/dinov2, else from the Hugging Face hub or its cache.

    Raises `UserError` where it can't be had.
    """
    if find_spec("transformers") is None:
        raise UserError(f"'dinov2' needs transformers: {how_to_install('dinov2')}")
    folder = cache_root() / "weights" / "dinov2"
    source = f"https://huggingface.co/{REPOSITORY}/tree/{REVISION}"
    remedy = f"fetch config.json and {WEIGHTS} from {source} and put them into {str(folder)!r}"
    here = folder.is_dir()
    try:
        place = (
            folder
            if here
            else Path(
                import_module("huggingface_hub").snapshot_download(
                    REPOSITORY, revision=REVISION, allow_patterns=["config.json", WEIGHTS]
                )
            )
        )
        require_hash("dinov2", place / WEIGHTS, SHA256)
        # float32 and safetensors whatever the folder holds: the same features everywhere, and no pickled code
        return DINOv2(
            import_module("transformers").Dinov2Model.from_pretrained(
                str(place), local_files_only=True, dtype=torch.float32, use_safetensors=True
            )
        )
    except UserError as error:
        raise UserError(f"{error}: {remedy}") from error
    except Exception as error:  # offline, refused, damaged, of another kind: the library has many ways to say so
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"the weights of 'dinov2' could not be loaded ({why}): {remedy}") from error
