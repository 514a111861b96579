"""A run that somebody sent: to look at it executes nothing, and writes nowhere else."""

from __future__ import annotations

import json
import shutil
import struct
import sys
import zlib
from pathlib import Path

import pytest

import gankit
from gankit.base.errors import UserError
from gankit.base.modules import module_name
from gankit.commands.main import main
from tests.runs.material import refuses, unsealed
from tests.tiny import TINY, TinyRun, copied, quiet

KEPT = Path(__file__).parents[1] / "kept" / "own"
tiny = TINY["dcgan"]


@pytest.fixture(autouse=True)
def somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was made here yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


def received(tmp_path: Path, touched: Path) -> Path:
    """A run whose method.py says that it was executed, and whose config.json says that this is its method.py."""
    run = Path(shutil.copytree(KEPT, tmp_path / "received"))
    program = (run / "method.py").read_bytes() + f"\nopen({str(touched)!r}, 'w').close()\n".encode()
    (run / "method.py").write_bytes(program)
    config = json.loads((run / "config.json").read_text())
    config["method"]["class"] = f"{module_name(program)}:Soft"
    (run / "config.json").write_text(json.dumps(config))
    return run


@pytest.mark.parametrize(
    "command",
    [
        ("sample", "-n", "2"),
        ("evaluate", "--metrics", "frechet", "--samples", "50"),
        ("explore", "seeds"),
        ("translate", "."),
        ("export",),
        ("push", "someone/own"),
    ],
)
def test_looking_at_a_run_executes_nothing(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    touched = tmp_path / "touched"
    run = received(tmp_path, touched)
    name, *rest = command
    words = [name, rest.pop(0), run] if name == "explore" else [name, run]
    assert "read it, and where you trust it repeat with --trust" in refuses(capsys, *words, *rest)
    assert not touched.exists()


def test_the_report_of_a_run_executes_nothing_and_says_what_it_does_without(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    page = gankit.report(received(tmp_path, touched), say=quiet).read_text()
    assert "read it, and where you trust it repeat with --trust" in page
    assert "its fields are shown without defaults" in page
    assert not touched.exists()


def test_the_report_of_a_run_is_not_written_through_a_link(tmp_path: Path) -> None:
    run, elsewhere = received(tmp_path, tmp_path / "touched"), tmp_path / "precious.html"
    elsewhere.write_text(gankit.report(run, say=quiet).read_text())
    before = elsewhere.read_text()
    (run / "report.html").unlink()
    (run / "report.html").symlink_to(elsewhere)
    gankit.report(run, say=quiet)
    assert elsewhere.read_text() == before
    assert not (run / "report.html").is_symlink()
    (tmp_path / "folder").mkdir()
    (run / "report").symlink_to(tmp_path / "folder")
    with pytest.raises(UserError, match="is a link"):
        gankit.report(run, trust=True, say=quiet)
    assert list((tmp_path / "folder").iterdir()) == []


def test_who_trusts_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    touched = tmp_path / "touched"
    run = received(tmp_path, touched)
    with pytest.raises(UserError, match="not made here"):
        gankit.load(run)
    assert main(["sample", str(run), "-n", "2", "--trust"]) == 0
    assert touched.exists()
    assert gankit.load(run, trust=True).sample(2).values.isfinite().all()


def test_a_method_of_one_s_own_is_trusted_until_its_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "soft.py"
    shutil.copyfile(KEPT / "method.py", file)
    out = tmp_path / "run"
    words = ["train", f"{file}:Soft", "--steps", "1", "--preview-every", "0", "--out", str(out)]
    assert main(words) == 0
    del sys.modules[module_name(file.read_bytes())]  # as in another process
    assert gankit.load(out).sample(2).values.shape == (2, 1, 8, 8)
    with (out / "method.py").open("a") as program:
        program.write("\n# changed")
    with pytest.raises(UserError, match=r"method\.py is not the file that .*config\.json was written with"):
        gankit.load(out, trust=True)


def test_what_was_compiled_beside_it_is_not_run(tmp_path: Path) -> None:
    """Python would take the file in __pycache__ for the program, whatever that holds, if its date and size fit."""
    touched, run = tmp_path / "touched", Path(shutil.copytree(KEPT, tmp_path / "received"))
    program = run / "method.py"
    program.write_bytes(program.read_bytes() + b"\n# sent\n")
    config = json.loads((run / "config.json").read_text())
    config["method"]["class"] = f"{module_name(program.read_bytes())}:Soft"
    (run / "config.json").write_text(json.dumps(config))
    import importlib.util
    import marshal

    planted = marshal.dumps(compile(f"open({str(touched)!r}, 'w').close()", str(program), "exec"))
    found = program.stat()
    compiled = Path(importlib.util.cache_from_source(str(program)))
    compiled.parent.mkdir()
    head = importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, int(found.st_mtime), found.st_size)
    compiled.write_bytes(head + planted)
    assert gankit.load(run, trust=True).sample(1).values.isfinite().all()
    assert not touched.exists()


def test_a_built_in_method_never_looks_at_method_py(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    (run / "method.py").write_text(f"open({str(tmp_path / 'touched')!r}, 'w').close()")
    gankit.load(run, trust=True).sample(1)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "name",
    ["gankit.commands.main:main", "antigravity:X", "subprocess:Popen", "gankit.runs.options:Options", "tests.x:Y"],
)
def test_a_configuration_imports_nothing(name: str, tiny_run: TinyRun, tmp_path: Path) -> None:
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    config = json.loads((run / "config.json").read_text())
    config["method"]["network"] = {"class": name}
    (run / "config.json").write_text(json.dumps(config))
    before = set(sys.modules)
    with pytest.raises(UserError, match="is not at hand"):
        gankit.load(run)
    assert not {"antigravity", "tests.x"} & (set(sys.modules) - before)


@pytest.mark.parametrize("part", ["log.jsonl", "checkpoints", "previews", "tensorboard", ".lock", "config.json"])
def test_training_follows_no_link(part: str, tiny_run: TinyRun, tmp_path: Path) -> None:
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    elsewhere = tmp_path / "elsewhere"
    if (run / part).exists() and part != ".lock":
        shutil.move(run / part, elsewhere)
    else:
        (run / part).unlink(missing_ok=True)
        elsewhere.write_text("precious")
    (run / part).symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in [elsewhere, *elsewhere.rglob("*")] if path.is_file()}
    with pytest.raises(UserError, match=r"is a link|can't lock"):
        tiny.train(run, steps=8)
    assert {path: path.read_bytes() for path in [elsewhere, *elsewhere.rglob("*")] if path.is_file()} == before


