"""A user's own module as a feature network."""

from __future__ import annotations

import inspect
from hashlib import sha256
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.base.modules import load_module
from gankit.features.network import FeatureNetwork, Features, weights_hash


class Own(FeatureNetwork):
    """A module that takes images [n, C, H, W] in [-1, 1], in the data's own size and channels, or vectors [n, D],
    and gives features [n, d], or a pair of them and logits [n, K].

    Its hash follows from its weights, its printed form and `code`, which stands for its source.
    """

    resizer = "its own"

    def __init__(self, name: str, module: nn.Module, code: str) -> None:
        super().__init__()
        self.name, self.module, self.code = name, module, code
        self.classes = tuple(getattr(module, "classes", ()))

    @property
    def hash(self) -> str:
        return weights_hash(self.module, repr(self.module), self.code)

    def forward(self, images: Tensor) -> Features:
        output = self.module(images)
        outputs = output if isinstance(output, tuple | list) else (output,)
        shapes = [list(part.shape) if isinstance(part, Tensor) else type(part).__name__ for part in outputs]
        if len(outputs) not in (1, 2) or any(len(shape) != 2 or shape[0] != len(images) for shape in shapes):
            raise UserError(
                f"{self.name} gives {' and '.join(map(str, shapes))} for {len(images)} images: "
                "it should give features [n, d], or a pair of them and logits [n, K]"
            )
        return Features(*(part.float() for part in outputs))


def wrap(module: nn.Module) -> FeatureNetwork:
    """A module from Python; a feature network stays what it is."""
    if isinstance(module, FeatureNetwork):
        return module
    kind = type(module)
    return Own(kind.__name__, module, f"{kind.__module__}.{kind.__qualname__}")


def from_file(path: Path, member: str) -> FeatureNetwork:
    """The module `member` of the Python file `path`, or one made by its class `member` without arguments."""
    module: Any = getattr(load_module(path), member, None)
    if isinstance(module, type) and issubclass(module, nn.Module):
        try:
            inspect.signature(module).bind()
        except TypeError as error:
            raise UserError(f"{member} in {path} is made without arguments ({error}): give them defaults") from None
        module = module()
    if not isinstance(module, nn.Module):
        raise UserError(f"{path} has no feature network {member!r}: name a torch.nn.Module, or a class of them")
    if isinstance(module, FeatureNetwork):
        return module
    return Own(f"{path.name}:{member}", module, sha256(path.read_bytes()).hexdigest())
