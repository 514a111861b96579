"""Shards: a step is the same to the bit, however many processes share it."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from torch import Tensor, nn
from torch.distributed import TCPStore

import gankit
from gankit.base.errors import UserError
from gankit.base.ranks import Ranks, joined
from gankit.data import Batches
from gankit.game import Players, Terms, Turn
from gankit.game.batch import Images
from gankit.methods.dcgan import DCGAN
from gankit.training import checkpoint
from gankit.training.shards import Order, Sharded, follow, leading, of_a_shard
from gankit.training.state import State
from tests.rows import rows
from tests.tiny import OTHERWISE, PLAIN, TINY, Tiny
from tests.together import together

ROWS = {**TINY, **OTHERWISE}


def sharded(tiny: Tiny, shards: int, ranks: Ranks) -> tuple[Sharded, Batches]:
    method = tiny.method if tiny.method.batch_size > 1 else replace(tiny.method, batch_size=2)
    small = of_a_shard(method, shards)
    batches = Batches(tiny.pack(), method.batch_type, small.batch_size, seed=0, labels=method.label_budget)
    return Sharded(method, tiny.spec, shards=shards, ranks=ranks), batches


def hashes(state: State) -> dict[str, str]:
    """Of every tensor of a state."""
    return {
        f"{file}/{name}": hashlib.blake2b(value.contiguous().flatten().view(torch.uint8).numpy().tobytes()).hexdigest()
        for file, group in checkpoint.snapshot(state.tensors()).items()
        for name, value in (group.items())
        if value.numel()
    }


def played(shards: int, names: list[str], steps: int = 3) -> dict[str, dict[str, str]]:
    """What some steps of each row come to, in the process that leads; {} in another."""
    found = {}
    for name in names:
        ranks = joined()
        ranks.connect(torch.device("cpu"))
        state, batches = sharded(ROWS[name], shards, ranks)
        if not ranks.leads:
            follow(state, batches)
            continue
        with leading(state):
            for _ in range(steps):
                state.advance(batches)
            found[name] = hashes(state)
    return found


def test_two_processes_come_to_the_bits_of_one_in_every_game() -> None:
    alone = played(2, list(ROWS))
    led, followed = together(2, played, 2, list(ROWS))
    assert followed
    assert followed.value == {}
    assert led
    assert [name for name in ROWS if led.value[name] != alone[name]] == []


def in_six(names: list[str]) -> dict[str, dict[str, str]]:
    rows = {name: ROWS[name].but(batch_size=6, **({"pool": 6} if name == "cyclegan" else {})) for name in names}
    with mock.patch.dict(ROWS, rows):
        return played(6, names)


@pytest.mark.parametrize("world", rows([2, 3], [2]))
def test_any_number_of_processes_shares_six_shards(world: int) -> None:
    names = ["cyclegan", "dcgan-augmented", "wgan-gp"]
    led = together(world, in_six, names)[0]
    assert led
    assert led.value == in_six(names)


def test_a_step_goes_by_the_mean_over_the_shards() -> None:
    """Without anything that looks at a batch as a whole, two shards are their batch, but for rounding and chance."""
    tiny = TINY["wgan-gp"]

    class Still(type(tiny.method)):  # type: ignore[misc]  # pyright: ignore
        def discriminator_loss(self, players: Players, batch: Images) -> Terms:
            return {"mean": players.discriminator(batch.images).square().mean()}

        def generator_loss(self, players: Players, batch: Images) -> Terms:
            return {"mean": players.generator(torch.ones(len(batch), 100)).square().mean()}

    method = Still(network=tiny.method.network, batch_size=8)
    pack = tiny.pack()
    whole = State(method, pack.spec)
    parted = Sharded(method, pack.spec, shards=4, ranks=Ranks())
    for _ in range(2):
        one = whole.advance(Batches(pack, Images, 8, seed=0))
        other = parted.advance(Batches(pack, Images, 2, seed=0))
        assert whole.images == parted.images
        for name, value in one.items():
            torch.testing.assert_close(other[name], value)
    for ours, theirs in zip(parted.players.parameters(), whole.players.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=2e-5)


def test_running_statistics_are_the_mean_of_those_of_the_shards() -> None:
    state, batches = sharded(TINY["dcgan"], 2, Ranks())
    norms = [module for module in state.players.discriminator.modules() if isinstance(module, nn.BatchNorm2d)]
    seen: list[list[Tensor]] = []
    norms[0].register_forward_hook(lambda module, inputs, output: seen.append([inputs[0].detach().mean((0, 2, 3))]))
    state.advance(batches)
    per_shard: list[Tensor] = []
    for first in (0, 2):  # of either shard of the discriminator's turn: data, then samples
        mean = torch.zeros_like(seen[0][0])
        for (batch_mean,) in seen[first : first + 2]:
            mean = 0.9 * mean + 0.1 * batch_mean
        per_shard.append(mean)
    after_first_turn = torch.stack(per_shard).mean(0)
    third = torch.stack([0.9 * after_first_turn + 0.1 * means[0] for means in seen[4:6]]).mean(0)
    torch.testing.assert_close(norms[0].running_mean, third)
    assert norms[0].num_batches_tracked == 3


def test_shards_have_chance_and_pools_of_their_own() -> None:
    state, batches = sharded(TINY["cyclegan"], 2, Ranks())
    for _ in range(2):
        state.advance(batches)
    saved = state.tensors()
    for name in ("made_first", "pool_first", "pool_second"):
        assert not torch.equal(saved["shards"][f"1/{name}"], saved["players"][name])
    drawn: list[Tensor] = []
    state, batches = sharded(TINY["dcgan"], 2, Ranks())
    state.players.generator.register_forward_pre_hook(lambda module, inputs: drawn.append(inputs[0]))
    state.advance(batches)
    assert len({latents[0, 0].item() for latents in drawn}) == 4  # two shards, two turns


@pytest.mark.parametrize("name", ["cyclegan", "gan-steadied", "began", "cgan-at-once", "sgan", "dcgan-augmented"])
def test_six_steps_equal_three_and_three_more(name: str, tmp_path: Path) -> None:
    whole, batches = sharded(ROWS[name], 2, Ranks())
    for _ in range(6):
        whole.advance(batches)
    first, batches = sharded(ROWS[name], 2, Ranks())
    for _ in range(3):
        first.advance(batches)
    path = checkpoint.write(tmp_path, first.tensors(), first.counters())
    second, batches = sharded(ROWS[name], 2, Ranks())
    second.restore(*checkpoint.read(path))
    for _ in range(3):
        second.advance(batches)
    assert hashes(second) == hashes(whole)


def test_ada_goes_by_all_images_of_a_step() -> None:
    parted, batches = sharded(OTHERWISE["dcgan-augmented"], 2, Ranks())
    whole, all_of_them = OTHERWISE["dcgan-augmented"].start()
    terms: Terms = {}
    others: Terms = {}
    for _ in range(4):
        terms, others = parted.advance(batches), whole.advance(all_of_them)
    assert abs(terms["augment_probability"] - others["augment_probability"]) in (0.0, pytest.approx(0.16))
    assert "overfitting now" not in str(terms)
    assert {name.rpartition("/")[2] for name in terms} >= {"overfitting", "augment_probability"}


def test_memory_of_samples_can_not_change_where_no_shard_is_at_hand() -> None:
    class Forgetful(DCGAN):
        def players(self, data: Any) -> Players:
            return Players(*super().players(data), kept=torch.zeros(4, 3))

        def after_turn(self, turn: Turn, players: Players, terms: Terms) -> None:
            players.get_buffer("kept").add_(1)

    method = Forgetful(network=PLAIN, batch_size=8)
    state = Sharded(method, TINY["dcgan"].spec, shards=2, ranks=Ranks())
    with pytest.raises(UserError, match="changes 'kept', its memory of samples, after a turn"):
        state.advance(Batches(TINY["dcgan"].pack(), Images, 4, seed=0))


def test_what_can_not_be_shared_is_one_line() -> None:
    with pytest.raises(UserError, match="a batch of 8 can't be cut into 3 shards of one size: take --batch-size 9"):
        of_a_shard(TINY["dcgan"].method, 3)
    with pytest.raises(UserError, match="4 processes can't share the work of --shards 6 evenly: take --shards 4, or"):
        Sharded(TINY["dcgan"].but(batch_size=6).method, TINY["dcgan"].spec, shards=6, ranks=Ranks(0, 4))


# What follows is whole trainings.

OFTEN: dict[str, Any] = {"steps": 6, "log_every": 2, "checkpoint_every": 2, "preview_every": 0, "device": "cpu"}


def trained(out: Path, **options: Any) -> list[str]:
    """A training in which two shards are shared by all processes; what was said."""
    said: list[str] = []
    TINY["cyclegan"].but(batch_size=2).train(out, **{**OFTEN, "shards": 2, "say": said.append, **options})
    return said


def bits(run: Path) -> dict[str, bytes]:
    """The tensors that a run's newest checkpoint holds."""
    newest = checkpoint.listed(run / "checkpoints")[-1]
    return {path.name: path.read_bytes() for path in newest.glob("*.safetensors")}


