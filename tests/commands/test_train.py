"""gankit train, and gankit sample of what was trained."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import gankit
from gankit.base.text import command_line
from gankit.commands.main import COMMANDS, main
from gankit.methods import METHODS
from tests.commands.command_line import TINY, error, read_picture
from tests.tiny import TinyRun, copied

OWN = '''
"""A conditional GAN of the user's own."""
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

import gankit


class Conditional(gankit.Generator):
    def __init__(self, prior, classes, shape):
        super().__init__(prior, classes)
        self.shape = shape
        self.body = nn.Linear(prior.size + classes, shape.numel())

    def forward(self, latents, labels=None):
        joint = torch.cat([latents, F.one_hot(labels, self.classes).float()], 1)
        return self.body(joint).tanh().unflatten(1, self.shape)


class Judge(nn.Module):
    def __init__(self, classes, shape):
        super().__init__()
        self.classes = classes
        self.body = nn.Linear(shape.numel() + classes, 1)

    def forward(self, images, labels):
        return self.body(torch.cat([images.flatten(1), F.one_hot(labels, self.classes).float()], 1)).squeeze(1)


@dataclass(frozen=True, kw_only=True)
class Nets(gankit.Network):
    latent: int = 5
    """Dimensions of the latent."""

    def generator(self, data):
        from gankit.game.prior import Normal
        return Conditional(Normal(self.latent), len(data.classes), torch.Size(data.shape))

    def discriminator(self, data):
        return Judge(len(data.classes), torch.Size(data.shape))


@dataclass(frozen=True, kw_only=True)
class MyGAN(gankit.Method[gankit.Labelled]):
    weight: float = 1.0
    """Weight of everything."""
    network: Nets = Nets()
    batch_size: int = 8

    def discriminator_loss(self, players, batch):
        generator, judge = players
        fake = generator.sample(len(batch), batch.labels)
        return {"real": self.weight * F.softplus(-judge(batch.images, batch.labels)).mean(),
                "fake": self.weight * F.softplus(judge(fake, batch.labels)).mean()}

    def generator_loss(self, players, batch):
        generator, judge = players
        return {"fooling": F.softplus(-judge(generator.sample(len(batch), batch.labels), batch.labels)).mean()}
