"""CGAN, AC-GAN and InfoGAN: their terms against their definitions, and who learns from which."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.distributions import Categorical, Normal, Uniform
from torch.nn import functional as F

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.game import Players
from gankit.game.batch import DataSpec, Images, Labelled
from gankit.game.prior import Codes
from gankit.losses.objectives import categorical_information, continuous_information
from gankit.methods.acgan import ACGAN
from gankit.methods.cgan import CGAN
from gankit.methods.infogan import InfoGAN
from gankit.networks import MLP, ACGANNetwork, CGANNetwork, ConditionalDCGAN, InfoGANNetwork
from gankit.pictures.grids import HEAD
from gankit.training.turn import freeze
from tests.tiny import TinyRun

DATA = DataSpec(shape=(1, 8, 8), classes=("a", "b", "c"))
SMALL_MLP = MLP(generator_widths=(8,), discriminator_widths=(8,), dropout=0.0)


def labelled(n: int = 6) -> Labelled:
    images = torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return Labelled(images, torch.arange(n) % 3)


def seeded(make: Callable[[], Any]) -> Any:
    torch.manual_seed(5)
    return make()


def test_cgan_s_terms_are_the_game_s_with_the_label_in_both_players() -> None:
    method = CGAN(network=CGANNetwork(generator_widths=(8, 8, 8), units=(6, 5, 7), dropout=0.0))
    players = seeded(lambda: method.players(DATA))
    generator, discriminator = players
    batch = labelled()
    terms = seeded(lambda: method.discriminator_loss(players, batch))
    fake = seeded(lambda: generator(generator.prior.draw(6), batch.labels))
    real_score, fake_score = discriminator(batch.images, batch.labels), discriminator(fake, batch.labels)
    torch.testing.assert_close(terms["real"], -real_score.sigmoid().log().mean())
    torch.testing.assert_close(terms["fake"], -(1 - fake_score.sigmoid()).log().mean())
    wanted = seeded(lambda: method.generator_loss(players, batch))
    torch.testing.assert_close(wanted["non-saturating"], -fake_score.sigmoid().log().mean())


@pytest.mark.parametrize("network", [CGANNetwork(dropout=0.0), ConditionalDCGAN(width=4, hidden=16)])
def test_wrong_labels_change_cgan_s_losses(network: Any) -> None:
    method = CGAN(network=network)
    players = seeded(lambda: method.players(DATA)).eval()
    batch = labelled()
    wrong = Labelled(batch.images, torch.zeros_like(batch.labels))
    for loss in (method.discriminator_loss, method.generator_loss):
        right, other = (seeded(lambda given=given, loss=loss: loss(players, given)) for given in (batch, wrong))
        for name, term in right.items():
            assert term.item() != other[name].item(), name


def test_acgan_without_the_class_of_samples_leaves_that_term_out_and_no_other() -> None:
    method = ACGAN(network=SMALL_MLP)
    players, batch = seeded(lambda: method.players(DATA)), labelled()
    whole = seeded(lambda: method.discriminator_loss(players, batch))
    without = seeded(lambda: replace(method, fake_class=False).discriminator_loss(players, batch))
    assert whole.keys() - without.keys() == {"fake_class"}
    assert all(torch.equal(whole[name], term) for name, term in without.items())
    wanted = seeded(lambda: replace(method, fake_class=False).generator_loss(players, batch))
    assert wanted.keys() == {"non-saturating", "class"}


def test_acgan_s_terms_by_hand() -> None:
    method = ACGAN(network=SMALL_MLP, class_weight=0.5)
    players = seeded(lambda: method.players(DATA))
    generator, discriminator = players
    batch = labelled()
    terms = seeded(lambda: method.discriminator_loss(players, batch))
    fake = seeded(lambda: generator(generator.prior.draw(6), batch.labels))

    def source(images: Tensor) -> Tensor:
        return discriminator(images)["score"].sigmoid()

    def right(images: Tensor) -> Tensor:
        classes = discriminator(images)["label"].exp()
        return classes[torch.arange(6), batch.labels] / classes.sum(1)

    assert list(terms) == ["real", "fake", "real_class", "fake_class"]
    torch.testing.assert_close(terms["real"], -source(batch.images).log().mean())
    torch.testing.assert_close(terms["fake"], -(1 - source(fake)).log().mean())
    torch.testing.assert_close(terms["real_class"], -0.5 * right(batch.images).log().mean())
    torch.testing.assert_close(terms["fake_class"], -0.5 * right(fake).log().mean())
    wanted = seeded(lambda: method.generator_loss(players, batch))
    assert list(wanted) == ["non-saturating", "class"]
    torch.testing.assert_close(wanted["non-saturating"], -source(fake).log().mean())
    torch.testing.assert_close(wanted["class"], -0.5 * right(fake).log().mean())


def test_acgan_classifies_with_its_label_head() -> None:
    method = ACGAN(network=ACGANNetwork(generator_widths=(8,), discriminator_widths=(4, 4)))
    players = seeded(lambda: method.players(DATA)).eval()
    images = labelled().images
    logits = method.classify(players, images)
    assert logits.shape == (6, 3)
    torch.testing.assert_close(logits, players.discriminator(images)["label"])


def test_a_categorical_code_s_information_is_the_entropy_and_the_log_likelihood() -> None:
    torch.manual_seed(0)
    logits, chosen = torch.randn(50, 7), torch.randint(7, (50,))
    expected = Categorical(logits=torch.zeros(7)).entropy() + Categorical(logits=logits).log_prob(chosen).mean()
    torch.testing.assert_close(categorical_information(logits, F.one_hot(chosen, 7).float()), expected)


def test_continuous_codes_information_is_the_entropy_and_the_log_likelihood() -> None:
    torch.manual_seed(0)
    means, logs, codes = torch.randn(50, 3), torch.randn(50, 3), torch.rand(50, 3) * 4 - 2
    entropy = 3 * Uniform(-2.0, 2.0).entropy()
    expected = entropy + Normal(means, logs.exp()).log_prob(codes).sum(1).mean()
    torch.testing.assert_close(continuous_information(means, logs, codes, 2.0), expected)


def test_information_is_bounded_and_the_bound_is_reached() -> None:
    """I_hat <= H(c): a channel that sometimes lies, read by its exact posterior, by others, and without noise."""
    torch.manual_seed(0)
    k, n = 5, 40_000
    codes = torch.randint(k, (n,))
    one_hot = F.one_hot(codes, k).float()
    seen = torch.where(torch.rand(n) < 0.3, torch.randint(k, (n,)), codes)
    channel = torch.full((k, k), 0.3 / k) + 0.7 * torch.eye(k)
    # The mutual information of the channel, from its table: sum p log p - sum p(c) p(x) terms.
    true = math.log(k) + (channel * channel.log()).sum().item() / k
    exact = categorical_information(channel.log()[seen], one_hot).item()
    assert exact == pytest.approx(true, abs=0.02)
    for other in (torch.zeros(n, k), 3 * channel.log()[seen], torch.randn(n, k)):
        assert categorical_information(other, one_hot).item() < exact
    assert categorical_information(torch.zeros(n, k), one_hot).item() == pytest.approx(0, abs=1e-5)
    assert categorical_information(100 * one_hot, one_hot).item() == pytest.approx(math.log(k), abs=1e-5)


def test_a_learned_spread_is_best_at_the_error_s_own() -> None:
    torch.manual_seed(0)
    codes = torch.rand(20_000, 1) * 2 - 1
    means = codes + 0.1 * torch.randn_like(codes)
    spreads = torch.tensor([0.03, 0.1, 0.3, 1.0])
    scores = [continuous_information(means, torch.full_like(codes, s.log().item()), codes).item() for s in spreads]
    assert max(scores) == scores[1]
    # H(c) - H(N(0, 0.1)) for a Gaussian error that the ends of the interval hardly cut.
    assert scores[1] == pytest.approx(math.log(2) - Normal(0.0, 0.1).entropy().item(), abs=0.02)


def infogan(**options: Any) -> tuple[InfoGAN, Players]:
    method = InfoGAN(**{"network": SMALL_MLP, "noise": 4, **options})
    return method, seeded(lambda: method.players(DATA))


@pytest.mark.parametrize("learn_spread", [True, False])
def test_infogan_s_terms_against_distributions(learn_spread: bool) -> None:
    method, players = infogan(
        categorical=(3, 2), continuous=2, categorical_weight=0.7, continuous_weight=0.2, learn_spread=learn_spread
    )
    generator, discriminator = players
    terms = seeded(lambda: method.generator_loss(players, Images(labelled(16).images)))
    latents = seeded(lambda: generator.prior.draw(16))
    answers = discriminator(generator(latents))
    parts, q = generator.prior.slices(), answers["codes"]
    assert q.shape == (16, 3 + 2 + (4 if learn_spread else 2))
    categorical = math.log(6.0)
    for name, logits in (("categorical-1", q[:, :3]), ("categorical-2", q[:, 3:5])):
        categorical += Categorical(logits=logits).log_prob(latents[:, parts[name]].argmax(1)).mean()
    continuous = 2 * math.log(2.0)
    for name, at in (("continuous-1", 5), ("continuous-2", 6)):
        spread = q[:, at + 2].exp() if learn_spread else torch.ones(16)
        continuous += Normal(q[:, at], spread).log_prob(latents[:, parts[name]].squeeze(1)).mean()
    torch.testing.assert_close(terms["categorical"], -0.7 * torch.as_tensor(categorical))
    torch.testing.assert_close(terms["continuous"], -0.2 * torch.as_tensor(continuous))
    torch.testing.assert_close(terms["non-saturating"], -answers["score"].sigmoid().log().mean())


def gradients(players: Players, mover: str, loss: Callable[..., Any], batch: Any) -> set[str]:
    """The parameters that a turn's loss moves, by the part they belong to, frozen as the engine freezes."""
    opponent = "discriminator" if mover == "generator" else "generator"
    freeze(getattr(players, opponent).parameters(), getattr(players, mover).parameters())
    torch.stack(list(loss(players, batch).values())).sum().backward()
    named = players.named_parameters()
    return {".".join(name.split(".")[:3]) for name, value in named if value.grad is not None and value.grad.any()}


