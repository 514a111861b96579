"""`benchmarks/pin.py`, which is a script and in no package, as a module."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any


def load_pin() -> Any:
    path = Path(__file__).parents[1] / "benchmarks" / "pin.py"
    spec = importlib.util.spec_from_file_location("gankit_pin", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault("gankit_pin", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


PIN = load_pin()
