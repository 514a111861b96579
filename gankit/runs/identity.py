"""What a run is: what must be equal for it to continue, and in all processes that share it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch

from gankit.base.modules import source_of
from gankit.base.version import VERSION, own_digest
from gankit.data import Pack
from gankit.data.sides.opening import from_one_picture
from gankit.game import Method
from gankit.runs.config import encode
from gankit.runs.options import Options
from gankit.training.precision import Format

OF_A_MACHINE = ("data", "out", "device", "threads")
"""Options that may differ among processes that train together."""
SHAPING = ("fit", "channels")
"""Options of data that config.json holds where they are not as usual."""
CARE = ("log_every", "checkpoint_every")
"""Options that decide when `care` looks, and where it goes back to."""


def config_for(
    method: Method[Any], pack: Pack, asked: Options, precision: Format, engine: str, init: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What config.json holds: all that must be equal for a run to continue, and where its data came from."""
    size = "x".join(map(str, asked.size)) if isinstance(asked.size, tuple) else asked.size
    data: dict[str, Any] = {"source": pack.source, "size": size, "flip": asked.flip, "content": pack.content}
    data |= {name: said for name in ("labels", "layout") if (said := getattr(asked, name))}
    data |= {name: said for name in SHAPING if (said := getattr(asked, name)) != getattr(Options, name)}
    rules = {"values": pack.report.values, "other_values": pack.other.report.values if pack.other else {}}
    data |= {name: encode(dict(rule)) for name, rule in rules.items() if rule}
    if pack.other:
        data |= {"pair": asked.pair, "direction": asked.direction, "halves": from_one_picture(pack)}
    return {
        "gankit": VERSION,
        "method": encode(method),
        "data": data,
        "spec": {**encode(pack.spec), "mean": None},
        "seed": asked.seed,
        "ema": asked.ema,
        **({"ema_images": asked.ema_images} if asked.ema_images else {}),
        **({"shards": asked.shards} if asked.shards > 1 else {}),
        "precision": precision,
        **({"engine": engine} if engine != "eager" else {}),
        **({"init": init} if init else {}),
        **({"care": {name: getattr(asked, name) for name in CARE}} if asked.care else {}),
    }


def shared_facts(method: Method[Any], config: Mapping[str, Any], asked: Options) -> dict[str, str]:
    """What must be equal in all processes that train together."""
    own = source_of(type(method)) or b""
    options = {name: str(value) for name, value in vars(asked).items() if name not in OF_A_MACHINE}
    options |= {name: value for name, value in config.items() if name not in ("data", "spec")}
    return {
        "data": config["data"]["content"],
        "code": f"{own_digest()} {hashlib.blake2b(own).hexdigest()} {torch.__version__}",
        "options": json.dumps(options, sort_keys=True),
    }
