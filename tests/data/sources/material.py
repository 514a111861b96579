"""WebDataset shards, made on the spot."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from gankit.data import Pack


def picture(value: int, size: int = 4) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((size, size, 3), value, np.uint8)).save(file, "PNG")
    return file.getvalue()


def shard(path: Path, members: dict[str, bytes], form: int = tarfile.USTAR_FORMAT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=form) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def shards(folder: Path, n: int = 3, each: int = 4, kind: str = "cls") -> Path:
    """`n` shards of pictures 0, 10, 20, ... of classes by number (.cls) or by name (.json)."""
    for number in range(n):
        members: dict[str, bytes] = {}
        for index in range(number * each, (number + 1) * each):
            facts = {
                "cls": f"{index % 3}\n".encode(),
                "json": json.dumps({"label": "abc"[index % 3], "id": 7}).encode(),
            }
            members[f"{index:06d}.{kind}"] = facts[kind]
            members[f"{index:06d}.png"] = picture(10 * index + 5)
            members[f"{index:06d}.txt"] = b"a caption"
        shard(folder / f"train-{number:05d}.tar", members)
    return folder


def values(pack: Pack) -> list[int]:
    return pack.values[:, 0, 0, 0].tolist()
