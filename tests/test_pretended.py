"""Every method, and what is asked of a run, on an accelerator that is only pretended (`tests.pretend`).

What it can tell: whether tensors of two places meet, what a program waits for, and that chance and streams are kept
apart. What it can't: how fast anything is, and whether a real device's kernels repeat themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gankit
from gankit.base.devices import pick_device, pins, repeatable, sent, synchronize
from gankit.base.randomness import chance, replayed, reseed, seeded
from gankit.commands.main import main
from gankit.data import Batches
from gankit.game.batch import PartlyLabelled
from gankit.losses.penalties import gradient_penalty
from gankit.training import checkpoint
from gankit.training.log import Window
from gankit.training.state import State
from tests import pretend
from tests.pretend import Elsewhere, pretended, waits
from tests.tiny import OTHERWISE, PRECISELY, TINY, Tiny, TinyRun, copied, quiet

__all__ = ["pretended"]
pytestmark = pytest.mark.usefixtures("pretended")
ROWS = {**TINY, **OTHERWISE}


def batches_on(device: torch.device, tiny: Tiny, *, flip: bool = False) -> Batches:
    method, pack = tiny.method, tiny.pack()
    budget = method.label_budget
    return Batches(pack, method.batch_type, method.batch_size, seed=0, device=device, flip=flip, labels=budget)


def weights(state: State) -> dict[str, Tensor]:
    return {f"{file}/{name}": value.cpu() for file, group in state.tensors().items() for name, value in group.items()}


def assert_same(first: State, second: State) -> None:
    ours, theirs = weights(first), weights(second)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


@pytest.mark.parametrize(("name", "precision"), PRECISELY)
def test_a_step_mixes_nothing_waits_for_nothing_and_is_resumed(
    name: str, precision: Any, pretended: torch.device, tmp_path: Path
) -> None:
    tiny, window = ROWS[name], Window()
    batches = batches_on(pretended, tiny)
    first = State(tiny.method, tiny.spec, device=pretended, precision=precision)
    first.advance(batches)
    path = checkpoint.write(tmp_path, checkpoint.snapshot(first.tensors()), first.counters())
    waits.clear()
    window.add(first.advance(batches))
    assert waits == []
    window.take()
    assert len(waits) == 1  # all terms in one transfer
    second = State(tiny.method, tiny.spec, device=pretended, precision=precision)
    second.restore(*checkpoint.read(path))
    second.advance(batches_on(pretended, tiny))
    assert_same(first, second)
    assert {value.device for group in first.tensors().values() for value in group.values()} <= {
        pretended,
        torch.device("cpu"),  # the count of steps of an optimiser that is not fused
    }


@pytest.mark.parametrize("name", [name for name, tiny in TINY.items() if tiny.pair == "auto"])
def test_it_computes_what_the_cpu_computes(name: str, pretended: torch.device) -> None:
    """Translators aside, whose jitter is drawn on the CPU and whose dropout is not: elsewhere from two generators.

    A convolution is differentiated twice by another formula elsewhere, so penalties are equal to rounding.
    """
    there, here = (State(ROWS[name].method, ROWS[name].spec, device=where) for where in (pretended, None))
    for state in (there, here):
        state.advance(batches_on(state.device, ROWS[name]))
    if name in ("wgan-gp", "dragan", "r3gan"):
        ours, theirs = weights(there), weights(here)
        assert all(torch.allclose(ours[each].double(), theirs[each].double(), atol=1e-6) for each in ours)
    else:
        assert_same(there, here)


@pytest.mark.parametrize(
    "mix",
    [
        lambda there: there + torch.ones(3),
        lambda there: torch.cat([there, torch.ones(3)]),
        lambda there: torch.ones(3).add_(there),
        lambda there: torch.ones(3)[there.long()],
        lambda there: torch.stack([there.sum(), torch.zeros(())]),
        lambda there: there + there.to("pretend:1"),
    ],
)
def test_planted_mixes_are_caught(mix: Callable[[Tensor], Tensor], pretended: torch.device) -> None:
    there = torch.zeros(3, device=pretended)
    with pytest.raises(RuntimeError, match="to be on the same device"):
        mix(there)


@pytest.mark.parametrize(
    "wait",
    [
        lambda there: there.sum().item(),
        lambda there: bool(there.any()),
        lambda there: there.cpu(),
        lambda there: there.tolist(),
        lambda there: there[there > 0],
        lambda there: there.nonzero(),
        lambda there: (there + 1).multinomial(2),
        lambda there: torch.normal(there, there + 1),
        lambda there: there + torch.tensor([1.0, 2.0, 3.0], device=there.device),
        lambda there: there + torch.ones(3).to(there.device, non_blocking=True),
        lambda there: there[torch.zeros(2, dtype=torch.int64)],
    ],
)
def test_planted_waits_are_counted(wait: Callable[[Tensor], object], pretended: torch.device) -> None:
    there = torch.zeros(3, device=pretended)
    waits.clear()
    wait(there)
    assert len(waits) == 1


def test_a_method_that_waits_or_mixes_is_caught(pretended: torch.device) -> None:
    class Waiting(gankit.DCGAN):
        def generator_loss(self, players: Any, batch: Any) -> Any:
            terms = super().generator_loss(players, batch)
            return terms if all(term.item() < 1e9 for term in terms.values()) else {}

    class Mixing(gankit.DCGAN):
        def generator_loss(self, players: Any, batch: Any) -> Any:
            return {"mixed": (players.generator.sample(8) * torch.ones(8, 1, 1, 1)).mean()}

    dcgan = TINY["dcgan"]
    batches = batches_on(pretended, dcgan)
    fields = {"network": dcgan.method.network, "batch_size": 8}
    state = State(Waiting(**fields), dcgan.spec, device=pretended)
    waits.clear()
    state.advance(batches)
    assert len(waits) == 1
    with pytest.raises(RuntimeError, match="same device"):
        State(Mixing(**fields), dcgan.spec, device=pretended).advance(batches)


def test_the_device_asked_for_is_the_one_seeded_and_becomes_the_current_one(pretended: torch.device) -> None:
    assert pretend.backend.current != pretended.index
    other = pretend.backend.get_rng_state(torch.device("pretend", 1))
    reseed(pretended, 3)
    once = torch.randn(4, device=pretended).cpu()
    reseed(pretended, 3)
    assert torch.equal(once, torch.randn(4, device=pretended).cpu())
    assert torch.equal(other, pretend.backend.get_rng_state(torch.device("pretend", 1)))
    assert pick_device("pretend:0") == pretended
    assert pretend.backend.current == 0
    with pytest.raises(gankit.UserError, match="this machine has 2 PRETEND devices"):
        pick_device("pretend:2")


def test_chance_is_kept_and_replayed(pretended: torch.device) -> None:
    def drawn() -> list[Tensor]:
        return [torch.randn(2, device=pretended).cpu(), torch.randn(2)]

    reseed(pretended, 5)
    before = chance(pretended)
    first = drawn()
    with replayed(pretended, before):
        assert all(map(torch.equal, first, drawn()))
    with seeded(pretended, 9):
        other = drawn()
    second = drawn()
    assert not torch.equal(first[0], other[0])
    reseed(pretended, 5)
    assert all(map(torch.equal, first + second, drawn() + drawn()))


@pytest.mark.parametrize("fast", [False, True])
def test_a_device_repeats_itself_unless_it_is_to_be_fast(fast: bool, pretended: torch.device) -> None:
    def switches() -> tuple[bool, bool, int]:
        cudnn = torch.backends.cudnn
        return cudnn.deterministic, cudnn.benchmark, torch.get_deterministic_debug_mode()

    before = switches()
    with repeatable(pretended, fast=fast):
        assert switches() == (not fast, fast, 0 if fast else 1)
    assert switches() == before
    with repeatable(torch.device("cpu"), fast=fast):
        assert switches() == before


@pytest.mark.parametrize("name", ["dcgan", "catgan", "acgan", "pix2pix", "cyclegan"])
@pytest.mark.parametrize("free", [2**40, 1000], ids=["resident", "ahead"])
def test_batches_are_the_cpu_s_wherever_the_pack_lives(
    name: str, free: int, pretended: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several epochs of the few labels and two of the data, with a leap as a run that is resumed makes it."""
    monkeypatch.setattr(pretend.backend, "free", free)
    tiny = TINY[name]
    there, here = (batches_on(where, tiny, flip=True) for where in (pretended, torch.device("cpu")))
    assert isinstance(there._values, Elsewhere) == (free > 1000)
    epoch, size = there.epoch, there.batch_size
    waits.clear()
    for position in [*range(0, 5 * size, size), *range(epoch - 2 * size, epoch + 2 * size, size)]:
        ours, theirs = vars(there.at(position)), vars(here.at(position))
        assert all(isinstance(value, Elsewhere) for value in ours.values())
        assert waits == []
        assert all(torch.equal(value.held, theirs[field]) for field, value in ours.items())


