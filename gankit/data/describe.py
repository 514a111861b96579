"""A data set at a glance: what would be trained on, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from PIL import Image
from torch import Tensor

from gankit import pictures
from gankit.data.pack import Pack, images
from gankit.data.words import plural

SHOWN = 20
BAR = 30
CHANNELS = {1: "grey", 3: "RGB", 4: "RGBA"}


def describe(pack: Pack) -> list[str]:
    """The lines that `gankit data SOURCE` prints."""
    report, n = pack.report, len(pack)
    lines = [f"{pack.source}: {plural(n, 'image' if pack.spec.is_image else 'vector')}, {shape_in_words(pack)}"]
    if len(report.sizes) > 1:
        lines.append(f"  sizes       {listed(report.sizes)}")
    if report.modes:
        lines.append(
            f"  pixels      {listed(report.modes)}" if pack.spec.is_image else f"  values      {listed(report.modes)}"
        )
    if pack.labels is not None:
        lines += class_lines(pack.spec.classes, torch.bincount(pack.labels, minlength=len(pack.spec.classes)))
    else:
        lines.append("  classes     none")
    lines += [f"  {'note' if first else '':<11} {note}" for first, note in marked(report.notes)]
    if report.unreadable:
        lines.append(f"  {plural(len(report.unreadable), 'file')} could not be read and were skipped:")
        lines += shown(f"{name}: {reason}" for name, reason in report.unreadable)
    if report.duplicates:
        extra = sum(len(group) - 1 for group in report.duplicates)
        lines.append(f"  {plural(extra, 'exact duplicate')} in {plural(len(report.duplicates), 'group')}:")
        lines += shown((" = ".join(group[:5]) + (" ..." if len(group) > 5 else "") for group in report.duplicates))
    lines.append(f"  packed in   {pack.path}" if pack.path else "  in memory")
    return lines
