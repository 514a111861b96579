"""What the tests of packs share."""

from __future__ import annotations

import pytest

from gankit.data.pack import content


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What has been opened to be decoded so far."""
    seen: list[object] = []
    real = content.open_image
    monkeypatch.setattr(content, "open_image", lambda item: seen.append(item) or real(item))
    return seen