def test_few_labels_are_sent_without_a_wait(pretended: torch.device) -> None:
    batches = batches_on(pretended, TINY["catgan"])
    batches.at(0)
    waits.clear()
    batch = batches.at(20 * 8)  # another shuffle of the 20 labels
    assert isinstance(batch, PartlyLabelled)
    assert waits == []


def test_a_batch_of_another_stream_is_waited_for(pretended: torch.device) -> None:
    """The planted bug: the copy is used without its event."""
    side = pretend.backend.Stream(pretended)
    with pretend.backend.stream(side):
        copy = sent(torch.ones(3), pretended)
        event = side.record_event()
    with pytest.raises(RuntimeError, match="before its event"):
        copy.add(1)
    pretend.backend.current_stream().wait_event(event)
    assert (copy + 1).device == pretended


def test_what_stays_here_is_not_pinned() -> None:
    assert not pins(torch.device("cpu"))
    assert not pins(torch.device("mps"))
    values = torch.ones(3)
    assert sent(values, torch.device("cpu")) is values
    synchronize(torch.device("cpu"))


def test_penalties_are_float32_under_autocast(pretended: torch.device) -> None:
    network = torch.nn.Linear(3, 1).to(pretended)
    seen: list[torch.dtype] = []
    network.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    real = torch.zeros(4, 3, device=pretended)
    with torch.autocast("pretend", torch.bfloat16):
        network(real)
        gradient_penalty(network, real, real + 1).backward()
    assert seen == [torch.bfloat16, torch.float32]


