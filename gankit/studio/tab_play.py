"""The Play page: controls on one side, what the run makes on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from gankit.base.errors import UserError
from gankit.base.text import plural
from gankit.pictures import grid
from gankit.reporting.html import Html, tag
from gankit.studio import markup, play
from gankit.studio.controls import controls_of, made_controls, state_of, values_of
from gankit.studio.points import Point, read_point
from gankit.studio.shelf import Opened, Shelf
from gankit.studio.states import PINS, PlayState, View, read_play
from gankit.studio.uploads import taken
from gankit.studio.wiring import ADDRESS, CLICKS, QUIET, SLOW, Said, in_one_line

MARKS = {"plus": "+", "minus": "-", "and": "&"}


def sample_markup(opened: Opened, state: PlayState) -> Html:
    """The sample, and the seeds after it to choose from."""
    drawing = play.drawing(opened, replace(state, view="sample"))
    if not opened.run.spec.is_image:
        return markup.shown(drawing)
    points = play.following(state.at)
    images = play.images_of(opened, points, state.label)
    scale = max(1, 64 // max(images.shape[2:]))
    choices = [
        (str(point.seed), f"seed {point.seed}", grid(one[None], scale=scale, gap=0))
        for point, one in zip(points, images, strict=True)
    ]
    return markup.stacked(
        markup.shown(drawing, action="look", hint="What does the discriminator see here?"),
        markup.choices(choices, action="seed", label="The seeds from here on"),
    )


def pins_markup(opened: Opened, state: PlayState) -> Html:
    """What is pinned, each with its buttons."""
    if not state.pins:
        return tag("p", "Nothing is pinned yet: pin samples to walk between them, or to add them up.", class_="gk-note")
    images = play.images_of(opened, state.pins, state.label)
    scale = max(1, 64 // max(images.shape[2:]))
    items = []
    for place, (point, one) in enumerate(zip(state.pins, images, strict=True)):
        name = f"{place + 1}: {point.name()}"
        marks = [
            markup.button(sign, name_, str(place), f"{sign} pinned {name}", pressed=place in state.groups()[name_])
            for name_, sign in MARKS.items()
        ]
        items.append(
            tag(
                "li",
                markup.image(grid(one[None], scale=scale, gap=0), f"Pinned {name}"),
                tag("span", name),
                tag("span", *marks, markup.button("remove", "remove", str(place), f"Remove pinned {name}")),
            )
        )
    return tag("ul", *items, class_="gk-pins")


def changed_pins(state: PlayState, action: str, place: int) -> PlayState:
    """The state with a pin marked, unmarked or removed. A pin is in one group at most."""
    if not 0 <= place < len(state.pins):
        raise UserError("that sample is not pinned any more")
    groups = {name: [pin for pin in places if pin != place] for name, places in state.groups().items()}
    pins = state.pins
    if action == "remove":
        pins = pins[:place] + pins[place + 1 :]
        groups = {name: [pin - (pin > place) for pin in places] for name, places in groups.items()}
    elif action in groups:
        if place not in state.groups()[action]:
            groups[action] = sorted([*groups[action], place])
    else:
        raise UserError(f"nothing is known of {action!r}")
    plus, minus, and_ = (tuple(groups[name]) for name in MARKS)
    return replace(state, pins=pins, plus=plus, minus=minus, and_=and_)


class Play:
    """The tab, its parts, and what they do."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.kept = gr.State("")
        self.notice = gr.HTML("", elem_classes="gk-notice")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                self.controls = made_controls()
                with gr.Accordion("Start from a picture of yours", open=False):
                    self.upload = gr.File(label="A picture to look for", file_types=["image"], height=120)
            with gr.Column(scale=3, min_width=300, elem_classes="gk-seen"):
                self.sample = gr.HTML("", js_on_load=CLICKS)
                with gr.Row():
                    self.pin = gr.Button("Pin this sample", size="sm")
                    self.reset = gr.Button("Reset changes", size="sm")
                self.link = gr.HTML("", js_on_load=ADDRESS)
                self.pins = gr.HTML("", js_on_load=CLICKS)
                with gr.Row():
                    self.asked = {
                        "walk": gr.Button("Walk between pins", size="sm"),
                        "sum": gr.Button("Add up: + minus - plus &", size="sm"),
                        "neighbours": gr.Button("Nearest training images", size="sm"),
                        "game": gr.Button("What the discriminator sees", size="sm"),
                        "sheet": gr.Button("A sheet of seeds", size="sm"),
                    }
                self.answer = gr.HTML("")
        self.run = self.controls.run
        self._wire()

    @property
    def everything(self) -> list[Any]:
        """What `show` fills, in its order."""
        return [*self.controls.all(), self.sample, self.pins, self.link, self.answer, self.kept]

    def show(self, query: str | Mapping[str, str]) -> list[Any]:
        """The whole page in the state of a link's `query`, the first run's where it names none."""
        names = self.shelf.names()
        if not names:
            raise UserError(f"no run lies under {self.shelf.folder}: the Runs tab starts a training")
        state = read_play(query)
        if not state.run:
            state = replace(state, run=self._first(names))
        opened = self.shelf.opened(state.run)
        opened.run.refuse_translator()
        answer = "" if state.view == "sample" else markup.shown(play.drawing(opened, state))
        return [*controls_of(state, opened, names), *self._shown(opened, state), answer, state.query()]

    def choices(self) -> Any:
        """The runs there are now."""
        return gr.update(choices=self.shelf.names())

    def _first(self, names: Sequence[str]) -> str:
        """The first run that makes something from latents."""
        for name in names:
            try:
                opened = self.shelf.opened(name)
                if not opened.run.spec.other_shape and opened.generator:
                    return name
            except UserError:
                continue
        return names[0]

    def _shown(self, opened: Opened, state: PlayState) -> list[Any]:
        pins = pins_markup(opened, state) if opened.run.spec.is_image else ""
        return [sample_markup(opened, state), pins, markup.address(state.query())]

    def _moved(self, *given: Any) -> list[Any]:
        """A control was moved."""
        *values, kept = given
        moved = values_of(values)
        opened = self.shelf.opened(str(moved.run or ""))
        state = state_of(moved, kept, opened)
        return [sample_markup(opened, state), markup.address(state.query()), state.query()]

    def _asked_for(self, view: View, kept: str) -> list[Any]:
        state = replace(read_play(kept), view=view)
        drawing = play.drawing(self.shelf.opened(state.run), state)
        return [markup.shown(drawing), markup.address(state.query()), state.query()]

    def _chosen(self, kept: str, event: gr.EventData) -> list[Any]:
        """A picture was clicked: the sample, or one of the seeds after it."""
        said, state = Said(event), read_play(kept)
        opened = self.shelf.opened(state.run)
        if said.action == "look":
            state = replace(state, view="game")
            words = play.judged_at(opened, state, said.across, said.down)
            drawing = play.drawing(opened, state)
            answer = markup.stacked(markup.line(words), markup.shown(drawing))
            return [gr.skip(), gr.skip(), markup.address(state.query()), answer, state.query()]
        seed = read_point(said.of).seed
        state = replace(state, at=replace(state.at, seed=seed, latent=""), view="sample")
        return [seed, sample_markup(opened, state), markup.address(state.query()), gr.skip(), state.query()]

    def _pinned(self, kept: str) -> list[Any]:
        state = read_play(kept)
        if len(state.pins) >= PINS:
            raise UserError(f"{plural(PINS, 'sample')} are pinned, which is all there is room for: remove one")
        state = replace(state, pins=(*state.pins, state.at))
        return [pins_markup(self.shelf.opened(state.run), state), markup.address(state.query()), state.query()]

    def _pin_clicked(self, kept: str, event: gr.EventData) -> list[Any]:
        said = Said(event)
        place = int(said.of) if said.of.isdigit() else -1
        state = changed_pins(read_play(kept), said.action, place)
        return [pins_markup(self.shelf.opened(state.run), state), markup.address(state.query()), state.query()]

    def _found(self, file: str | None, kept: str) -> list[Any]:
        """The generator's nearest picture to one that was uploaded becomes the sample."""
        state = read_play(kept)
        opened = self.shelf.opened(state.run)
        with taken(file) as path:
            point, words = play.found_for(opened, Path(path), state.label)
        state = replace(state, at=point, view="sample")
        controls = controls_of(state, opened, self.shelf.names())
        return [*controls, *self._shown(opened, state), markup.line(words), state.query()]

    def _wire(self) -> None:
        controls, kept = self.controls, self.kept
        moved = in_one_line(3)(self._moved)
        for control in controls.all()[1:]:
            control.input(
                moved,
                [*controls.all(), kept],
                [self.notice, self.sample, self.link, kept],
                trigger_mode="always_last",
                **QUIET,
            )
        everything = [self.notice, *self.everything]
        several = in_one_line(len(self.everything))
        controls.run.input(several(self._another), controls.run, everything, **QUIET)
        self.reset.click(several(self._without_changes), kept, everything, **QUIET)
        self.upload.upload(several(self._found), [self.upload, kept], everything, **SLOW)
        self.sample.click(
            in_one_line(5)(self._chosen),
            kept,
            [self.notice, controls.seed, self.sample, self.link, self.answer, kept],
            **QUIET,
        )
        of_pins = [self.notice, self.pins, self.link, kept]
        self.pin.click(in_one_line(3)(self._pinned), kept, of_pins, **QUIET)
        self.pins.click(in_one_line(3)(self._pin_clicked), kept, of_pins, **QUIET)
        for view, button in self.asked.items():
            button.click(
                in_one_line(3)(_with(self._asked_for, view)), kept, [self.notice, self.answer, self.link, kept], **SLOW
            )

    def _another(self, run: str | None) -> list[Any]:
        return self.show(PlayState(run=run or "").query())

    def _without_changes(self, kept: str) -> list[Any]:
        state = read_play(kept)
        return self.show(replace(state, at=Point(state.at.seed), view="sample").query())


def _with(function: Any, first: Any) -> Any:
    return lambda *rest: function(first, *rest)
