"""The command that trains a run again: what it says is parsed back into the very same method and options."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gankit
from gankit.commands import train as train_command
from gankit.game import SGD, Adam
from gankit.networks import MLP, DCGANNetwork, UNetNetwork
from gankit.runs.config import encode
from gankit.runs.options import Options
from gankit.runs.recipe import Recipe, recipe_of
from tests.tiny import OTHERWISE, TINY

DATA = {"source": "digits", "size": None, "flip": False, "content": "0"}
ROWS = {
    **TINY,
    **OTHERWISE,
    "acgan-real-classes": TINY["acgan"].but(fake_class=False),
    "pix2pix-plain": TINY["pix2pix"].but(
        conditional=False, mirror=False, network=UNetNetwork(width=4, test_noise=False)
    ),
    "wgan-long-phases": TINY["wgan"].but(long_phases=True),
}


class Parsed(Exception):  # noqa: N818
    """What a command line came to, in the place of a training."""


def recipe(method: Any, directory: Path = Path("runs/demo"), **config: Any) -> Recipe:
    spec = {"shape": [1, 8, 8]}
    stated = {"method": encode(method), "data": DATA, "spec": spec, "seed": 0, "ema": 0.999, "precision": "fp32"}
    return recipe_of(directory, {**stated, **config}, method, 700)


def parsed(command: str | None, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, Any]]:
    """The method and the options that `gankit train` makes of `command`."""

    def stop(method: Any, **options: Any) -> None:
        raise Parsed(method, options)

    monkeypatch.setattr(train_command, "train_run", stop)
    assert command is not None
    words = shlex.split(command)
    assert words[:2] == ["gankit", "train"]
    with pytest.raises(Parsed) as caught:
        train_command.train(words[2:])
    return caught.value.args[0], caught.value.args[1]


@pytest.mark.parametrize("name", ROWS)
def test_the_command_of_every_method_is_parsed_back_into_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recipe(ROWS[name].method)
    method, options = parsed(made.command, monkeypatch)
    assert method == ROWS[name].method
    assert (options["steps"], options["data"], options["precision"]) == (700, "digits", "fp32")
    assert made.notes == []


def test_the_options_are_parsed_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {
        **DATA,
        "source": "my photos;rm -rf",
        "size": "48x64",
        "flip": True,
        "labels": "table.csv:kind",
        "layout": "HWC",
        "values": {"8-bit": [0.0, 200.0]},
        "pair": "tint",
        "direction": "BtoA",
    }
    made = recipe(TINY["pix2pix"].method, data=data, seed=3, ema=0.5, init={"run": "runs/first"})
    _, options = parsed(made.command, monkeypatch)
    asked = Options(
        data="my photos;rm -rf",
        size="48x64",
        flip=True,
        labels="table.csv:kind",
        layout="HWC",
        range=(0.0, 200.0),
        pair="tint",
        direction="BtoA",
        seed=3,
        ema=0.5,
        init=Path("runs/first"),
        precision="fp32",
        steps=700,
        out=Path("runs/demo-again"),
    )
    assert options == vars(asked)


def test_a_method_that_has_labels_of_its_own_leaves_the_data_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = recipe(TINY["sgan"].method, data={**DATA, "labels": "table.csv"})
    method, options = parsed(made.command, monkeypatch)
    assert method == TINY["sgan"].method
    assert options["labels"] == "table.csv"


def test_columns_that_are_all_alike_give_their_range(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"shape": [2]}
    alike, apart = ({**DATA, "values": {"x": [1.0, 2.0], "y": y}} for y in ([1.0, 2.0], [0.0, 2.0]))
    _, options = parsed(recipe(TINY["gan"].method, spec=points, data=alike).command, monkeypatch)
    assert options["range"] == (-1.0, 3.0)
    _, options = parsed(recipe(TINY["gan"].method, spec=points, data=apart).command, monkeypatch)
    assert options["range"] is None


def test_settings_come_with_what_their_fields_mean() -> None:
    method = gankit.DCGAN(network=DCGANNetwork(width=16), generator_optimizer=Adam(lr=1e-3, betas=(0.9, 0.999)))
    by_name = {setting.name: setting for setting in recipe(method).settings}
    assert by_name.keys() == {"network.width", "generator-optimizer.lr", "generator-optimizer.betas"}
    assert (by_name["network.width"].value, by_name["network.width"].default) == ("16", "64")
    assert by_name["network.width"].meaning.startswith("Channels of the layer nearest the image")
    assert by_name["generator-optimizer.lr"].meaning == "Learning rate at the start."
    assert by_name["generator-optimizer.betas"].value == "0.9 0.999"
    assert recipe(gankit.DCGAN()).settings == []


def test_another_kind_is_chosen_by_its_name() -> None:
    settings = {setting.name: setting for setting in recipe(gankit.GAN(network=MLP(latent=7))).settings}
    assert settings["network.latent"].value == "7"
    settings = {
        setting.name: setting
        for setting in recipe(replace(TINY["cgan"].method, generator_optimizer=Adam(lr=0.5))).settings
    }
    assert (settings["generator-optimizer"].value, settings["generator-optimizer"].default) == ("adam", "sgd")
    assert settings["generator-optimizer.lr"].value == "0.5"


@pytest.mark.parametrize(
    ("method", "config", "words"),
    [
        (gankit.DCGAN(generator_optimizer=SGD()), {}, "Set from Python"),  # pyright: ignore[reportArgumentType]
        (gankit.DCGAN(), {"data": {**DATA, "source": "array"}}, "an array from Python"),
        (gankit.DCGAN(), {"data": {**DATA, "source": "pictures\x1b[2J"}}, "control characters"),
    ],
)
def test_what_no_command_repeats_is_said(method: Any, config: dict[str, Any], words: str) -> None:
    made = recipe(method, **config)
    assert made.command is None
    assert words in made.notes[0]


def test_what_changed_on_the_way_is_said_beside_the_command() -> None:
    made = recipe(gankit.DCGAN(), changes=[{"step": 500, "fields": ["method.batch_size: 64 -> 32"]}])
    assert made.command
    assert "From step 500 on" in made.notes[0]
    assert "batch_size: 64 -> 32" in made.notes[0]


def test_a_method_that_is_not_at_hand_shows_its_fields_as_stated() -> None:
    stated = {"class": "mine:GAN", "lr": 0.5, "network": {"class": "mine:Net", "widths": [1, 2]}}
    config = {"method": stated, "data": DATA, "spec": {}, "seed": 0, "ema": 0.0, "precision": "fp32"}
    made = recipe_of(Path("runs/demo"), config, None, 10)
    assert made.command is None
    assert [(setting.name, setting.value) for setting in made.settings] == [("lr", "0.5"), ("network.widths", "1 2")]
