"""What every row of METHODS must do."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gankit.base.errors import UserError
from gankit.data import Batches, images, open_data
from gankit.evaluation.frechet import frechet_distance
from gankit.game import Method
from gankit.game import batch as batches_of
from gankit.game.batch import DataSpec, Images
from gankit.game.optimizers import Adam, RMSProp
from gankit.losses.objectives import real_class_score
from gankit.methods import METHODS, method_class, name_of
from gankit.methods.acgan import ACGAN
from gankit.methods.began import BEGAN
from gankit.methods.cgan import CGAN
from gankit.methods.cross_entropy import CrossEntropy
from gankit.methods.dragan import DRAGAN
from gankit.methods.ebgan import EBGAN
from gankit.methods.fgan import FGAN
from gankit.methods.gan import GAN
from gankit.methods.infogan import InfoGAN
from gankit.methods.lsgan import LSGAN
from gankit.methods.wgan import WGAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import MLP, CGANNetwork, FGANNetwork
from gankit.training.state import State
from tests.tiny import TINY

DOCS = Path(__file__).parents[2] / "docs" / "methods"
NEEDS = {
    Images: "images",
    batches_of.Labelled: "labels",
    batches_of.PartlyLabelled: "a few labels",
    batches_of.Paired: "pairs",
    batches_of.Unpaired: "two domains",
}


def test_every_method_has_its_row_in_tests_tiny() -> None:
    assert TINY.keys() == METHODS.keys()
    for name, tiny in TINY.items():
        assert name_of(tiny.method) == name


@pytest.mark.parametrize("name", METHODS)
def test_its_row_tells_the_truth(name: str) -> None:
    kind: Any = method_class(name)
    assert NEEDS[kind().batch_type] == METHODS[name].needs
    assert name_of(kind()) == name
    module = __import__(kind.__module__, fromlist=["*"])
    statement = " ".join((module.__doc__ or "").split())
    assert METHODS[name].paper.title in statement
    assert METHODS[name].paper.arxiv in statement


@pytest.mark.parametrize("name", METHODS)
def test_it_is_frozen_and_every_field_is_explained(name: str) -> None:
    import inspect

    kind: Any = method_class(name)
    sources = "".join(inspect.getsource(base) for base in kind.__mro__ if issubclass(base, Method))
    for field in fields(kind):
        at = sources.index(f"    {field.name}: ")
        assert '"""' in sources[at : at + 700].split("\n    def ")[0], field.name
    with pytest.raises(AttributeError):
        kind().batch_size = 3


FAST: dict[str, Any] = {"generator_optimizer": Adam(lr=1e-3), "discriminator_optimizer": Adam(lr=1e-3)}


def on_points(name: str) -> Method[Any]:
    """The method as it plays on points, which want small layers and quicker steps than MNIST."""
    small = MLP(generator_widths=(64, 64), discriminator_widths=(64, 64), latent=2, leak=0.0, dropout=0.0)
    if name == "wgan-gp":
        base = WGANGP()
        return replace(base, network=replace(base.network, mlp=small), penalty=0.1, batch_size=128, **FAST)
    if name == "cgan":
        layers = (64, 64, 64)
        # The released weights are small, for layers as wide as those of the code.
        network = CGANNetwork(latent=2, generator_widths=layers, units=layers, dropout=0.0, initial_weights="torch")
        return CGAN(network=network, **FAST)
    if name == "acgan":
        return ACGAN(network=small, batch_size=128, **FAST)
    if name == "infogan":
        return InfoGAN(network=small, noise=2, categorical=(2,), continuous=1, batch_size=128, **FAST)
    if name == "wgan":
        base = WGAN(clip=0.05, generator_optimizer=RMSProp(lr=1e-3), discriminator_optimizer=RMSProp(lr=1e-3))
        return replace(base, network=replace(base.network, mlp=small), critic_steps=2, batch_size=128)
    if name == "lsgan":
        return LSGAN(network=replace(LSGAN().network, mlp=small), batch_size=128, **FAST)
    if name == "dragan":
        return DRAGAN(network=replace(DRAGAN().network, mlp=small), penalty=0.1, batch_size=128, **FAST)
    if name == "fgan":
        network = FGANNetwork(generator_widths=(64, 64), discriminator_widths=(64, 64), discriminator_init_sd=0.1)
        return FGAN(network=network, batch_size=128, **FAST)
    if name == "ebgan":
        return EBGAN(batch_size=128, **FAST)
    if name == "began":
        return BEGAN(diversity=1.0, gain=0.1, batch_size=64, **FAST)
    return GAN(network=small, batch_size=128, **FAST)


