"""A pretended accelerator, for machines that have none.

Its tensors say that they are on `pretend:0` or `pretend:1`, hold their values on the CPU and refuse to be computed with
tensors of anywhere else. It has generators of chance and streams of its own, and counts what a program waits for.
Importing this registers it with torch, for the whole process, where nothing else knows of it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils import _pytree as tree
from torch.utils import backend_registration as registration
from torch.utils._mode_utils import no_dispatch

from tests.recording import Recorder, Stream

COUNT = 2
aten = torch.ops.aten
COPIES = {aten.copy_.default, aten._to_copy.default, aten._copy_from.default, aten._foreach_copy_.default}
INDEXED = {
    aten.index.Tensor,
    aten.index_put.default,
    aten.index_put_.default,
    aten._index_put_impl_.default,
    aten._unsafe_index.Tensor,
}
FETCHES = {
    aten._local_scalar_dense.default,
    aten.equal.default,
    aten.is_nonzero.default,
    aten.nonzero.default,
    aten.masked_select.default,
    aten.bincount.default,
    aten.repeat_interleave.Tensor,
    aten._unique2.default,
    aten.unique_dim.default,
    aten.multinomial.default,
    aten.normal.float_Tensor,
    aten.normal.Tensor_Tensor,
}
"""What can't be answered before the device has come so far."""
NARROWED = ("linear", "conv2d", "conv_transpose2d.input", "matmul", "mm", "bmm", "addmm", "baddbmm")
"""What autocast computes in its narrow format."""

AS_IT_IS = nullcontext()


class Waits(list[str]):
    """What the program has waited for, and where in the package."""

    def append(self, wait: str) -> None:
        super().append(wait)
        backend.waited(wait)


waits = Waits()


class Backend(Recorder, registration._DummyBackendModule):
    """What `torch.cuda` is to a GPU."""

    free = 2**30
    """Bytes that are left."""

    def __init__(self) -> None:
        self.states = [torch.Generator().manual_seed(99 + index).get_state() for index in range(COUNT)]
        self.current = 0
        super().__init__()

    def device_count(self) -> int:
        return COUNT

    def is_available(self) -> bool:
        return True

    def current_device(self) -> int:
        return self.current

    def set_device(self, index: int) -> None:
        self.current = index

    @contextmanager
    def device(self, device: torch.device) -> Iterator[None]:
        before, self.current = self.current, number(device)
        yield
        self.current = before

    def manual_seed(self, seed: int) -> None:
        self.refuse_recording()
        self.states[self.current] = torch.Generator().manual_seed(seed).get_state()

    def manual_seed_all(self, seed: int) -> None:
        self.refuse_recording()
        self.states = [torch.Generator().manual_seed(seed).get_state() for _ in self.states]

    def get_rng_state(self, device: torch.device) -> Tensor:
        self.refuse_recording()
        return self.states[number(device)].clone()

    def set_rng_state(self, state: Tensor, device: torch.device) -> None:
        self.refuse_recording()
        self.states[number(device)] = state.clone()

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]

    def mem_get_info(self, device: object) -> tuple[int, int]:
        return self.free, self.free

    def max_memory_allocated(self, device: object) -> int:
        return 0

    def synchronize(self) -> None:
        """Which torch's debug mode does not know of."""
        list.append(waits, f"synchronize {place()}")
        self.spoil(waits[-1])


backend: Any = Backend()
registration._setup_privateuseone_for_python_backend("pretend", backend_module=backend)


def number(device: torch.device | str | int | None) -> int:
    index = torch.device(device).index if isinstance(device, torch.device | str) else device
    return backend.current if index is None else index


def place() -> str:
    """The innermost line of the package that is being run."""
    frames = [frame for frame in traceback.extract_stack() if "/gankit/" in frame.filename]
    return f"{frames[-1].filename.rpartition('/gankit/')[2]}:{frames[-1].lineno}" if frames else "outside"


