"""What there is to say of a trained run to somebody who has nothing but its weights: the card of an exported file."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from gankit.base.version import VERSION
from gankit.data.sources.opening import all_names
from gankit.evaluation.card import Figure, read_card
from gankit.game import Labelled
from gankit.methods import METHODS
from gankit.runs.config import public_name
from gankit.runs.run import Run, Weights


def facts_of(run: Run, step: int, weights: Weights) -> dict[str, Any]:
    """The card of `run` with its `weights` of `step`, as JSON: what it is, what it learned from, and its figures with
    their 95 % intervals. Folders of the user's are named by their last part alone."""
    name = public_name(type(run.method))
    entry = next((entry for entry in METHODS.values() if entry.class_name == name), None)
    source = source_name(run.config["data"]["source"])
    kind = "translator" if run.spec.other_shape else "generator"
    figures = [
        {"name": f.name, "value": f.value, "low": f.low, "high": f.high, "interval": f.interval, "protocol": f.protocol}
        for f in figures_of(run, step, weights)
    ]
    return {
        "title": f"{name} on {source}",
        "kind": kind,
        "method": name,
        "paper": str(entry.paper) if entry else None,
        "data": {
            "source": source,
            "shape": list(run.spec.shape),
            "other_shape": list(run.spec.other_shape) if run.spec.other_shape else None,
            "classes": list(run.spec.classes) if run.method.batch_type is Labelled else [],
        },
        "step": step,
        "weights": weights,
        "seed": run.config["seed"],
        "figures": figures,
        "made_with": f"gankit {VERSION}",
    }


def figures_of(run: Run, step: int, weights: Weights) -> list[Figure]:
    """Those of the run's card that were found with its `weights` of `step`."""
    known = {"step": step, "weights": weights}
    return [figure for figure in read_card(run.directory).figures if figure.subject.items() >= known.items()]


def source_name(source: str) -> str:
    """What others may know the data by: a name that anybody can use, or the last part of a path."""
    return source if source in all_names() or source.startswith("hub:") else PurePath(source).name