@pytest.mark.parametrize(
    "name", ["gan", "wgan-gp", "cgan", "acgan", "infogan", "wgan", "lsgan", "dragan", "fgan", "ebgan", "began"]
)
def test_it_beats_an_untrained_generator_on_a_toy(name: str) -> None:
    method = on_points(name)
    pack = open_data("gaussian" if method.batch_type is Images else "ring")
    state = State(method, pack.spec, ema=0.99)
    batches = Batches(pack, method.batch_type, method.batch_size, seed=0)
    real = images(pack, torch.arange(2000))

    def distance() -> float:
        torch.manual_seed(0)
        with torch.no_grad():
            return frechet_distance(real, state.average.module.sample(2000))

    before = left = distance()
    while state.step < 300 and left >= before / 10:
        for _ in range(50):
            state.advance(batches)
        left = distance()
    assert left < before / 10


def test_minimax_and_non_saturating_are_different_games() -> None:
    data = DataSpec(shape=(1, 8, 8))
    losses = []
    for objective in ("minimax", "non-saturating"):
        method = GAN(objective=objective)
        torch.manual_seed(0)
        players = method.players(data)
        losses.append(method.generator_loss(players, Images(torch.zeros(4, 1, 8, 8)))[objective].item())
    assert losses[0] == pytest.approx(-losses[1], abs=0.1)
    assert losses[0] < 0


def test_wgan_gp_refuses_what_breaks_its_penalty() -> None:
    network = WGANGP().network
    with pytest.raises(UserError, match="can't use batch norm"):
        WGANGP(network=replace(network, conv=replace(network.conv, discriminator_norm="batch")))
    with pytest.raises(UserError, match="negative"):
        WGANGP(penalty=-1)


@pytest.mark.parametrize("kind", [WGANGP, DRAGAN])
@pytest.mark.parametrize("part", ["conv", "mlp"])
def test_a_penalty_on_single_samples_refuses_minibatch_discrimination(kind: Any, part: str) -> None:
    network = kind().network
    with pytest.raises(UserError, match="anything of the minibatch, which tie samples together"):
        kind(network=replace(network, **{part: replace(getattr(network, part), minibatch=5)}))
    kind(network=replace(network, conv=replace(network.conv, discriminator_norm="spectral")))


SMOOTHED = [name for name in METHODS if issubclass(method_class(name), CrossEntropy)]


def source_score(answer: torch.Tensor | dict[str, torch.Tensor]) -> torch.Tensor:
    if isinstance(answer, dict):
        return answer["score"] if "score" in answer else real_class_score(answer["classes"])
    return answer


def test_who_learns_by_cross_entropy() -> None:
    assert SMOOTHED == ["gan", "dcgan", "cgan", "acgan", "infogan", "sgan", "dragan"]


@pytest.mark.parametrize("name", SMOOTHED)
def test_smoothing_moves_the_target_of_data_alone(name: str) -> None:
    tiny = TINY[name]
    weight = getattr(tiny.method, "unlabelled_weight", 1.0)
    found = []
    for smoothing in (0.0, 0.25):
        method: Any = tiny.but(smoothing=smoothing).method
        torch.manual_seed(0)
        players, batch = method.players(tiny.spec), tiny.batch()
        scores: list[torch.Tensor] = []
        players.discriminator.register_forward_hook(
            lambda module, given, answer, kept=scores: kept.append(source_score(answer))
        )
        terms = {**method.discriminator_loss(players, batch), "wanted": method.generator_loss(players, batch)}
        found.append((terms, scores[0]))
    (plain, scored), (smoothed, _) = found
    torch.testing.assert_close(smoothed.pop("real"), plain.pop("real") + 0.25 * weight * scored.mean())
    torch.testing.assert_close(smoothed, plain, rtol=0, atol=0)
    with pytest.raises(UserError, match="smoothing must be at least 0 and below 1"):
        tiny.but(smoothing=1.0)


def test_an_unknown_method_is_told_its_neighbours() -> None:
    with pytest.raises(UserError, match=r"no method 'dcgam' .did you mean 'dcgan'"):
        method_class("dcgam")
    with pytest.raises(UserError, match=r"nowhere\.py can't be read: no such file"):
        method_class("nowhere.py:Thing")


PRESETS = [(name, preset) for name in METHODS for preset in method_class(name).presets()]


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_a_preset_is_the_method_with_other_settings(name: str, preset: str) -> None:
    method = method_class(name).preset(preset)
    assert name_of(method) == name
    assert method != METHODS[name].load()()
    assert f"`{preset}`" in (type(method).presets.__doc__ or "")
    assert f"--preset {preset}" in (DOCS / f"{name}.md").read_text()


def test_a_preset_that_there_is_not() -> None:
    with pytest.raises(UserError, match=r"WGANGP has no preset 'tou' \(did you mean 'toy'\?\): there is toy"):
        WGANGP.preset("tou")
    with pytest.raises(UserError, match="GAN has no preset 'toy': it has none"):
        GAN.preset("toy")
