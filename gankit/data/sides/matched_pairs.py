"""Pictures that are one side of pairs: of no use where their partner is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gankit.data.pack.content import Decoded, Pictures, Stretch, Unreadable
from gankit.data.pack.decode import Layout, native
from gankit.data.pack.encoded import Encoded, open_image, reason

ANY = Layout((1, 1, 3), np.dtype(np.uint8))


@dataclass(frozen=True, kw_only=True)
class Partnered(Pictures):
    """Pictures that are of use only where their partner can be read, too."""

    partners: Stretch
    """As many, in the same order."""

    def items(self, start: int, stop: int) -> Iterator[tuple[Encoded, Encoded]]:
        return zip(self.encoded(start, stop), self.partners(start, stop), strict=True)

    def decode(self, item: Any, layout: Layout) -> Decoded | Unreadable:
        own, partner = item
        found = super().decode(own, layout)
        if isinstance(found, Decoded) and (why := unreadable(partner)):
            return Unreadable(f"its partner can't be read: {why}")
        return found


def unreadable(encoded: Encoded) -> str | None:
    """Why a picture cannot be decoded; None where it can."""
    try:
        with open_image(encoded) as image:
            native(image, ANY)
    except Exception as error:  # Pillow raises almost anything for a damaged file
        return reason(error, encoded)
    return None


def partnered(own: Pictures, other: Pictures) -> Partnered:
    """The pictures of `own`, each of use only where the one at its place in `other` can be read."""
    return Partnered(names=own.names, encoded=own.encoded, partners=other.encoded, notes=own.notes)
