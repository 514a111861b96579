"""What the tests of the page share: facts of a run that never was, and a strict reader of HTML."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from PIL import Image

from gankit.reporting import Facts, Picture, Setting, Shown, page

VOID = ("meta", "link", "img", "input")
COLLAPSE = {
    "name": "mode collapse",
    "degree": "partial",
    "since": 440,
    "evidence": {"words": "Samples are alike.", "near_duplicates": 0.31},
    "remedy": "gankit train lsgan --data digits",
}
HEALTHY = {"name": "healthy", "degree": None, "since": 0, "evidence": {"words": "All is well."}, "remedy": None}


def png(colour: int = 0, side: int = 16) -> Picture:
    """A picture of one colour."""
    content = BytesIO()
    Image.new("L", (side, side), colour).save(content, "PNG")
    return Picture(content.getvalue(), "image/png", side, side)


def entries(steps: int = 800, every: int = 20) -> list[dict[str, Any]]:
    """A log with a loss of each player, signals, and two verdicts."""
    lines: list[dict[str, Any]] = [
        {
            "step": step,
            "discriminator/real": 0.5 + step / 4000,
            "discriminator/fake": 0.6,
            "generator/loss": 10.0 ** (step / 200),
            "health/accuracy_real": 0.7,
            "health/accuracy_fake": 0.8,
            "steps_per_second": 20.0,
        }
        for step in range(every, steps + 1, every)
    ]
    return [
        *lines[:10],
        {"step": 200, "verdict": HEALTHY},
        *lines[10:30],
        {"step": 600, "verdict": COLLAPSE},
        *lines[30:],
    ]


def facts(**others: Any) -> Facts:
    plain = Facts(
        name="DCGAN",
        source="digits",
        about="the first game",
        paper=("Radford et al.", "https://arxiv.org/abs/1511.06434"),
        state="resting",
        state_words="not in training",
        step=800,
        total=None,
        rows={"seed": "0"},
        settings=[Setting("network.width", "16", "64", "Channels.")],
        command="gankit train dcgan --data digits",
        notes=["A note."],
        previews={step: png(step // 4) for step in (100, 200, 400, 800)},
        previews_in_all=4,
        preview_words="Samples of the same latents",
        entries=entries(),
        figures=[],
        shown=[Shown("A walk", png(9), "Smooth.", "A walk, smooth")],
        written=1.8e9,
        version="0.1.0",
    )
    return replace(plain, **others)


class Read(HTMLParser):
    """A page whose elements are closed in turn: their attributes by name, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.words += f" {data}"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(**others: Any) -> Read:
    return Read(page(facts(**others)))


def values(text: str) -> list[Any]:
    """The JSON of a page's charts."""
    return [json.loads(found) for found in re.findall(r'class="values">(.*?)</script>', text)]
