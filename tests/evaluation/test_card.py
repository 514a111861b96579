"""Cards: what is written is read, what was edited is refused, and new figures take the place of their like."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gankit.base.errors import UserError
from gankit.evaluation.card import Card, Figure, read_card

FIGURE = Figure(
    name="frechet",
    metric="frechet",
    value=12.3456,
    low=11.9,
    high=12.8,
    interval="sd of 20 bootstrap resamples",
    better="lower",
    perfect=None,
    training_images=0.25,
    protocol={"metric": "frechet", "samples": 100, "widths": [0.1, 0.2]},
    subject={"source": "generator", "weights": "average", "seed": 0, "step": 5},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    Card([FIGURE]).save(tmp_path)
    assert read_card(tmp_path).figures == [FIGURE]
    assert read_card(tmp_path / "elsewhere").figures == []


@pytest.mark.parametrize("field", ["value", "low", "protocol"])
def test_a_card_edited_by_hand_is_refused(field: str, tmp_path: Path) -> None:
    path = Card([FIGURE]).save(tmp_path)
    content = json.loads(path.read_text())
    content["figures"][0][field] = {"metric": "frechet", "samples": 99} if field == "protocol" else 1.0
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"'frechet' was changed by hand, its hash disagrees"):
        read_card(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"figures": [{"hash": "x"}]}', '{"figures": [1]}'])
def test_a_damaged_card_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(UserError, match=r"card\.json can't be read .* delete it"):
        read_card(tmp_path)


def test_new_figures_take_the_place_of_their_like() -> None:
    other_protocol = replace(FIGURE, protocol={**FIGURE.protocol, "samples": 200})
    other_weights = replace(FIGURE, subject={**FIGURE.subject, "weights": "last"})
    card = Card([FIGURE, other_protocol, other_weights])
    newer = replace(FIGURE, value=1.0, subject={**FIGURE.subject, "step": 9})
    assert card.with_figures([newer]).figures == [other_protocol, other_weights, newer]
    assert card.with_figures([newer])["frechet"] is newer
    with pytest.raises(UserError, match=r"no figure 'frechat' .did you mean 'frechet'"):
        card["frechat"]


@pytest.mark.parametrize(
    ("value", "low", "high", "text", "interval"),
    [
        (12.3456, 11.9, 12.8, "12.35", "11.90 to 12.80"),
        (0.05123, 0.0341, 0.0682, "0.051", "0.034 to 0.068"),
        (1234.5, 1000, 2000, "1,234", "1,000 to 2,000"),
        (10.0, 10.0, 10.0, "10", "10 to 10"),
        (0.99981, None, None, "0.9998", ""),
        (-1e-9, -20.0, 20.0, "0", "-20 to 20"),
        (-0.0, None, None, "0", ""),
        (float("inf"), None, None, "inf", ""),
    ],
)
def test_a_figure_has_the_digits_its_interval_allows(
    value: float, low: float | None, high: float | None, text: str, interval: str
) -> None:
    figure = replace(FIGURE, value=value, low=low, high=high)
    assert (figure.text(), figure.interval_text()) == (text, interval)
