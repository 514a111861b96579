"""The loop, and all that training changes: state, checkpoints, log, care, shards."""

from __future__ import annotations
