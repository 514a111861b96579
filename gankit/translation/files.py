"""Many picture files through a translator: read, translated and written at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from gankit.base.errors import UserError
from gankit.data.pack.encoded import reason, strict_pillow
from gankit.data.pack.parallel import WORKERS, in_order
from gankit.pictures import save, to_pil
from gankit.translation.comparison import Error, Row, error_of, row
from gankit.translation.paths import Input, spelled
from gankit.translation.pipeline import (
    Pipeline,
    TranslationOptions,
    at_size,
    check_files,
    depth,
    to_image,
    to_pixels,
)
from gankit.translation.preprocessing import Preprocessed, Preprocessor

OPTIONS: dict[str, dict[str, int]] = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}}


class Job(NamedTuple):
    """A file, and where what becomes of it is written."""

    source: Input
    path: Path


@dataclass(frozen=True)
class Translated:
    """A picture that was translated."""

    job: Job
    error: Error | None
    """How far it is from its target, at the size it was translated at, where that is known."""
    shown: Row | None = field(repr=False)
    """Its row of the comparison, where it has one."""


@dataclass(frozen=True)
class Answer:
    """What became of the files, in their order."""

    pictures: list[Translated]
    skipped: list[tuple[Input, str]]
    """What could not be read, and why."""


def translate_files(
    pipeline: Pipeline,
    preprocessor: Preprocessor,
    jobs: Sequence[Job],
    *,
    sheet: int = 8,
    say: Callable[[str], None],
    progress: Callable[[int], None] = lambda done: None,
) -> Answer:
    """Translate and write the files of `jobs`; the first `sheet` of those that can be read get a row.

    What can't be read is skipped; `UserError` where that is all. `progress` is told how many files are done.
    """
    check_files(pipeline)
    answer = Answer([], [])
    writing: deque[Future[Translated]] = deque()
    with strict_pillow(), ThreadPoolExecutor(WORKERS) as pool:
        read = (one for [one] in in_order(pool, lambda job: (job, _take(preprocessor, job.source)), jobs, group=1))
        for number, group in enumerate(_grouped(_readable(read, answer, say), pipeline.options)):
            translations = pipeline(torch.stack([to_image(ready.picture.values) for ready in group]), number)
            for ready, image in zip(group, translations, strict=True):
                writing.append(pool.submit(_finish, ready, image, shown=ready.number < sheet))
            while len(writing) > 4 * WORKERS:
                answer.pictures.append(writing.popleft().result())
            progress(len(answer.pictures) + len(answer.skipped))
        answer.pictures.extend(future.result() for future in writing)
    if not answer.pictures:
        source, why = answer.skipped[0]
        raise UserError(f"no picture can be read: {spelled(source)!r} is {why}")
    place = {job: index for index, job in enumerate(jobs)}
    answer.pictures.sort(key=lambda picture: place[picture.job])
    return answer


class _Ready(NamedTuple):
    number: int
    """How many pictures could be read before this one."""
    job: Job
    picture: Preprocessed


def _take(preprocessor: Preprocessor, source: Input) -> Preprocessed | str:
    """The picture, or why it can't be read."""
    try:
        return preprocessor(source)
    except Exception as error:  # whatever a damaged file makes Pillow raise
        return reason(error, source)


def _readable(
    read: Iterable[tuple[Job, Preprocessed | str]], answer: Answer, say: Callable[[str], None]
) -> Iterator[_Ready]:
    """The pictures that were read; the others go to `answer.skipped`, and each note is said once."""
    noted: set[str] = set()
    number = 0
    for job, picture in read:
        if isinstance(picture, str):
            answer.skipped.append((job.source, picture))
            continue
        if picture.note and picture.note not in noted:
            noted.add(picture.note)
            say(picture.note)
        yield _Ready(number, job, picture)
        number += 1


def _grouped(pictures: Iterable[_Ready], options: TranslationOptions) -> Iterator[list[_Ready]]:
    """Pictures of one size together, up to a batch of them, and those that go in tiles one by one.

    No more than four batches wait for their like.
    """
    waiting: dict[tuple[int, ...], list[_Ready]] = {}
    for ready in pictures:
        size = ready.picture.values.shape
        waiting.setdefault(size, []).append(ready)
        if len(waiting[size]) == options.batch or max(size[:2]) > options.tile:
            yield waiting.pop(size)
        elif sum(map(len, waiting.values())) == 4 * options.batch:
            yield waiting.pop(next(iter(waiting)))
    yield from waiting.values()


def _finish(ready: _Ready, image: Tensor, *, shown: bool) -> Translated:
    """Write the translation `image`, and see how far it is from its target."""
    job, picture = ready.job, ready.picture
    values = to_pixels(at_size(image, picture.own), depth(picture.values, image.shape[0]))
    save(to_pil(values), job.path, OPTIONS)
    sides = [to_image(picture.values), image]
    if picture.target is not None:
        sides.append(to_image(picture.target))
    error = error_of(image, sides[2]) if picture.target is not None else None
    return Translated(job, error, row(sides) if shown else None)
