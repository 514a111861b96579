"""What is said of a run, of another program's log, and of all runs under a folder."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.runs.diagnose import diagnose_scalars
from tests.runs.material import refuses
from tests.tiny import TinyRun, copied

HEALTHY = {"health/diversity": 0.95, "health/modes": 0.9, "health/two_sample": 0.9, "health/separation": 0.8}
HEALTHY |= {"health/offset": 0.1, "health/drift": 0.3, "health/accuracy_real": 0.8, "health/accuracy_fake": 0.75}
COLLAPSED = {**HEALTHY, "health/diversity": 0.02, "health/modes": 0.07, "health/two_sample": 1.0}


def with_log(run: gankit.Run, to: Path, *looks: dict[str, float]) -> Path:
    """A copy of `run` whose log has these looks, 50 steps apart."""
    out = copied(run, to)
    entries = [{"step": 50 * (number + 1), **look} for number, look in enumerate(looks)]
    (out / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return out


def test_a_collapse_reads_like_advice(tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = with_log(tiny_run("dcgan"), tmp_path / "run", *[HEALTHY] * 8, *[COLLAPSED] * 6)
    found = gankit.load(out).diagnose()
    assert (found.verdict.name, found.verdict.degree) == ("mode collapse", "full")
    assert 400 < found.verdict.since <= 600
    assert found.verdict.figures["diversity"] == pytest.approx(0.02)
    assert [said.name for said in found.history] == ["not enough evidence", "healthy", "mode collapse"]
    assert main(["diagnose", str(out)]) == 0
    said = capsys.readouterr().out
    assert "mode collapse (full)" in said
    assert "they differ from each other 2 % as much as data do".replace(" %", "%") in said
    assert found.remedy in said


def test_the_remedy_runs_as_it_is_written(tiny_run: TinyRun, tmp_path: Path) -> None:
    out = with_log(tiny_run("dcgan"), tmp_path / "run", *[COLLAPSED] * 6)
    command = gankit.diagnose(out).remedy
    assert "--network.width 4" in command
    assert "--generator-optimizer.lr 4e-05" in command
    words = shlex.split(command)[1:]
    assert main([*words, "--steps", "2"]) == 0
    assert gankit.load(tmp_path / "run-slower").steps() == [2]


@pytest.mark.parametrize("name", ["gan", "wgan-gp", "infogan", "began", "pix2pix", "cyclegan", "cgan"])
def test_a_run_is_said_again_by_a_command_that_continues_it(name: str, tiny_run: TinyRun, tmp_path: Path) -> None:
    out = copied(tiny_run(name), tmp_path / "run")
    words = shlex.split(gankit.diagnose(out).remedy)[1:]
    assert main([*words, "--steps", "7"]) == 0
    assert gankit.load(out).steps()[-1] == 7


def test_too_few_steps_are_no_verdict(tiny_run: TinyRun) -> None:
    verdict = tiny_run("dcgan").diagnose().verdict
    assert (verdict.name, verdict.words) == ("not enough evidence", "6 of 200 steps")


def test_a_gap_in_a_log_is_no_verdict(tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = with_log(tiny_run("dcgan"), tmp_path / "run", *[HEALTHY] * 20)
    kept = (out / "log.jsonl").read_text().splitlines(keepends=True)
    (out / "log.jsonl").write_text("".join(kept[:5] + kept[15:]))
    assert "gap from step 250 to 800" in refuses(capsys, "diagnose", out)


def csv_of(
    path: Path, generator: Callable[[int], float], discriminator: Callable[[int], float], rows: int = 400
) -> Path:
    lines = [f"{10 * n},{generator(n)},{discriminator(n)}" for n in range(1, rows + 1)]
    path.write_text("step,G_loss,D_loss\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("name", "generator", "discriminator"),
    [
        ("oscillation", lambda n: 2 + math.sin(n / 6), lambda n: 1.2 + 0.5 * math.cos(n / 6)),
        ("discriminator too strong", lambda n: 5 + n / 100, lambda n: 0.5 / n),
        ("diverging", lambda n: 1.05**n, lambda n: 1.0),
        ("healthy", lambda n: 1.5 + 0.1 * math.sin(n * n), lambda n: 1.1 + 0.1 * math.cos(n * n)),
    ],
)
def test_another_programs_losses(
    name: str, generator: Callable[[int], float], discriminator: Callable[[int], float], tmp_path: Path
) -> None:
    path = csv_of(tmp_path / "log.csv", generator, discriminator)
    assert diagnose_scalars(path).verdict.name == name


def test_another_programs_tensorboard(tiny_run: TinyRun, tmp_path: Path) -> None:
    from torch.utils.tensorboard.writer import SummaryWriter

    with SummaryWriter(str(tmp_path / "board")) as board:
        for n in range(1, 301):
            board.add_scalar("loss/generator", 2 + math.sin(n / 6), 10 * n)
            board.add_scalar("loss/discriminator", 1.2, 10 * n)
    assert diagnose_scalars(tmp_path / "board").verdict.name == "oscillation"


def test_scalars_that_lack_what_is_needed_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = csv_of(tmp_path / "log.csv", lambda n: 1.0, lambda n: 1.0)
    path.write_text(path.read_text().replace("D_loss", "accuracy"))
    line = refuses(capsys, "diagnose", "--scalars", path)
    assert "--discriminator-loss NAME" in line
    assert "its scalars are G_loss, accuracy" in line
    assert main(["diagnose", "--scalars", str(path), "--discriminator-loss", "accuracy"]) == 0
    capsys.readouterr()
    assert "no 'D'" in refuses(capsys, "diagnose", "--scalars", path, "--discriminator-loss", "D")
    assert "no column 'step'" in refuses(capsys, "diagnose", "--scalars", _without_step(path))
    assert "name a run" in refuses(capsys, "diagnose")


def _without_step(path: Path) -> Path:
    path.write_text(path.read_text().replace("step", "when"))
    return path


def test_scalars_with_a_hole_or_none_at_all_are_no_verdict(tmp_path: Path) -> None:
    hole = csv_of(tmp_path / "nan.csv", lambda n: math.nan if n == 70 else 1.0, lambda n: 1.0)
    with pytest.raises(UserError, match="no number at step 700"):
        diagnose_scalars(hole)
    lines = csv_of(tmp_path / "gap.csv", lambda n: 1.0, lambda n: 1.0).read_text().splitlines()
    (tmp_path / "gap.csv").write_text("\n".join(lines[:100] + lines[200:]))
    with pytest.raises(UserError, match="gap from step 990 to 2,000"):
        diagnose_scalars(tmp_path / "gap.csv")
    few = diagnose_scalars(csv_of(tmp_path / "few.csv", lambda n: 1.0, lambda n: 1.0, rows=4)).verdict
    assert (few.name, few.words) == ("not enough evidence", "40 of 200 steps")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no scalars of TensorBoard"):
        diagnose_scalars(tmp_path / "empty")


def test_status_lists_the_runs_under_a_folder(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_log(tiny_run("dcgan"), tmp_path / "deep" / "bad", *[COLLAPSED] * 6)
    copied(tiny_run("wgan"), tmp_path / "new")
    broken = copied(tiny_run("gan"), tmp_path / "broken")
    (broken / "config.json").write_text("{}")
    rows = {standing.directory.name: standing for standing in gankit.status(tmp_path)}
    assert rows["bad"].verdict == "mode collapse (full)"
    assert rows["new"].step == 6
    assert rows["new"].speed
    assert not rows["new"].training
    assert rows["broken"].trouble
    assert main(["status", str(tmp_path)]) == 0
    assert "mode collapse (full)" in capsys.readouterr().out
    (tmp_path / "nothing").mkdir()
    assert "no run lies under" in refuses(capsys, "status", tmp_path / "nothing")
    assert "no folder" in refuses(capsys, "status", tmp_path / "absent")
