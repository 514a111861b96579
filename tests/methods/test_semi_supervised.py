"""SGAN and CatGAN: objectives against their closed forms, gradients to the right player, and what they learn."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gankit.base.errors import UserError
from gankit.data import Batches, images, labelled_subset, open_data
from gankit.evaluation import matched_error
from gankit.game import Players
from gankit.game.batch import DataSpec, Images, PartlyLabelled
from gankit.game.optimizers import Adam
from gankit.losses import objectives
from gankit.methods.catgan import CatGAN
from gankit.methods.gan import GAN
from gankit.methods.sgan import SGAN
from gankit.networks import MLP, CatGANNetwork, DCGANNetwork, WeightNormMLP
from gankit.networks.parts import Noise, WeightNorm
from gankit.training.state import State
from tests.tiny import TinyRun, copied

DATA = DataSpec(shape=(1, 8, 8), classes=("a", "b", "c"))
SMALL_MLP = MLP(generator_widths=(16,), discriminator_widths=(16,), dropout=0.0)


def logits(*shape: int, seed: int = 0) -> Tensor:
    return torch.tensor(np.random.default_rng(seed).normal(size=shape) * 3, requires_grad=True)


def softmax(values: Tensor) -> np.ndarray:
    powers = np.exp(values.detach().numpy())
    return powers / powers.sum(-1, keepdims=True)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    return -(probabilities * np.log(probabilities)).sum(-1)


def test_entropies_are_their_definitions() -> None:
    given = logits(7, 4)
    p = softmax(given)
    assert objectives.conditional_entropy(given).item() == pytest.approx(entropy(p).mean(), rel=1e-6)
    assert objectives.marginal_entropy(given).item() == pytest.approx(entropy(p.mean(0)), rel=1e-6)


def test_entropies_at_their_ends() -> None:
    even, sure = torch.zeros(6, 5), 300 * torch.eye(5)
    same = sure[torch.zeros(6, dtype=torch.long)]
    assert objectives.conditional_entropy(even).item() == pytest.approx(math.log(5))
    assert objectives.marginal_entropy(even).item() == pytest.approx(math.log(5))
    assert objectives.conditional_entropy(sure).item() == pytest.approx(0, abs=1e-6)
    assert objectives.marginal_entropy(sure).item() == pytest.approx(math.log(5))
    assert objectives.marginal_entropy(same).item() == pytest.approx(0, abs=1e-6)
    for far in (sure, same):
        far = far.clone().requires_grad_()
        (objectives.marginal_entropy(far) - objectives.conditional_entropy(far)).backward()
        assert far.grad is not None
        assert far.grad.isfinite().all()


def test_their_difference_is_the_information_between_data_and_categories() -> None:
    """I(x; y) = E KL(p(y|x) || p(y)), which is never negative."""
    given = logits(9, 3, seed=1)
    p = softmax(given)
    information = (p * np.log(p / p.mean(0))).sum(1).mean()
    got = objectives.marginal_entropy(given) - objectives.conditional_entropy(given)
    assert got.item() == pytest.approx(information, rel=1e-5)


def test_a_small_batch_s_marginal_entropy_is_too_low() -> None:
    given = logits(400, 6, seed=2).detach()
    parts = torch.stack([objectives.marginal_entropy(part) for part in given.split(10)])
    assert parts.mean() < objectives.marginal_entropy(given) - 0.01


def test_a_fake_class_of_logit_0_is_one_score() -> None:
    """p(FAKE) of the softmax over K + 1 is 1 / (1 + Z), and 1 - p(FAKE) = Z / (Z + 1) is sigmoid of the score."""
    given = logits(8, 10)
    extended = softmax(torch.cat([given, torch.zeros(8, 1)], 1))
    z = np.exp(given.detach().numpy()).sum(1)
    score = objectives.real_class_score(given)
    np.testing.assert_allclose(extended[:, -1], 1 / (1 + z), rtol=1e-6)
    np.testing.assert_allclose(score.sigmoid().detach(), z / (z + 1), rtol=1e-6)
    assert objectives.real_cross_entropy(score).item() == pytest.approx(-np.log(1 - extended[:, -1]).mean(), rel=1e-5)
    assert objectives.fake_cross_entropy(score).item() == pytest.approx(-np.log(extended[:, -1]).mean(), rel=1e-5)


def test_any_logit_of_fake_may_be_subtracted() -> None:
    """K + 1 free logits are K and a constant: the softmax is the same."""
    free = logits(5, 4)
    reduced = free[:, :3] - free[:, 3:]
    p = softmax(free)
    np.testing.assert_allclose(objectives.real_class_score(reduced).sigmoid().detach(), 1 - p[:, 3], rtol=1e-5)


def test_the_released_code_s_form_is_the_paper_s() -> None:
    """-E lse(x) + E softplus(lse(x)) + E softplus(lse(G)) = -E log D(x) - E log(1 - D(G(z)))."""
    real, fake = logits(6, 10, seed=3), logits(9, 10, seed=4)
    lse = [torch.logsumexp(each, 1) for each in (real, fake)]
    released = -lse[0].mean() + F.softplus(lse[0]).mean() + F.softplus(lse[1]).mean()
    z = [np.exp(each.detach().numpy()).sum(1) for each in (real, fake)]
    paper = -np.log(z[0] / (z[0] + 1)).mean() - np.log(1 - z[1] / (z[1] + 1)).mean()
    scores = [objectives.real_class_score(each) for each in (real, fake)]
    ours = objectives.real_cross_entropy(scores[0]) + objectives.fake_cross_entropy(scores[1])
    assert ours.item() == pytest.approx(released.item(), rel=1e-5)
    assert ours.item() == pytest.approx(paper, rel=1e-5)


def test_odena_s_cross_entropy_is_that_of_the_class_and_that_of_not_fake() -> None:
    given, labels = logits(6, 4), torch.tensor([0, 3, 1, 1, 2, 0])
    odena = F.cross_entropy(torch.cat([given, torch.zeros(6, 1)], 1), labels)
    ours = F.cross_entropy(given, labels) + objectives.real_cross_entropy(objectives.real_class_score(given))
    assert ours.item() == pytest.approx(odena.item(), rel=1e-6)


def test_feature_matching_compares_means() -> None:
    real, fake = logits(4, 5), logits(7, 5, seed=1)
    expected = np.mean((real.detach().numpy().mean(0) - fake.detach().numpy().mean(0)) ** 2)
    assert objectives.feature_matching(real, fake).item() == pytest.approx(expected, rel=1e-6)
    assert objectives.feature_matching(real, real[torch.randperm(4)]).item() == pytest.approx(0, abs=1e-12)


class Answers(nn.Module):
    """A discriminator that knows the answer by the first pixel: 0 is the data's, 1 the labelled's, 2 the sample's."""

    def __init__(self, head: str, *answers: Tensor) -> None:
        super().__init__()
        self.head, self.answers = head, answers

    def forward(self, data: Tensor) -> dict[str, Tensor]:
        return {self.head: self.answers[int(data[0])]}


