"""Moves as graphs, on the pretended device, which records what it is told and does it again on the same tensors.

No graph was ever recorded on a card. What is seen here: that a replayed move is the move, that chance, rates and memory
are read when it is replayed, and that what no graph holds is found and said.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.data import Batches
from gankit.game.optimizers import SGD, Adam
from gankit.game.players import Players
from gankit.game.stabilisers import Stabilisers
from gankit.methods.gan import GAN
from gankit.networks import MLP
from gankit.runs import engine as engines
from gankit.training import checkpoint
from gankit.training.graphs import WARM_UP, Graphed, refusal
from gankit.training.state import State
from tests.pretend import backend, pretended, waits
from tests.tiny import OTHERWISE, TINY, Tiny, quiet

__all__ = ["pretended"]
pytestmark = pytest.mark.usefixtures("pretended")
ROWS = {**TINY, **OTHERWISE}
CAPTURED = ("dcgan", "sgan", "wgan", "began", "sngan", "cyclegan", "dcgan-augmented")
"""Batch norm, averages and clips after a turn, memory, turns of several moves, translators, ADA: one of each."""
SMALL = MLP(generator_widths=(16,), discriminator_widths=(16,))
CPU = torch.device("cpu")
ADAM: dict[str, Any] = {"generator_optimizer": Adam(), "discriminator_optimizer": Adam()}


def batches_on(device: torch.device, tiny: Tiny) -> Batches:
    method = tiny.method
    return Batches(tiny.pack(), method.batch_type, method.batch_size, seed=0, device=device, labels=method.label_budget)


def graphed(tiny: Tiny, device: torch.device, said: list[str] | None = None) -> Graphed:
    return Graphed(tiny.method, tiny.spec, device=device, say=said.append if said is not None else quiet)


def everything(state: State) -> dict[str, Tensor]:
    return {f"{file}/{name}": value.cpu() for file, group in state.tensors().items() for name, value in group.items()}


def differing(ours: State, theirs: State) -> list[str]:
    one, other = everything(ours), everything(theirs)
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])]


@pytest.mark.parametrize("name", CAPTURED)
def test_a_replayed_move_is_the_move(name: str, pretended: torch.device) -> None:
    tiny = ROWS[name]
    ours, theirs = graphed(tiny, pretended), graphed(tiny, pretended)
    theirs.watched = True  # so that nothing is recorded
    batches = [batches_on(pretended, tiny) for _ in range(2)]
    for _ in range(WARM_UP + 1):
        ours.advance(batches[0])
        theirs.advance(batches[1])
    waits.clear()
    terms, plain = ours.advance(batches[0]), theirs.advance(batches[1])
    assert waits == []
    assert not ours.refused
    assert len(ours._recorded) == len(tiny.method.turns())
    assert {name: term.item() for name, term in terms.items()} == {name: term.item() for name, term in plain.items()}
    assert differing(ours, theirs) == []


def test_it_is_the_game_without_graphs_but_for_the_rounding_of_the_rate(pretended: torch.device) -> None:
    tiny = TINY["wgan-gp"]
    ours, theirs = graphed(tiny, pretended), State(tiny.method, tiny.spec, device=pretended)
    batches = [batches_on(pretended, tiny) for _ in range(2)]
    for _ in range(WARM_UP + 1):
        ours.advance(batches[0])
        theirs.advance(batches[1])
    terms, plain = ours.advance(batches[0]), theirs.advance(batches[1])
    for name, term in terms.items():
        assert term.item() == pytest.approx(plain[name].item(), rel=1e-3, abs=1e-5)


def test_a_rate_that_falls_is_read_when_it_is_replayed(pretended: torch.device) -> None:
    tiny = TINY["dcgan"].but(generator_optimizer=Adam(decay_after=4, decay_steps=2))
    state, batches = graphed(tiny, pretended), batches_on(pretended, tiny)
    for _ in range(WARM_UP + 3):
        state.advance(batches)
    before = [p.cpu().clone() for p in state.players.generator.parameters()]
    state.advance(batches)  # at a rate of 0
    assert all(torch.equal(a, b.cpu()) for a, b in zip(before, state.players.generator.parameters(), strict=True))


def test_it_is_resumed_to_the_bit(pretended: torch.device, tmp_path: Path) -> None:
    tiny = TINY["began"]
    first, batches = graphed(tiny, pretended), batches_on(pretended, tiny)
    for _ in range(WARM_UP + 2):
        first.advance(batches)
    path = checkpoint.write(tmp_path, checkpoint.snapshot(first.tensors()), first.counters())
    second = graphed(tiny, pretended)
    second.restore(*checkpoint.read(path))
    for _ in range(WARM_UP + 1):
        first.advance(batches)
        second.advance(batches)
    assert second._recorded
    assert differing(first, second) == []
    first.restore(*checkpoint.read(path))  # as care does, with graphs that hold the tensors from before
    for _ in range(WARM_UP + 1):
        first.advance(batches)
    assert differing(first, second) == []


def test_a_step_that_hooks_see_is_played_as_it_is(pretended: torch.device) -> None:
    tiny, seen = TINY["dcgan"], list[int]()
    state, batches = graphed(tiny, pretended), batches_on(pretended, tiny)
    state.optimizers["generator"].register_step_pre_hook(lambda *_: seen.append(state.step))
    for step in range(WARM_UP + 3):
        state.watched = step == WARM_UP + 1
        state.advance(batches)
    assert seen == [0, 1, 2, WARM_UP, WARM_UP + 1]  # of the rest one was recorded, and one replayed


class Peeking(GAN):
    def generator_loss(self, players: Any, batch: Any) -> Any:
        terms = super().generator_loss(players, batch)
        return terms if all(term.item() < 1e9 for term in terms.values()) else {}


class Drawing(GAN):
    def generator_loss(self, players: Any, batch: Any) -> Any:
        return {name: term * torch.rand(()).item() for name, term in super().generator_loss(players, batch).items()}


class Replacing(GAN):
    def players(self, data: Any) -> Any:
        return Players(*super().players(data), seen=torch.zeros(()))

    def generator_loss(self, players: Any, batch: Any) -> Any:
        players.seen = players.seen + 1
        return super().generator_loss(players, batch)


@pytest.mark.parametrize(
    ("kind", "why"),
    [(Peeking, "waits for the device"), (Drawing, "random numbers on the CPU"), (Replacing, "its memory 'seen'")],
)
def test_what_no_graph_holds_is_found_while_it_warms_up(kind: Any, why: str, pretended: torch.device) -> None:
    tiny = replace(TINY["gan"], method=kind(at_once=False, network=SMALL, batch_size=8, **ADAM))
    said: list[str] = []
    ours, theirs = graphed(tiny, pretended, said), graphed(tiny, pretended)
    theirs.watched = True
    for state in (ours, theirs):
        batches = batches_on(pretended, tiny)
        for _ in range(WARM_UP + 2):
            state.advance(batches)
    assert len(said) == 1
    assert why in said[0]
    assert not ours._recorded
    assert differing(ours, theirs) == []


class Late(GAN):
    """Waits once it is no longer warming up."""

    moves: ClassVar[list[int]] = []

    def generator_loss(self, players: Any, batch: Any) -> Any:
        self.moves.append(1)
        terms = super().generator_loss(players, batch)
        return {n: term * (term.item() if len(self.moves) > WARM_UP else 1) for n, term in terms.items()}


def test_what_a_recording_refuses_is_one_line(pretended: torch.device) -> None:
    Late.moves.clear()
    tiny = replace(TINY["gan"], method=Late(at_once=False, network=SMALL, batch_size=8, **ADAM))
    state, batches = graphed(tiny, pretended), batches_on(pretended, tiny)
    for _ in range(WARM_UP):
        state.advance(batches)
    with pytest.raises(UserError, match=r"generator's move can't be recorded as a graph .*--engine eager"):
        state.advance(batches)


@pytest.mark.parametrize(
    ("method", "why"),
    [
        (GAN(), "move at once"),
        (GAN(at_once=False), "momentum"),
        (GAN(at_once=False, generator_optimizer=Adam(root_eps=1e-8), discriminator_optimizer=SGD()), "root-eps"),
        (gankit.DCGAN(stabilisers=Stabilisers(instance_noise=0.1)), "instance noise"),
    ],
)
def test_what_changes_on_the_host_is_refused_before_it_is_played(
    method: Any, why: str, pretended: torch.device
) -> None:
    assert why in refusal(method, pretended)


def test_where_there_are_no_graphs(pretended: torch.device) -> None:
    assert "cpu records no graphs" in refusal(gankit.DCGAN(), CPU)
    assert "shards" in refusal(gankit.DCGAN(), pretended, 2)
    assert refusal(gankit.DCGAN(), pretended) == ""


def train(out: Path, *more: str) -> int:
    small = ["--network.width", "4", "--batch-size", "8", "--preview-every", "0"]
    return main(["train", "dcgan", "--data", "digits", "--out", str(out), *small, *more])


def test_the_engine_is_part_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    there = ("--device", "pretend:0")
    assert train(out, *there, "--engine", "graph", "--steps", "5") == 0
    assert json.loads((out / "config.json").read_text())["engine"] == "graph"
    assert train(out, *there, "--steps", "6") == 2
    assert "--change engine" in capsys.readouterr().err
    assert train(out, *there, "--engine", "auto", "--steps", "6") == 0  # what it began with
    assert train(out, *there, "--change", "engine", "--steps", "7") == 0
    assert "engine" not in json.loads((out / "config.json").read_text())


def test_a_machine_without_graphs_says_so_and_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(tmp_path / "run", "--device", "cpu", "--engine", "graph", "--steps", "1") == 0
    assert "engine eager, not graph: cpu records no graphs" in capsys.readouterr().err
    assert "engine" not in json.loads((tmp_path / "run" / "config.json").read_text())


def test_auto_measures_both_and_says_what_it_takes(monkeypatch: pytest.MonkeyPatch, pretended: torch.device) -> None:
    tiny, said = TINY["dcgan"], list[str]()
    monkeypatch.setattr(engines, "SECONDS", 0.0)
    asked = engines.Options(data="digits", engine="auto")
    taken = engines.engine_of(tiny.method, tiny.pack(), asked, pretended, "fp32", say=said.append)
    assert said[0].startswith(f"engine auto takes {taken}: a step is eager ")
    assert "graph" in said[0]
    assert backend.recording is None
    again = engines.engine_of(tiny.method, tiny.pack(), asked, pretended, "fp32", say=said.append, stated="graph")
    assert again == "graph"
    assert len(said) == 1