def test_information_teaches_q_and_the_trunk_in_one_turn_and_the_generator_in_the_other() -> None:
    batch = Images(labelled().images)
    method, players = infogan()
    moved = gradients(players, "discriminator", lambda p, b: method.information(*asked(p, b)), batch)
    assert "discriminator.heads.codes" in moved
    assert any(name.startswith("discriminator.trunk") for name in moved)
    assert not any(name.startswith("generator") or "heads.score" in name for name in moved)
    method, players = infogan()
    moved = gradients(players, "generator", lambda p, b: method.information(*asked(p, b)), batch)
    assert moved
    assert all(name.startswith("generator") for name in moved)
    method, players = infogan()
    moved = gradients(players, "generator", method.generator_loss, batch)
    assert all(name.startswith("generator") for name in moved)
    method, players = infogan()
    moved = gradients(players, "discriminator", method.discriminator_loss, batch)
    assert {"discriminator.heads.codes", "discriminator.heads.score"} <= moved
    assert not any(name.startswith("generator") for name in moved)


def asked(players: Players, batch: Images) -> tuple[Tensor, Tensor]:
    latents = players.generator.prior.draw(len(batch))
    return players.discriminator(players.generator(latents))["codes"], latents


def test_codes_of_one_kind_alone() -> None:
    batch = Images(labelled().images)
    method, players = infogan(categorical=(), continuous=1, learn_spread=False)
    assert "categorical" not in method.generator_loss(players, batch)
    assert "continuous" in method.discriminator_loss(players, batch)
    with pytest.raises(UserError, match="trains no classifier"):
        method.classify(players, batch.images)
    method, players = infogan(continuous=0)
    assert list(method.discriminator_loss(players, batch)) == ["real", "fake", "categorical"]


