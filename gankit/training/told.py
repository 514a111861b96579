"""What a device is told besides its tensors: the numbers that stay in a graph as they were when it was recorded."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Told(TorchDispatchMode):
    """Every operation while this lasts, with the numbers it was given: those of tensors on the CPU as well."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[str, list[Any]]] = []

    def __torch_dispatch__(self, func: Any, types: object, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        here = [leaf for leaf in tree_leaves((args, kwargs)) if _is_number(leaf) or _is_here(leaf)]
        given = [leaf.tolist() if isinstance(leaf, Tensor) else leaf for leaf in here]
        self.operations.append((str(func).removesuffix(".default"), given))
        return func(*args, **kwargs)

    def otherwise(self, before: Told) -> str:
        """The first operation that was another one `before`, or was given another number; "" where there is none."""
        for (name, given), (once, gave) in zip(self.operations, before.operations, strict=False):
            if name != once:
                return f"{once}, then {name}"
            if str(given) != str(gave):  # where NaN is what it was
                return f"{name} of {gave}, then of {given}"
        many, once = len(self.operations), len(before.operations)
        return "" if many == once else f"{once} operations, then {many}"


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, int | float | complex)


def _is_here(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.device.type == "cpu"