class Twos(nn.Module):
    def sample(self, n: int) -> Tensor:
        return torch.full((n,), 2.0)


@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_sgan_s_losses_put_each_answer_in_its_place(weight: float) -> None:
    real, labelled, fake = (logits(6, 4, seed=seed) for seed in range(3))
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    batch = PartlyLabelled(torch.zeros(6), torch.ones(6), labels)
    method = SGAN(unlabelled_weight=weight)
    players = Players(Twos(), Answers("classes", real, labelled, fake))
    terms = method.discriminator_loss(players, batch)
    assert terms["supervised"].item() == pytest.approx(-np.log(softmax(labelled)[range(6), labels]).mean(), rel=1e-5)
    z = [np.exp(each.detach().numpy()).sum(1) for each in (real, fake)]
    assert terms["real"].item() == pytest.approx(-weight * np.log(z[0] / (1 + z[0])).mean(), rel=1e-5)
    assert terms["fake"].item() == pytest.approx(weight * np.log(1 + z[1]).mean(), rel=1e-5)
    assert len(terms) == 3
    (adversarial,) = method.generator_loss(players, batch).values()
    assert adversarial.item() == pytest.approx(-np.log(z[1] / (1 + z[1])).mean(), rel=1e-5)


def test_catgan_s_losses_are_the_paper_s() -> None:
    real, labelled, fake = (logits(6, 4, seed=seed) for seed in range(3))
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    players = Players(Twos(), Answers("categories", real, labelled, fake))
    method = CatGAN(labels=8, supervised_weight=3.0)
    batch = PartlyLabelled(torch.zeros(6), torch.ones(6), labels)
    p, q = softmax(real), softmax(fake)
    unsupervised = -entropy(p.mean(0)) + entropy(p).mean() - entropy(q).mean()
    supervised = -3 * np.log(softmax(labelled)[range(6), labels]).mean()
    assert sum(method.discriminator_loss(players, batch).values()).item() == pytest.approx(unsupervised + supervised)  # type: ignore[union-attr]
    alone = CatGAN().discriminator_loss(players, Images(torch.zeros(6)))
    assert sum(alone.values()).item() == pytest.approx(unsupervised)  # type: ignore[union-attr]
    expected = -entropy(q.mean(0)) + entropy(q).mean()
    assert sum(method.generator_loss(players, batch).values()).item() == pytest.approx(expected)  # type: ignore[union-attr]


