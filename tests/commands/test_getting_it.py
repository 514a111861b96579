"""What helps with an installation: doctor, completion, examples."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gankit.commands import completion, doctor
from gankit.commands.main import main


def test_the_doctor_says_what_is_there_and_what_is_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["torch>=2", 'nowhere-at-all>=1; extra == "hub"'])
    assert main(["doctor", "--no-speed"]) == 0
    told = capsys.readouterr().out
    assert "torch" in told
    assert "lacks nowhere-at-all" in told
    assert "cpu" in told
    assert "GFLOP/s" not in told


def test_the_doctor_measures_the_device(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SPEED_SECONDS", 0.02)
    assert main(["doctor"]) == 0
    assert "GFLOP/s in float32" in capsys.readouterr().out


def test_the_doctor_of_what_is_not_installed_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(name: str) -> list[str]:
        raise doctor.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "requires", nowhere)
    assert main(["doctor", "--no-speed"]) == 0
    assert "it is not installed, so that what it needs can't be told: pip install -e" in capsys.readouterr().out


def test_every_extra_says_what_it_gives() -> None:
    assert set(doctor._requirements()[1]) <= set(doctor.EXTRAS)


WORDS = {
    "": ["train", "sample"],
    "train": ["dcgan", "--steps"],
    "train dcgan": ["--network.width"],
    "sample": ["--out"],
}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gankit t", "train"),
        ("gankit train d", "dcgan"),
        ("gankit train dcgan --net", "--network.width"),
        ("gankit sample runs/x --o", "--out"),
    ],
)
def test_bash_completes(line: str, offered: str, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    words = line.split(" ")
    array = " ".join(f"'{word}'" for word in words)
    asked = f"COMP_WORDS=({array}); COMP_CWORD={len(words) - 1}; _gankit; echo ${{COMPREPLY[@]}}"
    program = f"{completion.script('bash', WORDS)}\n{asked}"
    answer = subprocess.run([bash, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [offered]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(shell: str, tmp_path: Path) -> None:
    script = completion.script(shell, WORDS)
    assert "--network.width" in script
    program = shutil.which(shell)
    if program:
        (tmp_path / "script").write_text(script)
        subprocess.run([program, "-n", str(tmp_path / "script")], check=True)


def test_what_may_follow_is_read_from_the_help(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--out" in completion._options(["sample"])
    assert "--network.width" in completion._options(["train", "dcgan"])
    assert "--seeds" in completion._options(["explore", "walk"])


def test_unknown_shells_and_examples_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bsh"]) == 2
    assert "did you mean 'bash'" in capsys.readouterr().err
    assert main(["examples", "plane_gan"]) == 2
    assert "did you mean 'plain_gan'" in capsys.readouterr().err


def test_examples_are_listed_and_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples"]) == 0
    assert "plain_gan    A whole GAN in one file" in capsys.readouterr().out
    assert main(["examples", "--copy", str(tmp_path / "mine")]) == 0
    assert (tmp_path / "mine" / "plain_gan.py").is_file()
    capsys.readouterr()
    assert main(["examples", "--copy", str(tmp_path / "mine")]) == 2
    assert "already" in capsys.readouterr().err


def test_an_example_is_run_with_its_own_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["examples", "plain_gan", "--help"])
    assert ended.value.code == 0
    assert "--steps" in capsys.readouterr().out
