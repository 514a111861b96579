"""Methods and options from files: a run's own, YAML, and what somebody else may have written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.game.optimizers import SGD, Adam
from gankit.methods import METHODS
from gankit.methods.lsgan import LSGAN
from gankit.networks import MLP, ConvOrMLP
from gankit.runs.benchmark import BenchmarkOptions
from gankit.runs.from_config import from_config, from_file
from gankit.runs.protocol import Protocol
from tests.runs.material import assert_same_weights, refuses
from tests.tiny import TINY, TinyRun, copied

RECIPE = """
method: lsgan
data: digits
steps: 4
batch-size: 8
generator_optimizer: {lr: 1e-4}
network.conv.width: 4
network: {conv: {prior: normal}}
metrics: [frechet, kid]
size: 16
"""


def recipe(width: int) -> LSGAN:
    """The method of `RECIPE`."""
    usual = LSGAN()
    conv = replace(cast("ConvOrMLP", usual.network).conv, width=width, prior="normal")
    optimizer = replace(cast("Adam", usual.generator_optimizer), lr=1e-4)
    return replace(usual, batch_size=8, network=replace(usual.network, conv=conv), generator_optimizer=optimizer)


def written(folder: Path, content: str, name: str = "recipe.yaml") -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("name", TINY)
def test_a_run_s_file_tells_its_method(name: str, tiny_run: TinyRun) -> None:
    assert from_config(tiny_run(name).directory / "config.json")[0] == TINY[name].method


@pytest.mark.parametrize("name", ["dcgan", "sgan", "infogan", "began", "pix2pix", "cyclegan"])
def test_a_run_s_file_trains_the_same_run(name: str, tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run(name)
    method, options = from_config(run.directory / "config.json")
    again: dict[str, Any] = {**options, "out": tmp_path / "again", "steps": 2, "log_every": 2, "say": lambda line: None}
    other = gankit.train(method, **again)
    first, second = (json.loads((one.directory / "config.json").read_text()) for one in (run, other))
    assert first == second


def test_what_only_python_can_say_comes_through(tmp_path: Path) -> None:
    tiny = TINY["dcgan"].but(generator_optimizer=SGD(lr=0.5))
    run = tiny.train(tmp_path / "run", steps=1, flip=True, range=(0.0, 300.0), ema=0.5, seed=7, care=True)
    method, options = from_config(run.directory)
    assert method == tiny.method
    wanted = {"flip": True, "range": (0.0, 300.0), "ema": 0.5, "seed": 7, "care": True, "data": "digits"}
    assert {name: options.get(name) for name in wanted} == wanted


def test_yaml_by_the_names_of_the_command_line(tmp_path: Path) -> None:
    method, options = from_config(written(tmp_path, RECIPE))
    assert method == recipe(width=4)
    assert options == {"data": "digits", "steps": 4, "metrics": ("frechet", "kid"), "size": "16"}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_can_be_named(name: str, tmp_path: Path) -> None:
    method, _ = from_config(written(tmp_path, f"method: {name}"))
    assert method == METHODS[name].load()()


def test_kinds_presets_and_fields_of_one_name(tmp_path: Path) -> None:
    method, _ = from_config(written(tmp_path, "{method: gan, network: mlp, network.latent: 7}"))
    assert isinstance(method.network, MLP)
    assert method.network.latent == 7
    method, _ = from_config(written(tmp_path, "{method: gan, network: {class: MLP, latent: 8}}"))
    assert getattr(method.network, "latent", None) == 8
    method, _ = from_config(written(tmp_path, "{method: sngan, preset: small}"))
    assert method == gankit.SNGAN.preset("small")
    method, options = from_config(written(tmp_path, "{method: sgan, labels: 30, data-labels: classes.csv}"))
    assert isinstance(method, gankit.SGAN)
    assert (method.labels, options) == (30, {"labels": "classes.csv"})


def test_the_command_line_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, RECIPE)
    command = [
        "train",
        "--config",
        str(path),
        "--steps",
        "1",
        "--network.conv.width",
        "6",
        "--out",
        str(tmp_path / "r"),
    ]
    assert main(command) == 0
    run = gankit.load(tmp_path / "r")
    assert run.steps() == [1]
    assert run.method == recipe(width=6)
    assert main(["train", "dcgan", f"--config={tmp_path / 'r'}", "--steps", "1", "--network.width", "4", "--out"]) == 2
    assert main(["train", "dcgan", "--config", str(tmp_path / "r"), "--dry-run"]) == 0
    capsys.readouterr()


def test_a_run_is_trained_again_by_its_file(tiny_run: TinyRun, tmp_path: Path) -> None:
    often = ["--steps", "6", "--log-every", "2", "--checkpoint-every", "2"]
    out = tmp_path / "again"
    assert main(["train", "--config", str(tiny_run("dcgan").directory), *often, "--out", str(out)]) == 0
    assert_same_weights(tiny_run("dcgan").directory, out)


WRONG = {
    "stepz: 3": r"there is no option 'stepz' \(did you mean 'steps'\?\)",
    "method: dcgn": r"no method 'dcgn' \(did you mean 'dcgan'.*\); gankit methods lists them",
    "method: my_gan.py:MyGAN": "a file can't have a program run, so name it beside the file",
    "method: [dcgan]": "no method a list",
    "network: {widht: 3}": r"DCGANNetwork has no option 'widht' \(did you mean 'width'\?\)",
    "network: 3": "network takes dcgan-network, or fields of its own, not 3",
    "{method: gan, network: dcgan}": "network takes maxout-mlp or mlp or dcgan-network, or fields of",
    "network.width: -3": "width must be at least 1, not -3",
    "steps: many": "steps can't be 'many'",
    "steps: [1, 2]": "steps can't be a list",
    "steps: 0": "steps must be at least 1, not 0",
    "log: [wanbd]": "log can't be a list",
    "preset: best": "DCGAN has no preset 'best'",
    "3": "holds no options: give names with a value each",
    "- steps": "holds no options",
    "3: 4": "holds no options",
    "a: [": "can't be read, line 1: ",
    "a: &a [1]\nb: *a": "write out what it repeats by aliases",
    "a: " + "[" * 500_000: "can't be read: it is nested too deeply",
    "!!python/object/apply:os.system ['touch ran']": "could not determine a constructor",
    "steps: !!python/name:os.system": "could not determine a constructor",
    '{"method": {"class": "DCGAN"}}': "can't be read: gankit is missing",
}


@pytest.mark.parametrize("content", WRONG, ids=range(len(WRONG)))
def test_a_mistake_is_one_line_that_names_the_file(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, content)
    with pytest.raises(UserError, match=WRONG[content]) as caught:
        from_config(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("named", ["os:system", "subprocess:Popen", "gankit_method_0123456789ab:Own", "DCGANNetwork"])
def test_a_run_s_file_names_nothing_but_methods(named: str, tiny_run: TinyRun, tmp_path: Path) -> None:
    out = copied(tiny_run("dcgan"), tmp_path / "run")
    config = json.loads((out / "config.json").read_text())
    config["method"] = {"class": named}
    (out / "config.json").write_text(json.dumps(config))
    (out / "method.py").write_text("open('ran', 'w')")
    with pytest.raises(UserError, match=r"is not at hand|states no Method"):
        from_config(out)
    assert not Path("ran").exists()


def test_commands_say_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "sampels: 3")
    for command in (["train"], ["evaluate", tmp_path], ["benchmark"]):
        line = refuses(capsys, *command, "--config", path)
        assert f"{path}: " in line
        assert "no option 'sampels'" in line
    assert "nothere.yaml can't be read: no such file" in refuses(capsys, "train", "--config", tmp_path / "nothere.yaml")
    refuses(capsys, "train", "--config")


def test_protocols_and_benchmarks_are_read_alike(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual: dict[str, Any] = {"samples": 200, "metrics": ["frechet"], "real": 300}
    path = written(tmp_path, yaml.safe_dump(usual))
    assert from_file(Protocol(), path) == Protocol(samples=200, metrics=("frechet",), real=300)
    fields = {"methods": ["gan", "lsgan"], "minutes": 2, "out": "there"}
    wanted = BenchmarkOptions(methods=("gan", "lsgan"), minutes=2, out=Path("there"))
    assert from_file(BenchmarkOptions(), written(tmp_path, yaml.safe_dump(fields), "benchmark.yaml")) == wanted
    out = copied(tiny_run("dcgan"), tmp_path / "run")
    assert main(["evaluate", str(out), "--config", str(path), "--samples", "100"]) == 0
    assert "100 samples, 300 images" in capsys.readouterr().out
    (figure,) = json.loads((out / "card.json").read_text())["figures"]
    assert figure["name"] == "frechet"


def test_a_method_of_one_s_own_is_named_beside_the_file(tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from dataclasses import dataclass\nimport gankit\n@dataclass(frozen=True, kw_only=True)\n"
        "class Own(gankit.DCGAN):\n    weight: float = 1.0\n"
    )
    path = written(tmp_path, "{weight: 0.5, batch_size: 8, network: {width: 4}, steps: 1}")
    out = tmp_path / "run"
    assert main(["train", f"{own}:Own", "--config", str(path), "--out", str(out)]) == 0
    assert json.loads((out / "config.json").read_text())["method"]["weight"] == 0.5
    assert main(["train", f"{own}:Own", "--config", str(out), "--steps", "1", "--out", str(tmp_path / "again")]) == 0