METHODS: list[Any] = [
    SGAN(network=SMALL_MLP),
    SGAN(network=SMALL_MLP, generator_objective="feature-matching"),
    CatGAN(network=SMALL_MLP),
    CatGAN(network=SMALL_MLP, labels=3),
]


def batch_for(method: Any, n: int = 6) -> Any:
    torch.manual_seed(0)
    pictures = [torch.rand(n, 1, 8, 8) * 2 - 1 for _ in range(2)]
    if method.batch_type is Images:
        return Images(pictures[0])
    return PartlyLabelled(pictures[0], pictures[1], torch.arange(n) % 3)


@pytest.mark.parametrize("method", METHODS)
def test_each_term_reaches_its_player_and_no_other(method: Any) -> None:
    """With the opponent frozen, as the engine does."""
    players = method.players(DATA)
    for player, loss in (("generator", method.generator_loss), ("discriminator", method.discriminator_loss)):
        for name, module in players.named_children():
            module.requires_grad_(name == player)
        for name, term in loss(players, batch_for(method)).items():
            players.zero_grad()
            term.backward(retain_graph=True)
            for side, module in players.named_children():
                reached = [p.grad is not None and bool(p.grad.abs().sum() > 0) for p in module.parameters()]
                assert any(reached) == (side == player), (name, side)


def test_the_labels_are_learned_from_and_the_unlabelled_are_not_told() -> None:
    """Another label changes the supervised term alone."""
    method = SGAN(network=SMALL_MLP)
    players, batch = method.players(DATA), batch_for(METHODS[0])
    other = PartlyLabelled(batch.images, batch.labelled_images, (batch.labels + 1) % 3)
    terms = []
    for each in (batch, other):
        torch.manual_seed(1)
        terms.append(method.discriminator_loss(players, each))
    assert {name for name in terms[0] if terms[0][name] != terms[1][name]} == {"supervised"}


def test_what_each_classifies() -> None:
    pictures = torch.rand(5, 1, 8, 8)
    for method, outputs in ((METHODS[0], 3), (CatGAN(network=SMALL_MLP, categories=7), 7), (METHODS[3], 3)):
        players = method.players(DATA).eval()
        answer = method.classify(players, pictures)
        assert answer.shape == (5, outputs)
        assert torch.equal(answer, method.classify(players, pictures))
    with pytest.raises(UserError, match="GAN trains no classifier"):
        GAN().classify(GAN().players(DATA), pictures)


def test_labels_decide_what_catgan_is_played_on() -> None:
    assert (CatGAN().batch_type, CatGAN(labels=10).batch_type) == (Images, PartlyLabelled)
    assert CatGAN(labels="all").batch_type is PartlyLabelled
    assert (SGAN().batch_type, SGAN().label_budget, SGAN(labels="all").label_budget) == (PartlyLabelled, 100, "all")
    assert GAN().label_budget == "all"


def test_values_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UserError, match="categories must be at least 2, not 1"):
        CatGAN(categories=1)
    with pytest.raises(UserError, match="supervised-weight can't be negative"):
        CatGAN(supervised_weight=-1)
    with pytest.raises(UserError, match="unlabelled-weight can't be negative"):
        SGAN(unlabelled_weight=-0.1)


