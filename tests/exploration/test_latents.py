"""Latents of seeds and of files, and what keeps them where the prior draws them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gankit.base.errors import UserError
from gankit.exploration import latents
from gankit.game.prior import Codes, Normal, Prior, Uniform
from gankit.pictures.samples import Samples, draw
from tests.exploration.known import linear

PRIORS = [Uniform(5), Uniform(5, 0.5, 0.5), Normal(40), Normal(2), Codes(3, (4, 2), 2)]


def test_a_seed_is_the_first_sample_of_that_seed() -> None:
    generator = linear(Normal(7))
    made = latents.generate(generator, latents.of_seeds(generator, [3, 8]))
    for seed, image in zip([3, 8], made, strict=True):
        assert torch.allclose(Samples.joined(draw(generator, 1, seed=seed)).values[0], image, atol=1e-6)


def test_torch_s_own_generator_is_left_alone() -> None:
    generator = linear(Normal(7))
    before = torch.random.get_rng_state()
    latents.of_seeds(generator, [1])
    latents.random(generator, 5, seed=0, purpose="test")
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_draws_are_within_and_all_else_is_brought_there(prior: Prior) -> None:
    torch.manual_seed(0)
    drawn = prior.draw(50)
    if prior != Normal(2):
        kept = latents.within(prior, drawn)
        assert (kept - drawn).abs().mean() < 0.01
    back = latents.within(prior, 5 * drawn + 1)
    assert torch.allclose(latents.within(prior, back), back, atol=1e-5)
    if isinstance(prior, Uniform):
        assert (back - prior.centre).abs().max() <= prior.bound
    elif isinstance(prior, Normal):
        assert ((back.norm(dim=1) - prior.size**0.5).abs() <= latents.SHELL + 1e-4).all()
    elif isinstance(prior, Codes):
        for name, part in prior.slices().items():
            if name.startswith("categorical"):
                assert set(back[:, part].unique().tolist()) == {0.0, 1.0}
                assert (back[:, part].sum(1) == 1).all()


def test_latents_come_back_from_their_file(tmp_path: Path) -> None:
    generator = linear(Uniform(5))
    given = generator.prior.draw(4)
    path = latents.write_latents(given, tmp_path / "deep" / "found.npy")
    assert torch.equal(latents.read_latents(path, generator), given)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["found.npy"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((3, 4)), "rows of 5 numbers"),
        (np.zeros((0, 5)), "holds no latents"),
        (np.full((2, 5), np.nan), "NaN"),
        (np.array(["a"]), "rows of 5 numbers"),
        (None, "no .npy file"),
    ],
)
def test_a_file_without_latents_is_said(values: np.ndarray | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(b"no numbers") if values is None else np.save(path, values)
    with pytest.raises(UserError, match=words) as caught:
        latents.read_latents(path, linear(Uniform(5)))
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="no such file"):
        latents.read_latents(tmp_path / "nowhere.npy", linear(Uniform(5)))
