"""What recipes of several methods are made of: the rival without a game, the scored encoder, the measure of variety."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gankit.base.errors import UserError
from gankit.game.batch import DataSpec, PartlyLabelled
from gankit.methods.infogan import InfoGAN
from gankit.networks import MLP, MLPAutoencoder
from gankit.reproduce.diversity import mean_distance
from gankit.reproduce.ebgan import GRID, histogram, methods
from gankit.reproduce.encoder import EncoderScore
from gankit.reproduce.infogan import played
from gankit.reproduce.record import read_record
from gankit.reproduce.supervised import Alone
from gankit.reproduce.wgan import followed, normless, picture_of

VECTORS = DataSpec(shape=(3,), classes=("a", "b"), bounded=False)


def test_alone_learns_from_labelled_examples_and_nothing_else() -> None:
    method = Alone(labels=4, network=MLP(generator_widths=(5,), discriminator_widths=(5,), dropout=0.0))
    players = method.players(VECTORS)
    labelled, labels = torch.randn(4, 3), torch.tensor([0, 1, 0, 1])
    (turn,) = method.turns()
    assert turn.player == "discriminator"
    losses = [
        turn.loss(players, PartlyLabelled(images=torch.randn(4, 3), labelled_images=labelled, labels=labels))
        for _ in range(2)
    ]
    assert [list(terms) for terms in losses] == [["supervised"], ["supervised"]]
    assert losses[0]["supervised"] == losses[1]["supervised"]
    wanted = torch.nn.functional.cross_entropy(method.classify(players, labelled), labels)
    assert losses[0]["supervised"] == wanted


def test_the_scored_encoder_differs_from_an_autoencoder_in_its_score_alone() -> None:
    autoencoder = MLPAutoencoder(generator_widths=(6, 6), encoder_widths=(7, 5), latent=4)
    network = EncoderScore(autoencoder=autoencoder, init_sd=0.5)
    torch.manual_seed(0)
    theirs = autoencoder.generator(VECTORS).state_dict()
    torch.manual_seed(0)
    ours = network.generator(VECTORS).state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert ours.keys() == theirs.keys()
    discriminator, encoder = network.discriminator(VECTORS), autoencoder.discriminator(VECTORS).encoder
    assert discriminator(torch.randn(8, 3)).shape == (8,)
    shapes = [tuple(part.shape) for part in encoder.parameters()]
    assert [tuple(part.shape) for part in discriminator.parameters()] == [*shapes, (1, 5), (1,)]
    weights = torch.cat([part.detach().flatten() for part in discriminator.parameters() if part.dim() == 2])
    assert 0.3 < float(weights.std()) < 0.7


def test_the_grid_holds_24_pairs_and_three_methods_on_each() -> None:
    assert len(set(GRID)) == 24
    found = methods(GRID[0])
    assert list(found) == ["ebgan", "ebgan-pt", "gan"]
    for method in found.values():
        players = method.players(DataSpec(shape=(1, 4, 4)))
        assert players.generator.sample(2).shape == (2, 1, 4, 4)


def test_the_mean_distance_is_of_pairs_of_different_points() -> None:
    assert mean_distance(torch.tensor([[0.0, 0.0], [3.0, 4.0]])) == pytest.approx(5)
    assert mean_distance(torch.ones(5, 3)) == 0
    torch.manual_seed(0)
    # |x - y| of two draws of N(0, I_2) is sqrt 2 times a Rayleigh's sqrt(pi / 2).
    assert mean_distance(torch.randn(1500, 2)) == pytest.approx(math.sqrt(math.pi), abs=0.05)


def test_the_critic_and_the_distance_are_paired_by_step(tmp_path: Path) -> None:
    lines: list[dict[str, float]] = [
        {"step": 10, "discriminator/wasserstein": -0.5, "generator/wasserstein": 1.0},
        {"step": 10, "frechet": 7.0},
        {"step": 15, "discriminator/wasserstein": -0.4},
        {"step": 20, "frechet": 3.0},
        {"step": 20, "discriminator/wasserstein": -0.25},
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = followed(tmp_path / "log.jsonl")
    assert found == ([10, 20], [0.5, 0.25], [7.0, 3.0])
    assert picture_of(*found).size == (700, 260)


def test_infogan_s_two_rows_differ_in_what_paper_and_code_do() -> None:
    paper, code = played("paper", reduced=False), played("released", reduced=False)
    assert paper == InfoGAN()
    assert code == replace(paper, continuous_weight=1.0, learn_spread=False, network=replace(paper.network, leak=0.01))
    half = played("released", reduced=True).network
    assert half == replace(code.network, width=32, hidden=512)


def test_a_signal_passes_both_generators_without_norm_from_the_start() -> None:
    torch.manual_seed(0)
    data = DataSpec(shape=(1, 28, 28))
    for method in normless().values():
        players = method.players(data)
        assert not [part for part in players.generator.modules() if isinstance(part, torch.nn.BatchNorm2d)]
        samples = players.generator.sample(64)
        assert samples.std() > 0.3
        assert players.discriminator(samples).std() > 0.01


def test_every_configuration_is_in_the_histogram() -> None:
    assert histogram({"ebgan": [1.0, 5.5, 9.9], "gan": [1.2, 1.2, 2.0]}).size == (500, 260)


@pytest.mark.parametrize("content", [b"{}", b"\xff\xfe", b"[1, 2]", b"null", b'{"recipe": 1}'])
def test_a_result_of_something_else_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"is no record of gankit reproduce .*: take another --out, or move it away"):
        read_record(path)
    assert path.read_bytes() == content
