"""The line that tells the time left."""

from __future__ import annotations

import re
from io import StringIO

from gankit.base.progress import Progress


def test_progress_tells_the_time_left() -> None:
    stream = StringIO()
    progress = Progress(10, "pictures", stream, every=0)
    progress.at(0)
    progress.at(4)
    progress.close()
    assert re.fullmatch(r"4/10 pictures  \S+ pictures/s  0:00 left\n", stream.getvalue())
