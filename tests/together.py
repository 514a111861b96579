"""Several processes that train together, as torchrun would have started them."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from typing import Any, NamedTuple

import torch
from torch.distributed import TCPStore

from gankit.base.errors import UserError
from tests.processes import forked

LIMIT = 120
"""Seconds after which processes are taken to hang."""


class Ended(NamedTuple):
    """How one of them ended."""

    value: Any
    """What its function returned; what it raised, as text, if that was a `UserError`; the exit status, if it ended."""
    said: str


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def together(
    world: int, function: Callable[..., Any], *given: Any, alike: bool = True, store: TCPStore | None = None
) -> list[Ended | None]:
    """What becomes of `function(*given)` in each of `world` processes; None of one that was killed.

    Where they are not `alike`, each is given an item of every argument. They meet in `store`, as torchrun keeps one for
    all that it starts, or in that of the first.
    """
    context, port = forked(), store.port if store else free_port()
    around = dict(os.environ) | ({"TORCHELASTIC_USE_AGENT_STORE": "True"} if store else {})
    started = []
    for rank in range(world):
        here, there = context.Pipe(duplex=False)
        own = given if alike else [each[rank] for each in given]
        process = context.Process(target=_one, args=(function, rank, world, port, around, own, there))
        process.start()
        there.close()
        started.append((process, here))
    ended = []
    for process, here in started:
        try:
            assert here.poll(LIMIT), "it hangs"
            ended.append(here.recv())
        except EOFError:
            ended.append(None)
        finally:
            process.join(5)
            process.kill()
    return ended


def _one(
    function: Callable[..., Any], rank: int, world: int, port: int, around: dict[str, str], given: Any, to: Any
) -> None:
    places = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update(around | {name: str(value) for name, value in places.items()})
    torch.set_num_threads(1)
    with redirect_stderr(StringIO()) as said:
        try:
            value = function(*given)
        except UserError as error:
            value = str(error)
        except SystemExit as stopped:
            value = stopped.code
    to.send(Ended(value, said.getvalue()))
    to.close()
    sys.stdout.flush()
    os._exit(0)  # the group of processes is not taken down in order: the other may be gone
