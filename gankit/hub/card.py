"""The page that people see of a run on the hub, from what the run knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gankit.base.text import command_line, markdown
from gankit.evaluation.card import Card, conditions, table


def readme(
    facts: Mapping[str, Any],
    card: Card,
    config: Mapping[str, Any],
    *,
    picture: str | None,
    license: str,
    own: bool,
    name: str,
) -> str:
    """Front matter and text, in Markdown, of what is called `name` on the hub. `own` is whether it needs its
    method.py."""
    data, translates = facts["data"], facts["kind"] == "translator"
    front = {
        "library_name": "gankit",
        "pipeline_tag": "image-to-image" if translates else "unconditional-image-generation",
        "tags": ["gankit", "gan", facts["method"].lower()],
        **({"license": license} if license else {}),
        **({"datasets": [data["source"].removeprefix("hub:")]} if data["source"].startswith("hub:") else {}),
    }
    parts = [
        "---\n" + "\n".join(f"{key}: {json.dumps(value)}" for key, value in front.items()) + "\n---",
        f"# {plain(facts['title'])}",
        _what(facts),
        f"![What it makes]({picture})" if picture else "",
        "## How to use it",
        _use(facts, name, own=own),
        "## How good it is",
        _figures(card),
        "## What it learned from, and how",
        _training(facts, config),
        "## Limits",
        _limits(facts, license=license),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def plain(text: str) -> str:
    """`text` of somebody's as words in Markdown, whatever it holds."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#|!" else c for c in " ".join(text.split()))


def _what(facts: Mapping[str, Any]) -> str:
    data = facts["data"]
    size = "x".join(map(str, data["shape"]))
    if facts["kind"] == "translator":
        words = f"A translator from images of {size} to images of {'x'.join(map(str, data['other_shape']))}"
    elif len(data["shape"]) == 3:
        words = f"A generator of images of {size} (channels, height, width)"
    else:
        words = f"A generator of vectors of {size} numbers"
    classes = f", by label: {plain(', '.join(data['classes'][:20]))}" if data["classes"] else ""
    paper = f"\n\n{plain(facts['paper'])}" if facts["paper"] else ""
    return f"{words}{classes}, trained with gankit's `{facts['method']}` for {facts['step']:,} steps.{paper}"


def _use(facts: Mapping[str, Any], name: str, *, own: bool) -> str:
    trust = ", trust=True" if own else ""
    warning = "It needs `method.py`, which is a program: read it before you trust it.\n\n" if own else ""
    if facts["kind"] == "translator":
        use = 'run.translate("picture.png").save("translated.png")'
        words = ["translate", f"hub:{name}", "pictures/"]
    else:
        use, words = 'run.sample(64).save("samples.png")', ["sample", f"hub:{name}", "--out", "samples.png"]
    command = command_line(*words, *(["--trust"] if own else []))
    exported = command_line("export", f"hub:{name}", "--to", "onnx", "--out", "model.onnx")
    return (
        f'{warning}```python\nimport gankit\n\nrun = gankit.load("hub:{name}"{trust})\n{use}\n```\n\n'
        f"```sh\n{command}\n{exported}\n```"
    )


def _figures(card: Card) -> str:
    if not card.figures:
        return "No figure is known of these weights. `gankit evaluate` finds some, with intervals."
    lines = markdown(table(card.figures))
    return "\n".join(lines) + "\n\n" + "\n".join(f"- {plain(line)}" for line in conditions(card.figures))


def _training(facts: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    which = "the running average of the generator" if facts["weights"] == "average" else "its last weights"
    return (
        f"Data: {plain(facts['data']['source'])}. Seed {facts['seed']}, {facts['step']:,} steps; the weights are "
        f"{which}. Made with {facts['made_with']}. Every hyper-parameter:\n\n"
        f"<details><summary>config.json, method</summary>\n\n"
        f"```json\n{json.dumps(config['method'], indent=1)}\n```\n\n</details>"
    )


def _limits(facts: Mapping[str, Any], *, license: str) -> str:
    licence = (
        "The licence above is of the weights; the data have rights of their own."
        if license
        else "No licence is stated, so all rights are reserved; the data have rights of their own, too."
    )
    return (
        f"- It makes what looks like its training data ({plain(facts['data']['source'])}), with their gaps and biases, "
        "and nothing else.\n- A generator may repeat training images: `gankit evaluate --metrics memorisation` looks "
        f"for that.\n- {licence}"
    )