class Elsewhere(torch.Tensor):
    """A tensor on the pretended device."""

    held: Tensor
    made: tuple[Stream, int]

    @staticmethod
    def __new__(cls, held: Tensor, index: int) -> Elsewhere:
        self = torch.Tensor._make_wrapper_subclass(  # pyright: ignore[reportAttributeAccessIssue]
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=torch.device("pretend", index),
        )
        self.held = held
        self.stamp()
        return self

    def __init__(self, held: Tensor, index: int) -> None:
        super().__init__()

    def stamp(self) -> None:
        """Its values are made now, in the current stream."""
        stream = backend.current_stream()
        stream.tick += 1
        self.made = stream, stream.tick

    def __repr__(self, *, tensor_contents: object = None) -> str:
        return f"Elsewhere({self.held})"

    def tolist(self) -> Any:
        waits.append(f"tolist {place()}")
        return self.held.tolist()

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError("can't convert pretend device type tensor to numpy: use Tensor.cpu() first")

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec)

    def record_stream(self, s: Any) -> None:
        """Torch's own would keep the memory until `s` has done with it."""

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: object, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        leaves = tree.arg_tree_leaves(*args, **kwargs)
        there = [leaf for leaf in leaves if isinstance(leaf, Elsewhere)]
        here = [leaf for leaf in leaves if isinstance(leaf, Tensor) and not isinstance(leaf, Elsewhere)]
        asked = None if kwargs.get("device") is None else torch.device(kwargs["device"])
        index = number(asked) if asked and asked.type == "pretend" else there[0].device.index
        _refuse_unready(func, there)
        if func in COPIES:
            _count_copy(func, args, kwargs, asked, here)
        else:
            _refuse_mixed(func, args, there, here)
        if func in FETCHES or (func in INDEXED and any(map(_mask, tree.tree_leaves(args[1])))):
            waits.append(f"{func} {place()}")
        held_args, held_kwargs = tree.tree_map_only(Elsewhere, lambda leaf: leaf.held, (args, kwargs))
        if asked:
            held_kwargs["device"] = torch.device("cpu")
        recording = backend.recording
        if recording is not None:
            recording.keep([leaf.held for leaf in there])
        drawn = partial(_chance_of, index) if torch.Tag.nondeterministic_seeded in func.tags else nullcontext
        with drawn():
            out = func(*held_args, **held_kwargs)
        if asked and asked.type == "cpu":
            return out
        if torch.Tag.inplace_view in func.tags:  # which changes the shape of the tensor that it is given
            with no_dispatch():
                func(*args, **kwargs)
        written = _written(func)
        if written is not None:
            returned = args[written] if isinstance(written, int) else kwargs[written]
            if recording is not None:
                recording.add(func, held_args, held_kwargs, [returned], drawn)
            return returned
        historic = torch.is_inference_mode_enabled() and there and _is_view(func) and not there[0].is_inference()
        with torch.inference_mode(False) if historic else AS_IT_IS:  # a view is as its base is, whatever the mode
            wrapped = tree.tree_map_only(Tensor, lambda leaf: Elsewhere(leaf, index), out)
        if recording is not None:
            made = [leaf for leaf in tree.tree_leaves(wrapped) if isinstance(leaf, Elsewhere)]
            recording.add(func, held_args, held_kwargs, made, drawn)
        return wrapped


