"""The Play page's controls: what they show of a state, and the state that they are moved to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr

from gankit.base.errors import UserError
from gankit.studio import play
from gankit.studio.points import SEEDS, Point
from gankit.studio.shelf import COMPONENTS, Opened
from gankit.studio.states import PlayState, read_play
from gankit.studio.wiring import Dropdown, Slider

CONTINUOUS = 4
"""Continuous codes that have a slider."""
SHARE = 3.0
"""Where a code's slider ends."""
OF_THE_SEED = "as the seed has it"


class Controls(NamedTuple):
    """What a visitor moves, in the order of `Moved`."""

    run: Dropdown
    seed: Slider
    truncation: Slider
    label: Dropdown
    coded: gr.Checkbox
    category: Dropdown
    codes: Sequence[Slider]
    pca: Sequence[Slider]
    sefa: Sequence[Slider]
    start: Dropdown
    target: Dropdown
    along: Slider

    def all(self) -> list[Any]:
        return [part for field in self for part in (field if isinstance(field, list) else [field])]


class Moved(NamedTuple):
    """The values of `Controls`."""

    run: str | None
    seed: float
    truncation: float
    label: str | None
    coded: bool
    category: str | None
    codes: list[float]
    pca: list[float]
    sefa: list[float]
    start: str | None
    target: str | None
    along: float


def values_of(given: Sequence[Any]) -> Moved:
    """`given`, as the page sends it, by name."""
    rest = list(given)

    def some(count: int) -> list[Any]:
        found, rest[:] = rest[:count], rest[count:]
        return found

    run, seed, truncation, label, coded, category = some(6)
    codes, pca, sefa = some(CONTINUOUS), some(COMPONENTS), some(COMPONENTS)
    start, target, along = rest
    return Moved(run, seed, truncation, label, coded, category, codes, pca, sefa, start, target, along)


def state_of(moved: Moved, kept: str, opened: Opened) -> PlayState:
    """The state of the page: what was `moved`, with the pins and the found latent of the state `kept`."""
    before = read_play(kept)
    point = Point(int(moved.seed or 0), latent=before.at.latent if before.run == moved.run else "")
    if moved.truncation and not point.latent:
        point = replace(point, truncation=round(float(moved.truncation), 3))
    if moved.coded:
        names = list(play.codes_of(opened))
        continuous = [name for name in names if name.startswith("continuous")]
        for name, value in zip(continuous, moved.codes, strict=False):
            point = point.coded(name, float(value))
        if moved.category and moved.category != OF_THE_SEED:
            point = point.coded("categorical-1", float(moved.category))
    for kind, values in (("pca", moved.pca), ("sefa", moved.sefa)):
        for index, value in enumerate(values):
            point = point.moved(f"{kind}-{index}", float(value or 0))
    classes = [*_told_classes(opened)]
    if moved.along and moved.start in classes and moved.target in classes:
        if moved.start == moved.target:
            raise UserError("choose two classes to go between")
        name = f"label-{classes.index(moved.start)}-{classes.index(moved.target)}"
        point = point.moved(name, float(moved.along))
    same = before.run == moved.run
    return replace(
        before if same else PlayState(),
        run=str(moved.run or ""),
        label=moved.label if moved.label in opened.run.spec.classes and opened.generator.classes else "",
        at=point,
        view="sample",
    )


def _told_classes(opened: Opened) -> tuple[str, ...]:
    """The classes that a direction may lead between: what the features tell apart in samples without labels."""
    if opened.generator.classes or not opened.run.spec.is_image:
        return ()
    return tuple(opened.features.classes)


def controls_of(state: PlayState, opened: Opened, names: Sequence[str]) -> list[Any]:
    """What the controls show in `state`, in the order of `Controls.all`."""
    run = gr.update(choices=list(names), value=state.run if state.run in names else None)
    point, moves, set_codes = state.at, dict(state.at.moves), dict(state.at.codes)
    codes = play.codes_of(opened)
    continuous = [name for name in codes if name.startswith("continuous")]
    categories = codes.get("categorical-1", 0)
    classes = list(_told_classes(opened))
    labels = list(opened.run.spec.classes) if opened.generator.classes else []
    between = next((name.split("-")[1:] for name in moves if name.startswith("label-")), None)
    ends = [classes[int(place)] for place in between] if between and classes else [None, None]
    category = set_codes.get("categorical-1")
    pictures = opened.run.spec.is_image

    def directions(kind: str) -> list[Any]:
        return [
            gr.update(value=moves.get(f"{kind}-{index}", 0), visible=pictures and index < opened.generator.prior.size)
            for index in range(COMPONENTS)
        ]

    return [
        run,
        point.seed,
        gr.update(value=point.truncation or 0, visible=play.can_truncate(opened)),
        gr.update(choices=labels, value=(state.label or labels[0]) if labels else None, visible=bool(labels)),
        gr.update(value=bool(set_codes), visible=bool(codes)),
        gr.update(
            choices=[OF_THE_SEED, *map(str, range(categories))],
            value=OF_THE_SEED if category is None else str(int(category)),
            visible=bool(categories),
        ),
        *(
            gr.update(
                visible=index < len(continuous),
                value=set_codes.get(continuous[index], 0) if index < len(continuous) else 0,
            )
            for index in range(CONTINUOUS)
        ),
        *directions("pca"),
        *directions("sefa"),
        gr.update(choices=classes, value=ends[0], visible=bool(classes)),
        gr.update(choices=classes, value=ends[1], visible=bool(classes)),
        gr.update(value=moves.get(f"label-{'-'.join(between)}", 0) if between else 0, visible=bool(classes)),
    ]


def made_controls() -> Controls:
    """The controls, in the column that is being made."""
    run = Dropdown([], label="Run", interactive=True)
    seed = Slider(0, SEEDS - 1, value=0, step=1, label="Seed")
    truncation = Slider(0, 3, value=0, step=0.05, label="Truncation (0: none)")
    label = Dropdown([], label="Class", visible=False, interactive=True)
    coded = gr.Checkbox(False, label="Set the codes", visible=False)
    category = Dropdown([], label="Categorical code", visible=False, interactive=True)
    codes = [
        Slider(-SHARE, SHARE, value=0, step=0.05, label=f"Continuous code {index + 1}", visible=False)
        for index in range(CONTINUOUS)
    ]
    with gr.Accordion("Directions that change most (PCA)", open=True):
        pca = [Slider(-5, 5, value=0, step=0.1, label=f"PCA {index}") for index in range(COMPONENTS)]
    with gr.Accordion("Directions of the first layer (SeFa)", open=False):
        sefa = [Slider(-5, 5, value=0, step=0.1, label=f"SeFa {index}") for index in range(COMPONENTS)]
    with gr.Accordion("From one class to another", open=False):
        start = Dropdown([], label="From class", visible=False, interactive=True)
        target = Dropdown([], label="To class", visible=False, interactive=True)
        along = Slider(-2, 2, value=0, step=0.1, label="How far", visible=False)
    return Controls(run, seed, truncation, label, coded, category, codes, pca, sefa, start, target, along)