def test_a_run_from_beginning_to_end(tiny_run: TinyRun, pretended: torch.device, tmp_path: Path) -> None:
    """Trained, stopped, continued, scored: the samples and previews are those of the CPU, to the bit."""
    out, options = tmp_path / "run", {"device": "pretend:0", "precision": "fp32", "preview_every": 3}
    TINY["dcgan"].train(out, steps=3, **options)
    run = TINY["dcgan"].train(out, evaluate_every=6, metrics=("kid",), features="pixels", **options)
    here = TINY["dcgan"].train(tmp_path / "here", precision="fp32", preview_every=3)
    assert torch.equal(run.sample(300, device="pretend:0").values, here.sample(300, device="cpu").values)
    for name in ("step-000003.png", "step-000006.png"):
        assert (out / "previews" / name).read_bytes() == (here.directory / "previews" / name).read_bytes()
    card = gankit.evaluate(run, metrics=("frechet", "path-length"), samples=500, device="pretend:0", say=quiet)
    same = gankit.evaluate(here, metrics=("frechet", "path-length"), samples=500, device="cpu", say=quiet)
    assert [figure.value for figure in card.figures] == pytest.approx([f.value for f in same.figures], rel=1e-5)


EXPLORATIONS = {
    "walk": ["--seeds", "3", "5"],
    "arithmetic": ["--plus", "1", "2", "3", "--minus", "4", "5", "6"],
    "invert": ["-n", "2", "--steps", "2", "--restarts", "2"],
    "features": [],
    "probe": ["--labels", "40", "--test", "40", "--centres", "4"],
    "neighbours": [],
    "traverse": ["--directions", "pca", "--columns", "3"],
    "regions": [],
    "game": [],
    "film": [],
    "seeds": ["-n", "3"],
}


@pytest.mark.parametrize("question", EXPLORATIONS)
def test_a_run_is_explored(question: str, tiny_run: TinyRun, pretended: torch.device, tmp_path: Path) -> None:
    run = tiny_run("points" if question == "game" else "dcgan")
    out = tmp_path / ("out.gif" if question == "film" else "out.png")
    where = [] if question == "film" else ["--device", "pretend:0"]
    assert main(["explore", question, str(run.directory), "--out", str(out), *where, *EXPLORATIONS[question]]) == 0
    assert out.exists()


@pytest.mark.parametrize("name", ["pix2pix", "cyclegan"])
def test_pictures_are_translated_and_scored(
    name: str, tiny_run: TinyRun, pretended: torch.device, tmp_path: Path
) -> None:
    run = gankit.load(copied(tiny_run(name), tmp_path / "run"))
    pixels = np.full((20, 24, 1), 90, np.uint8)
    options: dict[str, Any] = {"precision": "fp32", "tile": 16}
    there, here = (np.asarray(run.translate(pixels, device=where, **options)) for where in ("pretend:0", "cpu"))
    assert np.abs(there.astype(int) - here.astype(int)).max() <= (255 if name == "pix2pix" else 1)  # it has dropout
    gankit.evaluate(run, metrics=("frechet",), samples=100, device="pretend:0", features="pixels", say=quiet)


def test_a_conditional_run_is_sampled_and_classifies(tiny_run: TinyRun, pretended: torch.device) -> None:
    run = tiny_run("acgan")
    there, here = (run.sample(20, seed=4, device=where) for where in ("pretend:0", "cpu"))
    assert torch.equal(there.values, here.values)
    images = there.values[:4]
    assert run.classifier(device="pretend:0")(images).device.type == "cpu"


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp"])
def test_a_training_waits_for_nothing_between_its_looks(
    name: str, pretended: torch.device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that looks at the game beside the steps; the first step and the last are not counted."""
    seen: list[list[str]] = []

    def advance(self: State, batches: Batches) -> Any:
        seen.append(list(waits))
        return original(self, batches)

    original = State.advance
    monkeypatch.setattr(State, "advance", advance)
    often = {"log_every": 100, "checkpoint_every": 0, "preview_every": 0}
    TINY[name].train(tmp_path / "run", steps=6, device="pretend:0", precision="fp32", **often)
    assert seen[-1][len(seen[1]) :] == []


def test_attributes_are_drawn_where_the_generator_is(pretended: torch.device) -> None:
    cgan = TINY["cgan"]
    rates = tuple(0.1 * index for index in range(len(cgan.spec.classes)))
    generator = cgan.method.network.generator(replace(cgan.spec, rates=rates)).to(pretended)
    waits.clear()
    generator.sample(4)
    assert waits == []
    assert generator.draw_labels(4).device == pretended
    assert generator.draw_labels(4, "cpu").device.type == "cpu"
