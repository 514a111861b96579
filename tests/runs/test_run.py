"""A run that was trained: samples and translations of every method, classes, truncation, and what is no run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import gankit
from gankit.base.errors import UserError
from tests.images import picture
from tests.tiny import TINY, TinyRun


@pytest.mark.parametrize("name", TINY)
def test_every_method_makes_the_same_again_from_what_was_written(name: str, tiny_run: TinyRun) -> None:
    run = tiny_run(name)
    again = gankit.load(run.directory)
    assert again.method == TINY[name].method
    shape = run.spec.shape
    if run.spec.other_shape:
        made, repeated = (each.translate(torch.zeros(3, *shape)) for each in (run, again))
        assert made.shape == (3, *run.spec.other_shape)
    else:
        made, repeated = (each.sample(3).values for each in (run, again))
        assert made.shape == (3, *shape)
    assert torch.equal(made, repeated)
    assert made.isfinite().all()
    assert made.std() > 0


def test_sampling(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    samples = run.sample(10, seed=5)
    assert samples.values.shape == (10, 1, 8, 8)
    assert torch.equal(samples.values, run.sample(10, seed=5).values)
    assert not torch.equal(samples.values, run.sample(10, seed=6).values)
    assert not torch.equal(samples.values, run.sample(10, seed=5, weights="last").values)
    sheet = samples.save(tmp_path / "deep" / "grid.png")
    assert picture(sheet).shape[1] > 64
    folder = samples.save(tmp_path / "each")
    assert sorted(path.name for path in folder.iterdir()) == [f"{index}.png" for index in range(10)]
    pixels = picture(folder / "3.png")
    assert pixels.shape == (8, 8)
    assert np.abs(pixels / 127.5 - 1 - samples.values[3, 0].numpy()).max() <= 1 / 255 + 1e-6
    assert np.array_equal(np.load(samples.save(tmp_path / "x.npy")), samples.values.numpy())
    with pytest.raises(UserError, match="can't write"):
        samples.save(tmp_path / "x.docx")
    with pytest.raises(UserError, match="takes no labels"):
        run.sample(4, label=3)
    with pytest.raises(UserError, match="Gaussian prior"):
        run.sample(4, truncation=0.5)
    with pytest.raises(UserError, match="at least 1"):
        run.sample(0)


def test_truncation_where_the_prior_is_gaussian(tiny_run: TinyRun) -> None:
    run = tiny_run("wgan-gp")
    plain, narrow = run.sample(64), run.sample(64, truncation=0.1)
    assert narrow.values.std(0).mean() < plain.values.std(0).mean() / 2


def test_points_are_drawn_as_clouds(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("points")
    assert picture(run.directory / "previews" / "step-000006.png").shape == (512, 512, 3)
    assert run.sample(100).values.shape == (100, 2)
    assert run.sample(100).save(tmp_path / "cloud.png").exists()
    with pytest.raises(UserError, match=r"take --out points\.npy"):
        run.sample(100).save(tmp_path / "folder")


def test_a_run_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        gankit.load(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UserError, match="can't be read"):
        gankit.load(tmp_path)