def test_mistakes_with_labels_leave_nothing_behind(tmp_path: Path) -> None:
    import gankit

    with pytest.raises(UserError, match=r"5 labels can't cover the 10 classes of 'digits': use --labels 10"):
        gankit.train(SGAN(labels=5), data="digits", out=tmp_path / "run")
    with pytest.raises(UserError, match=r"catgan needs labels; 'gaussian' has none"):
        gankit.train(CatGAN(labels=10), data="gaussian", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_s_players_classify(tiny_run: TinyRun, tmp_path: Path) -> None:
    import gankit

    run = gankit.load(copied(tiny_run("sgan"), tmp_path / "run"))
    players = run.players(device="cpu")
    assert not players.training
    assert run.method.classify(players, torch.rand(3, 1, 8, 8)).shape == (3, 10)
    (tmp_path / "run" / "checkpoints").rename(tmp_path / "away")
    with pytest.raises(UserError, match="no checkpoint yet"):
        run.players()


def test_noise_is_for_training_alone() -> None:
    torch.manual_seed(0)
    layer, zeros = Noise(0.3), torch.zeros(200, 200)
    assert layer(zeros).std().item() == pytest.approx(0.3, rel=0.02)
    assert torch.equal(layer.eval()(zeros), zeros)


def test_the_papers_networks() -> None:
    data = DataSpec(shape=(1, 28, 28), classes=tuple("0123456789"))
    heads = SGAN(network=WeightNormMLP()).players(data).discriminator
    layers = [layer for layer in heads.modules() if isinstance(layer, WeightNorm)]
    assert [layer.out_features for layer in layers] == [1000, 500, 250, 250, 250, 10]
    assert [layer.sd for layer in heads.modules() if isinstance(layer, Noise)] == [0.3] + [0.5] * 5
    assert not any(isinstance(layer, Noise) for layer in list(heads.trunk)[-2:]), "features are matched without noise"
    generator = WeightNormMLP().generator(data)
    widths = [(layer.in_features, layer.out_features) for layer in generator.modules() if isinstance(layer, nn.Linear)]
    assert widths == [(100, 500), (500, 500), (500, 784)]
    catgan = CatGAN(categories=20).players(data)
    widths = [layer.out_features for layer in catgan.discriminator.modules() if isinstance(layer, nn.Linear)]
    assert widths == [1000, 500, 250, 250, 250, 20]
    widths = [layer.out_features for layer in catgan.generator.modules() if isinstance(layer, nn.Linear)]
    assert widths == [500, 500, 1000, 784]


FAST: dict[str, Any] = {
    "generator_optimizer": Adam(lr=1e-3, betas=(0.5, 0.999)),
    "discriminator_optimizer": Adam(lr=1e-3, betas=(0.5, 0.999)),
}


def learn(method: Any, steps: int, data: str = "digits") -> tuple[Tensor, Tensor]:
    """What `method` answers about digits of which it knew no label, after so many steps, and their labels."""
    pack = open_data(data)
    assert pack.labels is not None
    state = State(method, pack.spec)
    batches = Batches(pack, method.batch_type, method.batch_size, seed=0, labels=method.label_budget)
    for _ in range(steps):
        state.advance(batches)
    known = labelled_subset(pack, method.label_budget, seed=0) if method.label_budget else torch.arange(0)
    others = torch.ones(len(pack), dtype=torch.bool).index_fill(0, known, False).nonzero().flatten()[:1000]
    with torch.no_grad():
        answers = method.classify(state.players.eval(), images(pack, others))
    return answers.argmax(1), pack.labels[others]


SMALL_CATGAN = CatGANNetwork(generator_widths=(100,), discriminator_widths=(200, 100))
SMALL_NOISY = WeightNormMLP(generator_widths=(100,), discriminator_widths=(200, 100), noise=0.2)


@pytest.mark.parametrize(
    "method",
    [
        SGAN(network=DCGANNetwork(width=8), batch_size=50, **FAST),
        SGAN(network=SMALL_NOISY, generator_objective="feature-matching", batch_size=50, **FAST),
        CatGAN(labels=100, network=SMALL_CATGAN, batch_size=50, **FAST),
    ],
)
def test_a_hundred_labels_are_enough_for_digits(method: Any) -> None:
    answers, labels = learn(method, 80)
    assert (answers == labels).float().mean() > 0.75


def test_catgan_finds_digits_without_labels() -> None:
    errors = [matched_error(*learn(CatGAN(network=SMALL_CATGAN, **FAST), steps)) for steps in (0, 120)]
    assert errors[0] > 0.65
    assert errors[1] < 0.5