@contextmanager
def at_step(step: int, done: Any) -> Iterator[None]:
    """Have `done` called before the step after `step`, in a process that follows."""
    obey = Sharded.obey

    def or_else(state: Sharded, order: Order, batches: Batches) -> None:
        if order is Order.PLAY and state.step == step:
            done()
        obey(state, order, batches)

    with mock.patch.object(Sharded, "obey", or_else):
        yield


def killed_at_five(out: Path) -> list[str]:
    with at_step(5, lambda: os.kill(os.getpid(), signal.SIGKILL)):
        return trained(out)


def asked_to_stop_at_three(out: Path) -> list[str]:
    with mock.patch("gankit.base.ranks.ATTENTION", 0), at_step(3, lambda: os.kill(os.getpid(), signal.SIGTERM)):
        return trained(out)


def otherwise(out: Path, options: dict[str, Any]) -> list[str]:
    return trained(out, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one process, never interrupted."""
    out = tmp_path_factory.mktemp("whole") / "run"
    trained(out)
    return out


def test_a_killed_process_ends_all_in_one_line_and_one_or_two_go_on_to_the_same_bits(
    whole: Path, tmp_path: Path
) -> None:
    store = TCPStore("127.0.0.1", 0, is_master=True)
    led, followed = together(2, killed_at_five, tmp_path / "run", store=store)
    assert followed is None
    assert led
    assert led.value.startswith("another process of this training is gone")
    assert checkpoint.listed(tmp_path / "run" / "checkpoints")[-1].name == "step-000004"
    led, followed = together(2, otherwise, tmp_path / "run", {"steps": 5}, store=store)
    assert followed
    assert followed.value == []
    assert led
    assert any("continues at step 4" in line for line in led.value)
    trained(tmp_path / "run")
    assert bits(tmp_path / "run") == bits(whole)
    assert (tmp_path / "run" / "config.json").read_bytes() == (whole / "config.json").read_bytes()


def test_whoever_is_asked_to_stop_stops_all_with_a_checkpoint(whole: Path, tmp_path: Path) -> None:
    ended = together(2, asked_to_stop_at_three, tmp_path / "run")
    assert [end and end.value for end in ended] == [128 + signal.SIGTERM] * 2
    step = checkpoint.step_of(checkpoint.listed(tmp_path / "run" / "checkpoints")[-1])
    assert 4 <= step < 6
    trained(tmp_path / "run")
    assert bits(tmp_path / "run") == bits(whole)


@pytest.mark.parametrize(
    ("others", "line"),
    [
        ({"seed": 1}, "rank 1 has other options than rank 0: start every process with the same gankit, data and"),
        ({"data": "mnist-like.npy"}, "rank 1: "),
        ({"shards": 1}, "rank 1 has other options than rank 0"),
    ],
)
def test_processes_that_differ_are_refused_in_one_line(others: dict[str, Any], line: str, tmp_path: Path) -> None:
    outs = [tmp_path / "run"] * 2
    ended = together(2, otherwise, outs, [{}, others], alike=False)
    values = sorted((end.value for end in ended if end), key=str)
    assert values[0] == 2
    assert values[1].startswith(line)
    assert not (tmp_path / "run").exists()


def test_what_only_the_leader_finds_wrong_ends_all(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "else.txt").write_text("")
    led, followed = together(2, otherwise, tmp_path / "run", {})
    assert led
    assert led.value == f"{tmp_path / 'run'} is no run and not empty: take another --out"
    assert followed
    assert followed.value == 2


def test_a_run_remembers_its_shards(whole: Path) -> None:
    run = gankit.load(whole)
    assert run.config["shards"] == 2
    assert run.players(device="cpu").get_buffer("made_first").shape[0] == 1
    with pytest.raises(UserError, match="differing fields: shards: 2 -> None"):
        trained(whole, shards=1)
