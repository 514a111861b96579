"""Between gradio's events and our functions: one line for every mistake, and one way to hear clicks in markup."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio import component_meta

from gankit.base.errors import UserError
from gankit.studio.markup import line

CLICKS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do]');
  if (!button || !element.contains(button)) return;
  const box = button.getBoundingClientRect();
  const keyboard = event.detail === 0;
  const across = keyboard ? 0.5 : (event.clientX - box.left) / box.width;
  const down = keyboard ? 0.5 : (event.clientY - box.top) / box.height;
  trigger('click', {do: button.dataset.do, of: button.dataset.of || '', across, down});
});
"""
"""Tells the page which of an element's buttons was pressed, and where; in the middle, by a key."""
ADDRESS = """
watch('value', () => {
  const field = element.querySelector('[data-query]');
  if (field && field.offsetParent) history.replaceState(null, '', '?' + field.dataset.query);
});
"""
"""Makes the state that is shown the page's address."""
QUIET: dict[str, Any] = {"show_progress": "hidden", "queue": False, "api_visibility": "private"}
"""For events that are answered at once."""
SLOW: dict[str, Any] = {"show_progress": "minimal", "api_visibility": "private"}
"""For those that take their time: they wait for each other, and the page shows that."""


@contextmanager
def _no_stubs() -> Iterator[None]:
    """gradio writes a .pyi beside every file that has a component of its own: not into ours."""
    write = component_meta.create_or_modify_pyi
    component_meta.create_or_modify_pyi = lambda *given: None
    try:
        yield
    finally:
        component_meta.create_or_modify_pyi = write


with _no_stubs():

    class Slider(gr.Slider):
        """A slider whose number, which a visitor may type, is brought within its ends."""

        is_template = True

        def preprocess(self, payload: float | None) -> float:
            return min(max(float(payload or 0), self.minimum), self.maximum)

    class Dropdown(gr.Dropdown):
        """A list whose choice is looked at by what uses it: a run in it may be gone by then."""

        is_template = True

        def preprocess(self, payload: Any) -> str | None:
            return payload if isinstance(payload, str) else None


class Said:
    """What was clicked in markup."""

    def __init__(self, event: gr.EventData) -> None:
        data = event._data if isinstance(event._data, dict) else {}
        self.action, self.of = str(data.get("do", ""))[:40], str(data.get("of", ""))[:20_000]
        self.across, self.down = (_share(data.get(name)) for name in ("across", "down"))


def _share(value: Any) -> float:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) else 0.5


def in_one_line(outputs: int, *, says: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function of so many `outputs` one of those and, before them, a line: empty, or what was wrong. One that
    `says` something gives that line itself."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def guarded(*arguments: Any) -> Any:
            try:
                found = function(*arguments)
            except Exception as error:
                return [line(words_of(error), "failed"), *[gr.skip()] * outputs]
            return found if says else ["", *found]

        return guarded

    return wrap


def words_of(error: Exception) -> str:
    """What a page says of `error`, in one line; what nobody foresaw is told to the terminal as well."""
    if isinstance(error, UserError):
        return " ".join(str(error).split())
    if isinstance(error, FileNotFoundError):
        return "a file of it is gone: was the run deleted or moved?"
    if isinstance(error, OSError):
        return f"{error.strerror or error}"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    traceback.print_exception(error, file=sys.stderr)
    return f"something went wrong ({type(error).__name__}): the terminal says more"
