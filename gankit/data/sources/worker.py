"""The process that `crew` starts: it is told on one line what to do, and ends when whoever told it is gone."""

from __future__ import annotations

import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

from gankit.base.errors import UserError
from gankit.data.pack.build import work
from gankit.data.pack.encoded import strict_pillow
from gankit.data.pack.store import Draft
from gankit.data.sources.located import Form
from gankit.data.sources.opening import digest, locate

THREADS = 2
"""So that one decodes while another reads."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever told it hears that as well, and ends it
    told = json.loads(sys.stdin.readline())
    Thread(target=end_with_who_told, daemon=True).start()
    try:
        found = locate(told["source"], told["split"], Path(told["cache"]), form=Form(**told["form"]))
        if digest(found.content) != told["content"]:
            raise UserError(f"{told['source']!r} changed while it was packed: try again")
        with ThreadPoolExecutor(THREADS) as pool, strict_pillow():
            draft = Draft(Path(told["draft"]), told["each"])
            work(found.read(), draft, told["kind"], told["parts"], pool, lambda done: None)
    except UserError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(2)


def end_with_who_told() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