'''


def test_a_suggested_command_is_quoted_as_a_shell_needs_it(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = copied(tiny_run("dcgan"), tmp_path / "my run")
    monkeypatch.setattr("gankit.commands.train.train_run", lambda *method, **options: gankit.load(out))
    assert main(["train", "dcgan", "--out", str(out)]) == 0
    (suggested,) = re.findall(r"^sample it +(.+)$", capsys.readouterr().out, re.MULTILINE)
    assert shlex.split(suggested) == ["gankit", "sample", str(out)]
    assert command_line("translate", out, "PICTURES") == f"gankit translate '{out}' PICTURES"


def test_no_command_is_suggested_by_hand() -> None:
    root = Path(gankit.__file__).parent
    named = re.compile(rf"gankit ({'|'.join(COMMANDS)})\b[^\"]*\{{[\w.]*(?:directory|path|run|folder|out|source)\b")
    found = [f"{path}: {match[0]}" for path in root.rglob("*.py") for match in named.finditer(path.read_text())]
    assert found == []


@pytest.mark.parametrize("name", METHODS)
def test_the_help_shows_the_ten_options_that_matter(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", name, "--help"])
    said = capsys.readouterr().out
    rows = [row.strip(" │").split()[0] for row in said.splitlines() if re.match(r"--[a-z]", row.strip(" │"))]
    ours = {"--dry-run,", "--data", "--out", "--minutes", "--steps", "--size", "--flip,", "--seed", "--device"}
    assert {*rows} == {*ours, "--batch-size"}
    assert f"'gankit train {name} --help-all' shows all of them" in " ".join(said.split())


@pytest.mark.parametrize("name", METHODS)
def test_every_method_explains_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["train", name, "--help-all"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    for option in ("--data", "--steps", "--generator-optimizer.lr", "--batch-size", "--ema"):
        assert option in printed
    assert METHODS[name].paper.arxiv in printed


def test_train_continue_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "run")
    assert main(["train", "dcgan", *TINY, "--out", out]) == 0
    printed = capsys.readouterr()
    assert f"gankit sample {out}" in printed.out
    assert "1,797 8x8x1 images" in printed.err
    assert main(["train", "dcgan", *TINY[:-1], "5", "--out", out]) == 0
    assert "continues at step 3" in capsys.readouterr().err
    assert main(["sample", out, "--n", "9"]) == 0
    sheet = Path(capsys.readouterr().out.strip())
    assert sheet == tmp_path / "run" / "samples" / "seed-0.png"
    assert read_picture(sheet).shape[1] > 100
    assert main(["sample", out, "-n", "3", "--out", str(tmp_path / "each")]) == 0
    assert len(list((tmp_path / "each").glob("*.png"))) == 3


def test_the_default_is_dcgan_on_digits_under_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", *TINY]) == 0
    assert (tmp_path / "runs" / "dcgan-digits" / "config.json").exists()


def test_a_choice_between_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "run")
    chosen = ["--network", "mlp", "--network.latent", "7", "--generator-optimizer", "adam"]
    assert main(["train", "gan", *chosen, "--batch-size", "8", "--steps", "2", "--out", out]) == 0
    method = gankit.load(out).method
    assert type(method.network).__name__ == "MLP"
    assert type(method.generator_optimizer).__name__ == "Adam"
    assert gankit.load(out).sample(2).values.shape == (2, 1, 8, 8)
    assert "maxout-mlp or mlp" in error(capsys, "train", "gan", "--network", "mlpp")


def test_a_preset_is_where_options_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "run")
    asked = ["--network.mlp.generator-widths", "8", "--batch-size", "9", "--data", "ring", "--steps", "1"]
    assert main(["train", "wgan-gp", "--preset", "toy", *asked, "--out", out]) == 0
    method: Any = gankit.load(out).method
    assert (method.penalty, method.batch_size, method.network.mlp.init) == (0.1, 9, "he")
    assert "did you mean 'toy'" in error(capsys, "train", "wgan-gp", "--preset", "toys")


def test_stabilisers_are_options_of_every_method(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    asked = ["--stabilisers.replay", "9", "--stabilisers.instance-noise", "0.1", "--stabilisers.history", "0.01"]
    assert main(["train", "lsgan", "--network.conv.width", "4", *TINY[2:], *asked, "--out", str(out)]) == 0
    assert gankit.load(out).method.stabilisers.replay == 9
    assert '"generator/history": ' in (out / "log.jsonl").read_text()
    refused = error(capsys, "train", "cgan", "--stabilisers.replay", "9", "--out", str(tmp_path / "none"))
    assert "part samples from their labels" in refused
    assert not (tmp_path / "none").exists()


def test_a_method_of_the_user_s_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "my_gan.py"
    file.write_text(OWN)
    out = tmp_path / "run"
    command = ["train", f"{file}:MyGAN", "--weight", "0.5", "--network.latent", "6", "--steps", "3", "--out", str(out)]
    assert main(command) == 0
    assert (out / "method.py").read_text() == OWN
    file.unlink()  # the run knows everything
    assert main(["sample", str(out), "--label", "3", "--n", "4", "--out", str(tmp_path / "threes")]) == 0
    assert len(list((tmp_path / "threes").glob("*-3.png"))) == 4
    assert "the classes are 0, 1, 2" in error(capsys, "sample", str(out), "--label", "eleven")
    file.write_text(OWN)
    assert "needs labels" in error(capsys, *command[:-2], "--data", "swiss-roll")
    file.write_text(OWN.replace("softplus(-judge", "softplus(1 - judge"))
    assert "differing fields: method.class" in error(capsys, *command)
    assert "has no method 'Nets'" in error(capsys, "train", f"{file}:Nets")


MISTAKES = {
    "a line of its own": ("        x = 1 / 0\n", r"own\.py, line 6: ZeroDivisionError: division by zero"),
    "no tensors": ('        return {"loss": 3}\n', "the generator's loss must be names with a number each"),
    "a side too many": (
        '        return {"loss": players.generator.sample(4)}\n',
        "the generator's loss must be names with a number each",
    ),
    "no terms": ("        return {}\n", "the generator's loss must be names with a number each"),
    "nothing to learn": (
        '        return {"loss": batch.images.mean()}\n',
        "the generator's loss does not hang on its weights",
    ),
}


@pytest.mark.parametrize(("body", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_method_of_the_user_s_own_is_one_line(
    body: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "from dataclasses import dataclass\nimport gankit\n@dataclass(frozen=True, kw_only=True)\n"
    loss = "    def generator_loss(self, players, batch):\n"
    (tmp_path / "own.py").write_text(f"{head}class Own(gankit.DCGAN):\n{loss}{body}")
    options = ["--network.width", "4", "--batch-size", "8", "--steps", "2", "--out", str(tmp_path / "run")]
    assert main(["train", f"{tmp_path / 'own.py'}:Own", *options]) == 2
    assert re.search(words, capsys.readouterr().err.splitlines()[-1])


def test_players_and_fields_of_one_s_own_that_can_not_be_made_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "from dataclasses import dataclass\nimport gankit\n@dataclass(frozen=True, kw_only=True)\n"
    path = tmp_path / "own.py"
    path.write_text(f"{head}class Own(gankit.DCGAN):\n    weight: float\n")
    assert "every field of Own needs a default here" in error(capsys, "train", f"{path}:Own")
    path.write_text(f"{head}class Own(gankit.DCGAN):\n    def players(self, data):\n        raise KeyError('x')\n")
    assert "own.py, line 6: KeyError: 'x'" in error(capsys, "train", f"{path}:Own", "--out", str(tmp_path / "run"))


@pytest.mark.skipif(os.name == "nt", reason="names there are text")
def test_names_that_are_no_text_come_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (b"cl\xe9s", b"other"):
        folder = tmp_path / os.fsdecode(b"caf\xe9") / os.fsdecode(name)
        folder.mkdir(parents=True)
        for number in range(8):
            Image.new("L", (8, 8), 30 * number).save(folder / f"{number}.png")
    out = tmp_path / "run"
    assert main(["train", "dcgan", "--data", str(folder.parent), *TINY, "--out", str(out)]) == 0
    assert main(["report", str(out)]) == 0
    assert "caf\\udce9" in (out / "report.html").read_text()
    assert main(["diagnose", str(out)]) == 0
    assert main(["export", str(out), "--to", "safetensors", "--out", str(tmp_path / "published")]) == 0
    assert "caf" in (tmp_path / "published" / "README.md").read_text()


def test_options_of_sampling_that_would_do_nothing_are_refused(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, labelled = (str(tiny_run(name).directory) for name in ("dcgan", "cgan"))
    for words, why in (
        ((plain, "--by-class"), "takes no labels: leave --by-class away"),
        ((plain, "--by-class", "--out", "made"), "takes no labels: leave --by-class away"),
        ((labelled, "--by-class"), "a sheet has no folders for classes"),
        ((labelled, "--by-class", "--out", "a.npy"), "a .npy file has no folders for classes"),
        ((plain, "--scale", "2", "--out", "made"), "--scale is for a sheet"),
        ((plain, "--scale", "2", "--out", "a.npy"), "--scale is for a sheet"),
    ):
        given = [str(tmp_path / word) if word in ("made", "a.npy") else word for word in words]
        assert main(["sample", *given]) == 2
        assert why in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
