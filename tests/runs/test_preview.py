"""Previews of translators: the right columns, the same pictures, a column's name above it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import gankit
from gankit.data.sides.opening import open_two_sides
from gankit.game import Translator
from gankit.runs.preview import TranslatorPreview
from tests.tiny import TINY, Tiny

PIX, CYCLE = TINY["pix2pix"], TINY["cyclegan"]


class Same(Translator):
    """Gives back what it is given, or what is to be."""

    def __init__(self, channels: tuple[int, int], *, two_way: bool) -> None:
        super().__init__()
        self.channels, self.two_way = channels, two_way
        self.unused = torch.nn.Parameter(torch.zeros(()))

    def forward(self, images: torch.Tensor, *, backwards: bool = False) -> torch.Tensor:
        return images[:, :1].expand(-1, self.channels[not backwards], -1, -1)


def columns(pack: Any, translator: Translator) -> list[str]:
    preview = TranslatorPreview(pack, translator, seed=0)
    ways = (False, True) if translator.two_way else (False,)
    return [name for way in ways for name, _ in preview._columns(translator, way)]


def test_a_pair_s_columns_and_a_two_way_translator_s() -> None:
    pairs = open_two_sides("digits", aligned=True, pair="rotate")
    domains = open_two_sides("digits", aligned=False, pair="rotate")
    tinted = open_two_sides("digits", aligned=False, pair="tint")
    assert columns(pairs, Same((1, 1), two_way=False)) == ["input", "output", "target"]
    there, back = ["A", "A to B", "and back"], ["B", "B to A", "and back"]
    assert columns(domains, Same((1, 1), two_way=True)) == [*there, "B to B", *back, "A to A"]
    assert columns(tinted, Same((1, 3), two_way=True)) == [*there, *back]


@pytest.mark.parametrize(("tiny", "wide"), [(PIX, 3), (CYCLE, 10)], ids=["pix2pix", "cyclegan"])
def test_a_run_s_previews_change_with_the_weights_alone(tiny: Tiny, wide: int, tmp_path: Path) -> None:
    from PIL import Image

    options: dict[str, Any] = {"pair": "rotate", "steps": 4, "preview_every": 2, "precision": "fp32", "log_every": 1}
    run = tiny.train(tmp_path / "run", **options)
    sheets = [np.asarray(Image.open(path)) for path in sorted((run.directory / "previews").glob("*.png"))]
    assert len(sheets) == 3
    assert sheets[0].shape == sheets[1].shape == sheets[2].shape
    width = sheets[0].shape[1] // wide
    assert np.array_equal(sheets[0][:, :width], sheets[1][:, :width])  # the inputs
    assert not np.array_equal(sheets[0][:, width:], sheets[1][:, width:])


def test_a_run_that_translates_says_so(tmp_path: Path) -> None:
    from gankit.base.errors import UserError

    said: list[str] = []
    run = PIX.train(tmp_path / "run", size="9x12", steps=1, say=said.append)
    assert "9x12 images are padded to 16x16 in the generator, and cropped again" in said
    with pytest.raises(UserError, match="translates pictures: gankit translate"):
        run.sample(4)
    assert run.translator()(torch.zeros(1, 1, 9, 12)).shape == (1, 3, 9, 12)
    assert run.data().other is not None
    with pytest.raises(UserError, match="--pair tint makes two sides of each picture, which translators alone take"):
        gankit.train(gankit.DCGAN(), data="digits", pair="tint", steps=1, out=tmp_path / "other")


@pytest.mark.parametrize(("tiny", "flags"), [(PIX, []), (CYCLE, []), (CYCLE, ["--backwards"])])
def test_score_maps_over_the_pictures_that_are_judged(tiny: Tiny, flags: list[str], tmp_path: Path) -> None:
    import json

    from gankit.commands.main import main

    out = tmp_path / "run"
    tiny.train(out, steps=1, size="32")
    assert main(["explore", "regions", str(out), "--n", "3", *flags, "--out", str(tmp_path / "maps.png")]) == 0
    found = json.loads((tmp_path / "maps.json").read_text())
    assert found["how"] == "patches"
    assert len(found["real"]["scores"]) == len(found["generated"]["scores"]) == 3
    assert main(["explore", "probe", str(out)]) == 2
    if tiny is PIX:
        assert main(["explore", "regions", str(out), "--backwards"]) == 2
