"""Moves as graphs, on the pretended device, which records what it is told and does it again on the same tensors.

No graph was ever recorded on a card. What is seen here: that a replayed move is the move, that chance, rates and memory
are read when it is replayed, and that what no graph holds is found and said.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import gankit
from gankit.base.randomness import chance
from gankit.commands.main import main
from gankit.game.optimizers import SGD, Adam, Optimizer, RMSProp
from gankit.game.stabilisers import Stabilisers
from gankit.methods.gan import GAN
from gankit.methods.wgan import WGAN
from gankit.methods.wgan_gp import WGANGP
from gankit.networks import ConvOrMLP, DCGANNetwork
from gankit.runs import engine as engines
from gankit.training import checkpoint
from gankit.training.graphs import WARM_UP, Graphed, UnrecordableError, refusal
from gankit.training.state import State
from tests.pretend import backend, pretended, waits
from tests.rows import rows
from tests.tiny import OTHERWISE, POINTS, TINY, Tiny
from tests.training.material import ADAM, SMALL, batches_on, differing, everything, graphed

__all__ = ["pretended"]
pytestmark = pytest.mark.usefixtures("pretended")
ROWS = {**TINY, **OTHERWISE}
CAPTURED = ("dcgan", "sgan", "wgan", "began", "sngan", "cyclegan", "dcgan-augmented")
"""Batch norm, averages and clips after a turn, memory, turns of several moves, translators, ADA: one of each."""
CPU = torch.device("cpu")
ROUNDING: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-5}


@pytest.mark.parametrize("name", rows(CAPTURED, {"sngan", "dcgan-augmented", "sgan"}))
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


ALONG: dict[str, Tiny] = {
    "dcgan": replace(TINY["dcgan"], method=gankit.DCGAN(network=DCGANNetwork(width=2), batch_size=4)),
    "gan": POINTS.but(at_once=False, **ADAM),
    "wgan": replace(POINTS, method=WGAN(network=ConvOrMLP(mlp=SMALL), batch_size=8, critic_steps=1)),
    "wgan-gp": replace(
        POINTS, method=WGANGP(network=replace(WGANGP().network, mlp=SMALL), batch_size=8, critic_steps=1)
    ),
}


def together(tiny: Tiny, device: torch.device, steps: int) -> tuple[Graphed, State]:
    """The game by graphs and without them after as many `steps`, in each of which losses and weights agreed to rounding
    and as much noise was drawn."""
    ours, theirs = graphed(tiny, device), State(tiny.method, tiny.spec, device=device)
    batches = [batches_on(device, tiny) for _ in range(2)]
    for _ in range(steps):
        terms = ours.advance(batches[0])
        drawn = chance(device)
        plain = theirs.advance(batches[1])
        assert all(map(torch.equal, drawn, chance(device)))
        torch.testing.assert_close([t.cpu() for t in terms.values()], [t.cpu() for t in plain.values()], **ROUNDING)
    for name, value in everything(ours).items():
        torch.testing.assert_close(value, everything(theirs)[name], **ROUNDING)
    assert not ours.refused
    assert ours._recorded
    return ours, theirs


@pytest.mark.parametrize("name", ALONG)
def test_twenty_steps_are_those_without_graphs_but_for_the_rounding_of_the_rate(
    name: str, pretended: torch.device
) -> None:
    together(ALONG[name], pretended, 20)


OPTIMIZERS = [
    Adam(lr=1e-2, decay_after=2, decay_steps=8),
    Adam(lr=1e-2, weight_decay=0.1),
    RMSProp(lr=1e-3, decay_after=2, decay_steps=8),
    SGD(lr=0.05, shrink=1.2),
    SGD(lr=0.05, momentum=0.5, decay_after=2, decay_steps=8),
]
assert {type(optimizer) for optimizer in OPTIMIZERS} == set(Optimizer.__subclasses__())


def with_optimizer(optimizer: Optimizer) -> Tiny:
    return POINTS.but(at_once=False, generator_optimizer=optimizer, discriminator_optimizer=optimizer)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: type(optimizer).__name__)
def test_every_optimizer_is_recorded_and_reads_its_rate(optimizer: Optimizer, pretended: torch.device) -> None:
    together(with_optimizer(optimizer), pretended, WARM_UP + 5)


@pytest.mark.parametrize(
    ("optimizer", "why"), [(Adam(), "param_groups' capturable is False"), (RMSProp(), "waits for the device")]
)
def test_an_optimizer_that_is_not_made_for_it_is_refused(
    optimizer: Optimizer, why: str, pretended: torch.device
) -> None:
    """Adam's by the check that torch makes on CUDA, RMSProp's for its rate, which it would fetch."""
    tiny, said = with_optimizer(optimizer), list[str]()
    state, batches = graphed(tiny, pretended, said), batches_on(pretended, tiny)
    for built in state.optimizers.values():
        built.param_groups[0]["capturable"] = False
    for _ in range(WARM_UP):
        state.advance(batches)
    with nullcontext() if said else pytest.raises(UnrecordableError, match=why):
        state.advance(batches)
    assert not said or why in said[0]
    assert not state._recorded


def test_a_rate_that_no_graph_would_read_is_found(pretended: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny, said = with_optimizer(SGD(lr=0.1, shrink=1.1)), list[str]()
    monkeypatch.setattr(Graphed, "_tune", State._tune)
    state, batches = graphed(tiny, pretended, said), batches_on(pretended, tiny)
    for _ in range(WARM_UP + 1):
        state.advance(batches)
    assert "not the same operations on other tensors (aten._fused_sgd_" in said[0]
    assert not state._recorded


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
