"""Compare: figures of one protocol side by side, and those of two refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gankit
from gankit.base.errors import UserError
from gankit.commands.main import main
from tests.runs.material import evaluate
from tests.tiny import TinyRun, copied


def test_runs_stand_side_by_side(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    paths = [copied(run, tmp_path / name) for name in ("a", "b", "c")]
    for seed, path in enumerate(paths):
        evaluate(path, seed=seed)
    evaluate(paths[0], metrics=("two-sample",))
    found = gankit.compare(paths)
    header, *rows = found.table()
    assert header[:3] == ["run", "frechet", "kid"]
    assert [row[0] for row in rows] == list(map(str, paths))
    assert len({figure.value for figure in found.rows["frechet"] if figure}) == 3
    assert rows[1][header.index("two-sample")] == "-"
    assert found.refused == []
    assert np.asarray(found.picture()).std() > 10


def test_unlike_protocols_are_refused_by_the_field_that_differs(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    a, b = copied(run, tmp_path / "a"), copied(run, tmp_path / "b")
    evaluate(a, metrics=("frechet", "kid"))
    evaluate(b, metrics=("frechet",), samples=301)
    evaluate(b, metrics=("kid",))
    found = gankit.compare([a, b])
    assert list(found.rows) == ["kid"]
    assert found.refused == [f"frechet is not comparable: {a} and {b} differ in samples: 300 -> 301"]
    with pytest.raises(UserError, match="differ in samples: 300 -> 301"):
        gankit.compare([a, b], figures=["frechet"])
    evaluate(b, metrics=("frechet",))
    assert list(gankit.compare([a, b]).rows) == ["frechet", "kid"]


def test_a_figure_through_each_feature_network_that_all_share_is_a_row(tiny_run: TinyRun, tmp_path: Path) -> None:
    a, b = (copied(tiny_run("dcgan"), tmp_path / name) for name in ("a", "b"))
    for features in ("pixels", "digits-cnn"):
        for run in (a, b):
            evaluate(run, metrics=("frechet",), features=features)
    assert list(gankit.compare([a, b]).rows) == ["frechet (pixels)", "frechet (digits-cnn)"]
    found = gankit.compare([a, b], figures=["frechet"])
    assert found.table()[0] == ["run", "frechet (pixels)", "frechet (digits-cnn)"]
    evaluate(b, metrics=("frechet",), features="photos-cnn")
    assert list(gankit.compare([a, b]).rows) == ["frechet (pixels)", "frechet (digits-cnn)"]


@pytest.mark.parametrize(
    ("options", "field"),
    [({"features": "pixels"}, "features: digits-cnn -> pixels"), ({"real": 500}, "real: 1797 -> 500")],
)
def test_every_part_of_the_protocol_counts(tiny_run: TinyRun, options: Any, field: str, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    a, b = copied(run, tmp_path / "a"), copied(run, tmp_path / "b")
    evaluate(a, metrics=("frechet",))
    evaluate(b, metrics=("frechet",), **options)
    with pytest.raises(UserError, match=field):
        gankit.compare([a, b])


def test_comparing_what_can_t_be(tiny_run: TinyRun, tmp_path: Path) -> None:
    run = tiny_run("dcgan")
    a, b = copied(run, tmp_path / "a"), copied(run, tmp_path / "b")
    evaluate(a, metrics=("frechet",))
    with pytest.raises(UserError, match=r"b has no figures yet: gankit evaluate"):
        gankit.compare([a, b])
    with pytest.raises(UserError, match="at least two"):
        gankit.compare([a])
    evaluate(b, metrics=("frechet",))
    with pytest.raises(UserError, match=r"no figure 'fretchet' .did you mean 'frechet'"):
        gankit.compare([a, b], figures=["fretchet"])
    path = b / "card.json"
    path.write_text(path.read_text().replace('"samples": 300', '"samples": 301'))
    with pytest.raises(UserError, match="was changed by hand"):
        gankit.compare([a, b])


def test_the_commands_print_tables_and_where_they_wrote(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tiny_run("dcgan")
    a, b = copied(run, tmp_path / "a"), copied(run, tmp_path / "b")
    for path in (a, b):
        assert main(["evaluate", str(path), "--samples", "300", "--metrics", "frechet", "prdc"]) == 0
    answer = capsys.readouterr().out
    assert "95 % interval" in answer
    assert "300 samples, 1,797 images of the train split through digits-cnn" in answer
    assert str(b / "card.json") in answer
    assert main(["compare", str(a), str(b), "--out", str(tmp_path / "plot.png")]) == 0
    answer = capsys.readouterr().out
    assert answer.splitlines()[0].split() == ["run", "frechet", "precision", "recall", "density", "coverage"]
    assert (tmp_path / "plot.png").stat().st_size > 1000
