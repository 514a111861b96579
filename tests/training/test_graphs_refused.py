"""What can't be a graph of a device: found while a move warms up, or refused while it is recorded, and said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from gankit.base.devices import synchronize
from gankit.base.errors import UserError
from gankit.data import Batches
from gankit.game.players import Players
from gankit.game.turn import Turn
from gankit.methods.gan import GAN
from gankit.runs import engine as engines
from gankit.training.graphs import WARM_UP
from gankit.training.state import State
from tests.pretend import backend, pretended
from tests.tiny import POINTS, Tiny
from tests.training.material import ADAM, SMALL, batches_on, differing, graphed

__all__ = ["pretended"]
pytestmark = pytest.mark.usefixtures("pretended")
MOVES: list[int] = []
"""Those of the generator so far, in the methods that count them."""


def of(kind: type[GAN]) -> Tiny:
    return replace(POINTS, method=kind(at_once=False, network=SMALL, batch_size=8, **ADAM))


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


class Fading(GAN):
    """Weighs its loss with a number of the host's that changes from move to move."""

    def generator_loss(self, players: Any, batch: Any) -> Any:
        weight = 0.5 ** len(MOVES)
        MOVES.append(1)
        return {name: self.weighed(term, weight) for name, term in super().generator_loss(players, batch).items()}

    def weighed(self, term: Tensor, weight: float) -> Tensor:
        return term * weight


class FadingBackwards(Fading):
    """The same on the way back, which another thread goes."""

    def weighed(self, term: Tensor, weight: float) -> Tensor:
        term.register_hook(lambda gradient: gradient * weight)
        return term


class FadingThere(Fading):
    """With a number that the CPU holds as a tensor."""

    def weighed(self, term: Tensor, weight: float) -> Tensor:
        return term * torch.tensor(weight)


@pytest.mark.parametrize("seen", [None, WARM_UP - 1])
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Peeking, "waits for the device"),
        (Drawing, "random numbers on the CPU"),
        (Replacing, "its memory 'seen'"),
        (Fading, "(aten.mul.Tensor of [0."),
        (FadingBackwards, "(aten.mul.Tensor of [0."),
        (FadingThere, "(aten.lift_fresh of [0."),
    ],
)
def test_what_no_graph_holds_is_found_while_it_warms_up(
    kind: Any, why: str, seen: int | None, pretended: torch.device
) -> None:
    """Whether or not hooks see one of the steps that would warm up."""
    tiny = of(kind)
    said: list[str] = []
    ours, theirs = graphed(tiny, pretended, said), graphed(tiny, pretended)
    for state in (ours, theirs):
        MOVES.clear()
        batches = batches_on(pretended, tiny)
        for step in range(WARM_UP + 3):
            state.watched = state is theirs or step == seen
            state.advance(batches)
    assert len(said) == 1
    assert why in said[0]
    assert not ours._recorded
    assert differing(ours, theirs) == []


class Late(GAN):
    """Does what no graph holds once it is no longer warming up."""

    def generator_loss(self, players: Any, batch: Any) -> Any:
        MOVES.append(1)
        terms = super().generator_loss(players, batch)
        if len(MOVES) > WARM_UP:
            self.do(next(iter(terms.values())))
        return terms

    def do(self, term: Tensor) -> None:
        term.item()


class Spoiling(Late):
    """In a way that torch does not see coming."""

    def do(self, term: Tensor) -> None:
        synchronize(term.device)


class Reseeding(Late):
    def do(self, term: Tensor) -> None:
        torch.manual_seed(3)


class Seldom(Late):
    """Only every third step."""

    def turns(self) -> tuple[Turn, ...]:
        return tuple(replace(turn, every=3 if turn.player == "generator" else 1) for turn in super().turns())


LATE = {
    Late: "called a synchronizing",
    Spoiling: "not permitted when stream is capturing",
    Reseeding: "generator's state",
}


@pytest.mark.parametrize(("kind", "why"), LATE.items())
def test_what_a_recording_refuses_is_one_line(kind: Any, why: str, pretended: torch.device) -> None:
    MOVES.clear()
    tiny = of(kind)
    state, batches = graphed(tiny, pretended), batches_on(pretended, tiny)
    for _ in range(WARM_UP):
        state.advance(batches)
    with pytest.raises(UserError, match=rf"generator's move can't be recorded \(.*{why}.*--engine eager"):
        state.advance(batches)
    assert backend.current_stream() is backend.default_stream
    assert backend.sync_debug_mode == "default"


@pytest.mark.parametrize(("kind", "why"), [*LATE.items(), (Seldom, LATE[Late])])
def test_auto_is_eager_where_a_recording_is_refused(
    kind: Any, why: str, pretended: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "SECONDS", 0.0)
    tiny, said, state = of(kind), list[str](), State.advance

    def advance(self: State, batches: Batches) -> Any:
        if self.step == 0:
            MOVES.clear()
        return state(self, batches)

    monkeypatch.setattr(State, "advance", advance)
    asked = engines.Options(data="ring", engine="auto")
    assert engines.engine_of(tiny.method, tiny.pack(), asked, pretended, "fp32", say=said.append) == "eager"
    assert len(said) == 1
    assert said[0].startswith("engine eager, not graph: the generator's move can't be recorded (")
    assert why in said[0]