def test_infogan_classifies_by_its_first_categorical_code() -> None:
    method, players = infogan(network=InfoGANNetwork(width=4, hidden=8), categorical=(3, 2))
    players.eval()
    images = labelled().images
    logits = method.classify(players, images)
    assert logits.shape == (6, 3)
    torch.testing.assert_close(logits, players.discriminator(images)["codes"][:, :3])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: InfoGAN(categorical=(10, 1)), "categorical must be at least 2, not 10 1"),
        (lambda: InfoGAN(categorical=(0,)), "categorical must be at least 2, not 0"),
        (lambda: InfoGAN(categorical=(), continuous=0), "at least one: categorical or continuous"),
        (lambda: InfoGAN(continuous=-1), "can't be negative"),
        (lambda: InfoGAN(noise=-1), "can't be negative"),
        (lambda: InfoGAN(continuous_weight=-1.0), "continuous-weight can't be negative"),
        (lambda: InfoGAN(recogniser_width=0), "at least 1"),
        (lambda: InfoGAN(batch_size=1), "at least 2"),
        (lambda: CGAN(network=ConditionalDCGAN(), batch_size=1), "at least 2"),
        (lambda: ACGAN(class_weight=-0.1), "class-weight can't be negative"),
    ],
)
def test_mistakes_are_one_line(wrong: Callable[[], Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_sheets_of_a_conditional_run_have_a_column_for_each_class(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("cgan")
    step = 80 + 2  # a sheet of ten is about 800 wide: an 8x8 digit is drawn at 80x80, with gaps of 2
    for path, rows in (
        (run.directory / "previews" / "step-000006.png", 6),
        (run.sample(30).save(tmp_path / "sheet.png"), 3),
    ):
        with Image.open(path) as picture:
            assert picture.size == (10 * step + 2, HEAD + rows * step + 2)  # under the names
    assert run.sample(25).labels is not None
    threes = run.sample(4, label=3)
    assert threes.labels is not None
    assert threes.labels.tolist() == [3] * 4
    assert not torch.equal(threes.values, run.sample(4, label=4).values)


def test_codes_of_any_number_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    small = ["--network.width", "4", "--network.hidden", "8", "--batch-size", "8", "--steps", "2"]
    command = ["train", "infogan", "--categorical", "10", "4", "--continuous", "3", *small, "--out", str(out)]
    assert main(command) == 0
    run = gankit.load(out)
    assert isinstance(run.method, InfoGAN)
    assert run.method.categorical == (10, 4)
    assert run.generator().prior == Codes(62, (10, 4), 3)
    capsys.readouterr()
    for words, arguments in {
        "categorical must be at least 2, not 10 1": ["infogan", "--categorical", "10", "1"],
        "needs at least one: categorical or continuous": ["infogan", "--categorical", "--continuous", "0"],
        "cgan needs labels; 'swiss-roll' has none": ["cgan", "--data", "swiss-roll"],
        "acgan needs labels; 'gaussian' has none": ["acgan", "--data", "gaussian"],
        "cgan needs a second class": ["cgan", "--data", str(one_class(tmp_path / "photos"))],
        "needs images, not vectors of 2 numbers: take another --network": ["infogan", "--data", "ring"],
    }.items():
        assert main(["train", *arguments, "--out", str(tmp_path / "none")]) == 2
        printed = capsys.readouterr().err
        assert words in printed
        assert printed.count("gankit: error:") == 1
        assert not (tmp_path / "none").exists()


def one_class(folder: Path) -> Path:
    (folder / "cats").mkdir(parents=True)
    for index in range(4):
        Image.new("L", (8, 8), 60 * index).save(folder / "cats" / f"{index}.png")
    return folder
