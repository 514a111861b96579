"""Modules from files of the user's own."""

from __future__ import annotations

import hashlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError

PREFIX = "gankit_method_"


def load_module(path: Path) -> Any:
    """The module in the file `path`, under a name made from its content, so that edits are another module."""
    try:
        name = f"{PREFIX}{hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()}"
    except OSError as error:
        raise UserError(f"can't read {path}: {error.strerror}") from None
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        # Dataclasses look their own module up while it is being executed.
        sys.modules[name] = module_from_spec(spec)
        try:
            spec.loader.exec_module(sys.modules[name])
        except BaseException as error:
            del sys.modules[name]
            if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("gankit."):
                raise UserError(f"{path} imports {error.name}, which is no module of this gankit: {MOVED}") from None
            raise
    return sys.modules[name]


MOVED = "take it from gankit.game, gankit.networks or gankit.losses, which hold what a method is made of"


def source_of(kind: type) -> Path | None:
    """The file that `kind` was loaded from by `load_module`; None for a class from anywhere else."""
    module = sys.modules[kind.__module__]
    source = getattr(module, "__file__", None)
    return Path(source) if kind.__module__.startswith(PREFIX) and source else None
