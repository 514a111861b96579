"""Input, output and target beside each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from gankit.translation.comparison import comparison, row


def test_a_comparison_has_a_row_for_each(tmp_path: Path) -> None:
    images = torch.ones(3, 600, 300), torch.zeros(1, 20, 40), -torch.ones(4, 8, 8)
    sheet = comparison([row(images[:2]), row(images)])
    assert sheet.width == 3 * (128 + 4)
    assert 2 * 256 < sheet.height < 3 * 256
    shown = np.asarray(sheet)
    assert (shown[30, 66] == 255).all()
    assert (shown[144, 132 + 66] == 128).all()
    assert (shown[30, 132 + 66] == 0).all()  # above what is lower than its cell