@pytest.mark.parametrize(
    ("folder", "words"),
    [("samples", ["sample", "-n", "2"]), ("explore", ["explore", "seeds"]), ("translated", ["translate"])],
)
def test_nor_does_looking(
    folder: str, words: list[str], tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copied(tiny_run("pix2pix" if folder == "translated" else "dcgan"), tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    (run / folder).symlink_to(tmp_path / "elsewhere")
    at = 2 if words[0] == "explore" else 1
    given = [run / "previews"] if folder == "translated" else []
    assert "is a link" in refuses(capsys, *words[:at], run, *given, *words[at:])
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_that_is_there_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("precious")
    tiny.train(tmp_path, steps=1)
    assert (tmp_path / ".lock").read_text() == "precious"


def test_where_data_lie_is_said_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy as np

    np.save(tmp_path / "x.npy", np.zeros((9, 8, 8), np.uint8))
    run = tiny.train(tmp_path / "run", steps=1, data=str(tmp_path / "x.npy"))
    said: list[str] = []
    run.data(say=said.append)
    assert said == []
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another"))
    (tmp_path / "x.npy").write_text("no array")
    with pytest.raises(UserError, match=r"x\.npy"):
        run.data(say=said.append)
    assert f"names the data {str(tmp_path / 'x.npy')!r}, which are read now" in said[0]


def test_a_network_that_its_checkpoint_has_not_is_not_made(tiny_run: TinyRun, tmp_path: Path) -> None:
    """It would take terabytes."""
    run = copied(tiny_run("dcgan"), tmp_path / "run")
    unsealed(run)
    path = run / "config.json"
    path.write_text(path.read_text().replace('"width": 4', '"width": 60000'))
    with pytest.raises(UserError, match="states another network than its checkpoints hold"):
        gankit.load(run).sample(1)


def test_names_do_not_steer_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = tmp_path / "pictures" / "\x1b]0;owned\x07\x1b[2J"
    evil.mkdir(parents=True)
    for index in range(2):
        raw = zlib.compress(b"".join(b"\0" + bytes([index] * 8) for _ in range(8)))
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)), (b"IDAT", raw), (b"IEND", b"")]
        body = b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
        (evil / f"{index}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    (evil / "bad\x9b.png").write_bytes(b"bad")
    assert main(["data", str(tmp_path / "pictures"), "--out", str(tmp_path / "sheet.png")]) == 0
    shown = "".join(capsys.readouterr())
    assert "\\x1b]0;owned\\x07" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_settings_that_cannot_be_written_are_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert tiny.train(tmp_path / "run", steps=1).sample(1, seed=0).values.isfinite().all()