def _mask(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.dtype in (torch.bool, torch.uint8)


@cache
def _is_view(func: Any) -> bool:
    return any(returned.alias_info for returned in func._schema.returns)


@cache
def _written(func: Any) -> int | str | None:
    """The argument that `func` changes and returns, by its place or, where it has none, its name."""
    returns = func._schema.returns
    if not (len(returns) == 1 and returns[0].alias_info and returns[0].alias_info.is_write):
        return None
    for position, argument in enumerate(func._schema.arguments):
        if argument.alias_info and argument.alias_info.is_write:
            return argument.name if argument.kwarg_only else position
    return None


def _refuse_unready(func: Any, there: list[Elsewhere]) -> None:
    current = backend.current_stream()
    for tensor in there:
        stream, tick = tensor.made
        if stream is not current and stream is not backend.default_stream and current.knows.get(stream, 0) < tick:
            raise RuntimeError(f"{func}: a tensor of another stream is used before its event was waited for")


def _refuse_mixed(func: Any, args: Any, there: list[Elsewhere], here: list[Tensor]) -> None:
    devices = {tensor.device for tensor in there}
    listed = any(part in str(func) for part in ("_foreach", "_fused", "aten.cat", "aten.stack"))
    indices = [leaf for leaf in tree.tree_leaves(args[1]) if isinstance(leaf, Tensor)] if func in INDEXED else []
    strange = [tensor for tensor in here if (tensor.dim() or listed) and not any(tensor is each for each in indices)]
    if strange or len(devices) > 1 or (func in INDEXED and not isinstance(args[0], Elsewhere)):
        found = sorted({*map(str, devices), *(str(tensor.device) for tensor in here)})
        raise RuntimeError(f"{func}: expected all tensors to be on the same device, but found {' and '.join(found)}")
    if any(tensor is each for tensor in here for each in indices):
        waits.append(f"an index from the host: {func} {place()}")


def _count_copy(func: Any, args: Any, kwargs: Any, asked: torch.device | None, here: list[Tensor]) -> None:
    """Copies between host and device wait, but for those from pinned memory that were asked not to."""
    to_host = asked.type == "cpu" if asked else False
    if func is aten.copy_.default or func is aten._foreach_copy_.default:
        to_host = not isinstance(tree.tree_leaves(args[0])[0], Elsewhere)
    beside = kwargs.get("non_blocking") or (len(args) > 2 and args[2])
    pinned = beside and all(getattr(tensor, "pinned", False) for tensor in here)
    if to_host or (here and not pinned and any(tensor.dim() for tensor in here)):
        waits.append(f"{'to' if to_host else 'from'} the host: {func} {place()}")


@contextmanager
def _chance_of(index: int) -> Iterator[None]:
    """The device's own generator in the place of the CPU's."""
    before = torch.default_generator.get_state()
    torch.default_generator.set_state(backend.states[index])
    try:
        yield
    finally:
        backend.states[index] = torch.default_generator.get_state()
        torch.default_generator.set_state(before)


_made = torch.library.Library("aten", "IMPL", "PrivateUse1")
_cast = torch.library.Library("aten", "IMPL", "AutocastPrivateUse1")
_rest = torch.library.Library("_", "IMPL", "AutocastPrivateUse1")


def _empty(size: Any, *, dtype: Any = None, device: Any = None, memory_format: Any = None, **_: Any) -> Tensor:
    held = torch.empty(size, dtype=dtype, device="cpu", memory_format=memory_format or torch.contiguous_format)
    return Elsewhere(held, number(device))


def _empty_strided(size: Any, stride: Any, *, dtype: Any = None, device: Any = None, **_: Any) -> Tensor:
    return Elsewhere(torch.empty_strided(size, stride, dtype=dtype, device="cpu"), number(device))


def _copy_from(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:
    """What `torch.tensor(..., device=)` ends in, which goes around the dispatch of subclasses."""
    waits.append(f"from the host: torch.tensor {place()}")
    assert isinstance(target, Elsewhere)
    target.held.copy_(source)
    return target


def _narrow(op: Any) -> Any:
    key = torch._C.DispatchKeySet(getattr(torch._C.DispatchKey, "AutocastPrivateUse1"))  # noqa: B009

    def kernel(*args: Any, **kwargs: Any) -> Any:
        def cast(value: Tensor) -> Tensor:
            return value.to(torch.get_autocast_dtype("pretend")) if value.is_floating_point() else value

        with torch._C._ExcludeDispatchKeyGuard(key):
            return op(*tree.tree_map_only(Tensor, cast, args), **kwargs)

    return kernel


_made.impl("empty.memory_format", _empty)
_made.impl("empty_strided", _empty_strided)
_made.impl("_copy_from", _copy_from)
_rest.fallback(torch.library.fallthrough_kernel)
for _name in NARROWED:
    _packet, _, _overload = _name.partition(".")
    _cast.impl(_name, _narrow(getattr(getattr(aten, _packet), _overload or "default")))


def _check(optimizer: torch.optim.Optimizer) -> None:
    backend.check_optimizer(optimizer)


def _pinned(values: Tensor, device: object = None) -> Tensor:
    copy: Any = values.clone()
    copy.pinned = True
    return copy


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """The first pretended device, which nothing may confuse with the current one, the second."""
    waits.clear()
    monkeypatch.setattr(torch.Tensor, "pin_memory", _pinned)
    monkeypatch.setattr(torch.optim.Optimizer, "_accelerator_graph_capture_health_check", _check)
    monkeypatch.setattr(backend, "debugged", False)
    monkeypatch.setattr(backend, "current", 1)
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)  # tensors of a subclass can't take others' place
    yield torch.device("pretend", 0)  # torch differentiates on the first alone
    torch.__future__.set_overwrite_module_params_on_conversion(before)
