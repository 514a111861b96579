"""Whether a game is healthy: signals of it, cheap enough to be always on, and what they say in plain words."""

from __future__ import annotations
