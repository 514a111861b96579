"""cgan and acgan learn attributes, of which a picture may have several; other methods say that they don't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gankit import train
from gankit.base.errors import UserError
from gankit.game.batch import DataSpec
from gankit.methods.acgan import unlikelihood
from gankit.networks.parts import code_of
from tests.tiny import TINY

NAMES = ("Red", "Green", "Blue")


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set") / "faces"
    folder.mkdir()
    present = np.random.default_rng(0).integers(0, 2, (24, 3))
    lines = ["24", " ".join(NAMES)]
    for index, row in enumerate(present.tolist()):
        pixels = np.tile(np.array(row, np.uint8) * 255, (8, 8, 1))
        Image.fromarray(pixels).save(folder / f"{index}.png")
        lines.append(f"{index}.png {' '.join('1' if there else '-1' for there in row)}")
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines))
    return folder


def test_the_likelihood_of_attributes_is_that_of_each() -> None:
    logits, labels = torch.tensor([[2.0, -1.0], [0.5, 3.0]]), torch.tensor([[1, 0], [0, 1]])
    chances = torch.sigmoid(logits)
    wanted = -torch.where(labels == 1, chances, 1 - chances).log().sum(1).mean()
    assert torch.allclose(unlikelihood(logits, labels), wanted)


def test_a_class_beside_attributes_is_that_one_alone() -> None:
    assert code_of(torch.tensor([2]), 3).tolist() == code_of(torch.tensor([[0, 0, 1]]), 3).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize("name", ["cgan", "cgan-convolutional", "acgan"])
def test_a_run_with_attributes(name: str, faces: Path, tmp_path: Path) -> None:
    tiny: Any = {**TINY, "cgan-convolutional": TINY["cgan"]}[name]
    if name == "cgan-convolutional":
        from gankit.networks import ConditionalDCGAN

        tiny = tiny.but(network=ConditionalDCGAN(width=4, hidden=16))
    run = train(tiny.method, data=str(faces), out=tmp_path / "run", steps=2, evaluate_every=0, say=lambda line: None)
    assert run.spec.classes == NAMES
    assert len(run.spec.rates) == 3
    samples = run.sample(4, label="Blue, Red")
    assert samples.labels is not None
    assert samples.labels.tolist() == [[1, 0, 1]] * 4
    drawn = run.sample(2000).labels
    assert drawn is not None
    assert torch.allclose(drawn.double().mean(0), torch.tensor(run.spec.rates, dtype=torch.float64), atol=0.05)
    assert run.sample(9).save(tmp_path / "sheet.png").is_file()
    samples.save(tmp_path / "made")
    assert {path.name for path in (tmp_path / "made").iterdir()} == {f"{index}-Red+Blue.png" for index in range(4)}
    with pytest.raises(UserError, match=r"no class 'Rd' .*did you mean 'Red'"):
        run.sample(1, label="Blue,Rd")
    again = train(tiny.method, data=str(faces), out=tmp_path / "run", steps=3, say=lambda line: None)
    assert again.steps() == [2, 3]


@pytest.mark.parametrize("name", ["catgan", "sgan"])
def test_methods_of_classes_refuse_attributes(name: str, faces: Path, tmp_path: Path) -> None:
    from gankit.methods.catgan import CatGAN

    tiny: Any = TINY["catgan"].method
    method = CatGAN(labels=6, network=tiny.network) if name == "catgan" else TINY["sgan"].method
    with pytest.raises(UserError, match=f"{name} needs a class for each item"):
        train(method, data=str(faces), out=tmp_path / "run", steps=1)


def test_a_spec_with_rates_is_kept_in_config() -> None:
    from gankit.runs.config import encode, stated

    spec = DataSpec(shape=(3, 8, 8), classes=NAMES, rates=(0.5, 0.25, 1.0))
    assert stated(encode(spec), DataSpec) == spec
