"""gankit: generative adversarial networks that train with one command and resume to the bit.

    run = gankit.train(gankit.DCGAN(), data="photos/", out="runs/photos")
    run.sample(64).save("grid.png")

Importing gankit is cheap: what needs torch is imported when it is first used. `__init__.pyi` tells editors the types.
"""

from importlib import import_module
from typing import Any

from gankit.base.version import VERSION
from gankit.methods import METHODS

__version__ = VERSION

_HOMES = {
    **dict.fromkeys(("DataSpec", "Images", "Labelled", "Paired", "PartlyLabelled", "Unpaired"), "gankit.game"),
    **dict.fromkeys(("Generator", "Method", "Network", "Players", "Terms", "Translator", "Turn"), "gankit.game"),
    **{entry.class_name: entry.module for entry in METHODS.values()},
    "UserError": "gankit.base.errors",
    "Samples": "gankit.pictures.samples",
    "Card": "gankit.evaluation.card",
    "train": "gankit.runs.train",
    "from_config": "gankit.runs.from_config",
    **dict.fromkeys(("Run", "load"), "gankit.runs.run"),
    "evaluate": "gankit.runs.evaluate",
    "report": "gankit.runs.report",
    "compare": "gankit.runs.compare",
    **dict.fromkeys(("Diagnosis", "diagnose"), "gankit.runs.diagnose"),
    "status": "gankit.runs.status",
    **dict.fromkeys(("Callback", "Training"), "gankit.training.callbacks"),
    "Scores": "gankit.game",
    "Verdict": "gankit.health.verdict",
    "benchmark": "gankit.runs.benchmark",
}

__all__ = ["__version__", *_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gankit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
