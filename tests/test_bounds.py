"""Every number of every option, from minus infinity to 10^30: one line, or a game that can be set up and drawn from."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
import torch

import gankit.commands
from gankit.base.bounds import Between, Bounded, Units, check_numbers
from gankit.base.errors import UserError
from gankit.commands.main import main
from gankit.game import Method, Network, Optimizer
from gankit.game.batch import DataSpec, check_offer
from gankit.methods import METHODS, method_class
from gankit.runs.capacity import refuse_too_large
from gankit.runs.config import encode, stated
from gankit.runs.options import Options

WHOLE = (-(10**30), -1, 0, 10**9, 10**30)
REAL = (-math.inf, math.nan, -1.0, 0.0, 1e30, math.inf)


def variants(value: Any) -> Iterator[tuple[str, Any]]:
    """`value` with one number in it changed, and what was."""
    hints: dict[str, Any] = get_type_hints(type(value))
    for field in dataclasses.fields(value):
        held = getattr(value, field.name)
        if dataclasses.is_dataclass(held):
            choices: list[Any] = [kind for kind in get_args(hints[field.name]) if dataclasses.is_dataclass(kind)]
            for inner in [held, *(kind() for kind in choices if kind is not type(held))]:
                for name, changed in variants(inner):
                    yield (
                        f"{field.name}.{name}",
                        lambda at=field.name, changed=changed: dataclasses.replace(value, **{at: changed()}),
                    )
            continue
        first = held[0] if isinstance(held, tuple) and held else held
        if isinstance(first, bool) or not wants_number(hints[field.name]):
            continue  # where numbers are listed (Literal), the parser and the reader of config.json compare
        if held is None and tuple in [get_origin(part) for part in (hints[field.name], *get_args(hints[field.name]))]:
            continue  # a range, which has tests of its own
        for number in REAL if isinstance(first, float) or float in flat(hints[field.name]) else WHOLE:
            new = (number, *held[1:]) if isinstance(held, tuple) else number
            yield f"{field.name}={new}", lambda at=field.name, new=new: dataclasses.replace(value, **{at: new})
        if isinstance(held, tuple) and Ellipsis in get_args(hints[field.name]):
            yield (
                f"{field.name} of 10^6",
                lambda at=field.name, held=held: dataclasses.replace(value, **{at: held[:1] * 10**6}),
            )


def flat(hint: Any) -> set[Any]:
    return {hint}.union(*map(flat, get_args(hint))) if get_args(hint) else {hint}


def wants_number(hint: Any) -> bool:
    return bool({int, float} & flat(hint))


def spec_for(name: str) -> DataSpec:
    needs = METHODS[name].needs
    two = needs in ("pairs", "two domains")
    classes = ("a", "b", "c") if "label" in needs else ()
    return DataSpec(shape=(1, 16, 16), classes=classes, other_shape=(1, 16, 16) if two else None, aligned=two)


@pytest.mark.parametrize("name", METHODS)
def test_every_number_of_a_method_is_one_line_or_a_game(name: str) -> None:
    spec, wrong = spec_for(name), []
    kind: Any = method_class(name)
    for what, change in variants(kind()):
        try:
            method: Method[Any] = change()
            assert encode(method)
            check_offer(method.batch_type, spec, method=name, source="data")
            refuse_too_large(method, spec, torch.device("cpu"))
        except UserError as error:
            if "\n" in str(error) or not str(error):
                wrong.append(f"{what}: {error!r}")
        except Exception as error:
            wrong.append(f"{what}: {type(error).__name__}: {str(error)[:100]}")
    assert wrong == []


def test_every_number_of_the_options_is_checked() -> None:
    wrong = []
    for what, change in variants(Options()):
        try:
            asked = change()
        except UserError:
            continue
        except Exception as error:
            wrong.append(f"{what}: {error!r}")
            continue
        if any(isinstance(held, float) and not math.isfinite(held) for held in vars(asked).values()):
            wrong.append(what)
    assert wrong == []


def classes_of(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield kind
        yield from classes_of(kind)


def test_every_network_optimiser_and_method_checks_its_numbers() -> None:
    import gankit.networks

    assert gankit.networks
    for base in (Network, Optimizer, Method, Options):
        assert issubclass(base, Bounded)
        for kind in classes_of(base):
            if dataclasses.is_dataclass(kind) and kind.__module__.startswith("gankit."):
                assert "__post_init__" not in vars(kind) or hasattr(vars(kind)["__post_init__"], "__wrapped__")


@dataclasses.dataclass(frozen=True)
class Own(Bounded):
    width: Units = 3
    share: Annotated[float, Between(0, 1, below=True)] | None = None
    plain: float = 1.0
    several: tuple[Units, ...] = (1,)

    def __post_init__(self) -> None:
        assert self.width > 0  # which the check before has seen to


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"width": 0}, "width must be at least 1, not 0"),
        ({"width": 10**9}, "width must be at most 65,536, not 1000000000"),
        ({"share": 1.0}, "share must be at least 0 and below 1, not 1.0"),
        ({"share": math.nan}, "share must be at least 0 and below 1, not nan"),
        ({"plain": math.inf}, "plain must be at most 1,000,000,000, not inf"),
        ({"several": (4, -1)}, "several must be at least 1, not 4 -1"),
        ({"several": (1,) * 10**6}, "several has 1,000,000 numbers, and 256 at most"),
    ],
)
def test_what_is_wrong_is_said_by_the_option(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Own(**changed)


def test_a_configuration_that_asks_for_a_billion_layers_is_one_line() -> None:
    for name, field, many in [
        ("cyclegan", "blocks", 10**9),
        ("began", "repeats", 10**9),
        ("pix2pix", "depth", 10**9),
        ("gan", "generator_widths", [8] * 10**6),
    ]:
        kind: Any = method_class(name)
        said = encode(kind())
        network = said["network"]
        (network if field in network else network["conv"])[field] = many
        with pytest.raises(UserError, match=field.replace("_", "-")):
            stated(said, Method)


@pytest.mark.parametrize("name", sorted(path.stem for path in Path(gankit.commands.__path__[0]).rglob("*.py")))
def test_the_numbers_of_every_command_are_checked(name: str) -> None:
    """A float that is NaN or infinite, and a whole number of 10^30, pass through no command's options."""
    room = "gankit.commands.explore" if (Path(gankit.commands.__path__[0]) / "explore" / f"{name}.py").is_file() else ""
    module = import_module(f"{room or 'gankit.commands'}.{name}") if name != "__init__" else gankit.commands
    for kind in vars(module).values():
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__):
            continue
        hints = get_type_hints(kind)
        for field in dataclasses.fields(kind):
            if not wants_number(hints[field.name]) or bool in flat(hints[field.name]):
                continue
            odd = math.nan if float in flat(hints[field.name]) else 10**30
            holder: Any = object.__new__(kind)
            for other in dataclasses.fields(kind):
                object.__setattr__(holder, other.name, None)
            object.__setattr__(holder, field.name, (odd,) if tuple in flat(hints[field.name]) else odd)
            with pytest.raises(UserError, match=field.name.rstrip("_").replace("_", "-")):
                check_numbers(holder)


@pytest.mark.parametrize(
    "words",
    [
        ["train", "dcgan", "--batch-size", "0"],
        ["train", "dcgan", "--network.width", "-1"],
        ["train", "dcgan", "--generator-optimizer.lr", "nan"],
        ["train", "dcgan", "--generator-optimizer.lr", "inf"],
        ["train", "dcgan", "--seed", str(10**30)],
        ["train", "--batchsize", "3"],
        ["train", "--steps", "many"],
        ["sample", "nowhere", "-n", str(10**30)],
        ["sample", "nowhere", "--truncation", "-inf"],
        ["sample"],
        ["evaluate", "nowhere", "--samples", "-1"],
        ["translate", "nowhere", "a.png", "--tile", "1e30"],
        ["explore", "walk", "nowhere", "--steps", "0"],
        ["benchmark", "--seeds", "-1"],
        ["reproduce", "gan-mnist", "--fraction", "nan"],
        ["data", "digits", "--range", "nan", "1"],
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gankit: error: ")
    assert len(said.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
