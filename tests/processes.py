"""Processes of their own for tests, which start quickly: they are forked from one that has imported what they need."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

PRELOADED = ["tests.tiny", "torch._dynamo", "torch.utils.tensorboard"]


def forked() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)  # before the first of a session: later calls change nothing
    return context
