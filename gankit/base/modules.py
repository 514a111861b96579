"""Modules from files of the user's own."""

from __future__ import annotations

import hashlib
import linecache
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from gankit.base.errors import UserError
from gankit.base.files import read_bytes

PREFIX = "gankit_method_"
MOVED = "take it from gankit.game, gankit.networks or gankit.losses, which hold what a method is made of"

_sources: dict[str, bytes] = {}


def module_name(content: bytes) -> str:
    """What the module of a file with this `content` is called, so that edits are another module."""
    return f"{PREFIX}{hashlib.blake2b(content, digest_size=6).hexdigest()}"


def load_module(path: Path, content: bytes | None = None) -> Any:
    """The module in the file `path`, of which `content` is known to be what it holds.

    What is run is what was hashed: neither the file is read again, nor anything compiled beside it. Raises `UserError`
    with its line where it can't be.
    """
    content = read_bytes(path) if content is None else content
    name = module_name(content)
    if name not in sys.modules:
        module = ModuleType(name)
        module.__file__ = str(path)
        # Dataclasses look their own module up while it is being executed.
        sys.modules[name] = module
        try:
            with wording(path):
                exec(compile(content, str(path), "exec", dont_inherit=True), vars(module))
        except BaseException:
            del sys.modules[name]
            raise
        _sources[name] = content
    return sys.modules[name]


def source_of(kind: type) -> bytes | None:
    """The content of the file that `kind` was loaded from by `load_module`; None for a class from anywhere else."""
    return _sources.get(kind.__module__)


@contextmanager
def wording_own(kind: type) -> Iterator[None]:
    """Word what goes wrong in the file that `kind` was loaded from, if it was."""
    path = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if kind.__module__ not in _sources or path is None:
        yield
        return
    with wording(Path(path)):
        yield


@contextmanager
def wording(path: Path) -> Iterator[None]:
    """Word an error that comes from the file `path`, with the line in it that it comes from."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        linecache.checkcache(str(path))
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        if isinstance(error, SyntaxError):
            lines, what = [error.lineno or 0], f"{type(error).__name__}: {error.msg}"
        elif isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("gankit."):
            raise UserError(f"{path} imports {error.name}, which is no module of this gankit: {MOVED}") from None
        else:
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if not lines:
            raise
        raise UserError(f"{path}, line {lines[-1]}: {' '.join(what.split())}") from error
