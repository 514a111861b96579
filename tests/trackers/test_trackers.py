"""Every adapter logs to its real library, offline: figures, previews, configuration; the same run when it goes on."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.trackers import TRACKERS, tracker
from gankit.trackers.library import keep_id, known_id
from tests.rows import rows
from tests.runs.material import assert_same_weights, lines
from tests.tiny import TINY, TinyRun

tiny = TINY["dcgan"]
pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries themselves


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is written into the folder of the test, and nothing is sent."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_ERROR_REPORTING": "false"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("AIM_ANALYTICS", "0")
    monkeypatch.setenv("AIM__REPO__PATH", str(tmp_path))


def logged(run: gankit.Run, name: str) -> list[tuple[int, float]]:
    return [(line["step"], line[name]) for line in lines(run.directory) if name in line]


def trained_in_two_parts(name: str, plain: Path) -> gankit.Run:
    """A run that stopped after four steps and went on, logging to `name`: its bits are those of the run `plain`."""
    tiny.train(Path("run"), steps=4, preview_every=3, log=(name,))
    run = tiny.train(Path("run"), preview_every=3, log=(name,))
    assert_same_weights(plain, run.directory)
    return run


def wandb_records(path: Path) -> Iterator[bytes]:
    """What a .wandb file holds: seven bytes, then LevelDB's log, in blocks of 32 KiB whose parts have a checksum, a
    length and a kind."""
    content, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(content):
        left = -at % 2**15
        if 0 < left < 7:
            at += left
            continue
        length, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        whole += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # all of it, or its last part
            yield whole
            whole = b""


def test_wandb(tiny_run: TinyRun) -> None:
    record_of = pytest.importorskip("wandb.proto.wandb_internal_pb2").Record
    run = trained_in_two_parts("wandb", tiny_run("dcgan").directory)
    values: list[tuple[int, float]] = []
    pictures, ids, configured = [], set(), {}
    for path in sorted(Path("wandb").glob("offline-run-*/*.wandb"), key=lambda path: path.stat().st_mtime_ns):
        for content in wandb_records(path):
            record = record_of()
            record.ParseFromString(content)
            if record.run.run_id:
                ids.add(record.run.run_id)
                configured |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
            row = {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
            if "discriminator/real" in row:
                values.append((row["step"], row["discriminator/real"]))
            if any(name.startswith("preview") for name in row):
                pictures.append(row["step"])
    assert values == logged(run, "discriminator/real")
    assert pictures == [0, 3, 4, 6]
    assert ids == {known_id(run.directory, "wandb")}
    assert configured["method"]["class"] == "DCGAN"


@pytest.mark.long
def test_mlflow(tiny_run: TinyRun) -> None:
    mlflow = pytest.importorskip("mlflow")
    run = trained_in_two_parts("mlflow", tiny_run("dcgan").directory)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("gankit")
    (found,) = client.search_runs([experiment.experiment_id])
    assert found.info.run_id == known_id(run.directory, "mlflow")
    assert (found.info.run_name, found.info.status) == ("run", "FINISHED")
    history = client.get_metric_history(found.info.run_id, "discriminator/real")
    assert [(one.step, one.value) for one in history] == logged(run, "discriminator/real")
    assert found.data.params["method.class"] == "DCGAN"
    assert found.data.tags["checkpoint"].endswith("step-000006")
    pictures = [item.path for item in client.list_artifacts(found.info.run_id, "images")]
    assert {step for step in (0, 3, 4, 6) if any(f"step+{step}+" in path for path in pictures)} == {0, 3, 4, 6}
    assert mlflow.active_run() is None


@pytest.mark.long
def test_aim(tiny_run: TinyRun) -> None:
    aim = pytest.importorskip("aim")
    context = pytest.importorskip("aim.storage.context").Context({})
    run = trained_in_two_parts("aim", tiny_run("dcgan").directory)
    kept = known_id(run.directory, "aim")
    assert aim.Repo(str(Path())).list_all_runs() == [kept]
    found = aim.Run(run_hash=kept, repo=str(Path()), system_tracking_interval=None, capture_terminal_logs=False)
    assert found["config"]["method"]["class"] == "DCGAN"
    assert found["checkpoint"].endswith("step-000006")
    (metric,) = (metric for metric in found.metrics() if metric.name == "discriminator/real")
    steps, (values, *_) = metric.data.items_list()
    assert list(zip(steps, values, strict=True)) == logged(run, "discriminator/real")
    shown = found.get_image_sequence("preview", context)
    assert shown.data.indices_list() == [0, 3, 4, 6]
    found.close()


@pytest.mark.parametrize("name", TRACKERS)
def test_a_missing_extra_is_one_line_before_anything_is_written(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    assert main(["train", "dcgan", "--out", "run", "--log", name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gankit: error: logging to {name} needs {name}: pip install ")
    assert f"[{name}]" in line
    assert not Path("run").exists()


def test_an_unknown_tracker_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no tracker 'wanbd' \(did you mean 'wandb'\?\): log is of wandb, mlflow, aim"):
        tracker("wanbd")


def test_importing_gankit_and_its_trackers_imports_no_library() -> None:
    for name in TRACKERS:
        source = Path(str(importlib.import_module(f"gankit.trackers.{name}").__file__)).read_text(encoding="utf-8")
        assert f"\nimport {name}" not in source


@pytest.mark.parametrize("content", ['{"aim": "../../x"}', '{"aim": 3}', "[]", "{", '{"wandb": "abc"}'])
def test_an_id_that_no_tracker_gives_is_passed_over(content: str, tmp_path: Path) -> None:
    (tmp_path / "trackers.json").write_text(content, encoding="utf-8")
    assert known_id(tmp_path, "aim") is None
    keep_id(tmp_path, "aim", "a1")
    assert known_id(tmp_path, "aim") == "a1"
    assert known_id(tmp_path, "wandb") == ("abc" if "wandb" in content else None)


@pytest.mark.parametrize("name", rows(["mlflow", "aim"], ["mlflow"]))
def test_a_run_that_a_store_does_not_know_begins_anew_there(name: str) -> None:
    pytest.importorskip(name)
    Path("run").mkdir()
    keep_id(Path("run"), name, "0123456789abcdef")
    told: Any = tracker(name)
    told.on_start(gankit.Training(directory=Path("run"), config={}, step=0, steps=1))
    told.on_end(1)
    assert known_id(Path("run"), name) != "0123456789abcdef"
