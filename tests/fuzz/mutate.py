"""Inputs that nobody would write: valid ones with bytes, numbers or words changed, by a seed."""

from __future__ import annotations

import json
import random
import struct
from typing import Any

NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1e30, -1e30, float("nan"), float("inf"), 10**30, 2**31, "", "é" * 300, "../../..", "os:system",
    "gankit.nowhere:Thing", "\x1b[2J", "\ud800", [], {}, [[]], [1] * 50, {"class": 5}, {"class": "Adam"}, [10**9],
)  # fmt: skip


def mutated(content: bytes, chance: random.Random) -> bytes:
    """`content` with one to eight changes."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        _change(data, chance)
    return bytes(data)


def _change(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    match chance.randrange(8):
        case 0 if data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        case 1 if data:
            data[at % len(data)] = chance.randrange(256)
        case 2:
            del data[at:]
        case 3:
            del data[at : at + chance.randrange(1, 64)]
        case 4:
            data[at:at] = chance.randbytes(chance.randrange(1, 64))
        case 5:
            piece = data[at : at + chance.randrange(1, 256)]
            there = chance.randrange(len(data) + 1)
            data[there:there] = piece
        case 6:
            kind = chance.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
            packed = struct.pack(kind, chance.choice(NUMBERS) % 2 ** (8 * struct.calcsize(kind)))
            data[at : at + len(packed)] = packed
        case _:
            digits = [index for index, byte in enumerate(data) if 48 <= byte <= 57]
            if digits:
                at = chance.choice(digits)
                data[at : at + 1] = str(chance.choice((*NUMBERS, 10**12, 10**30))).encode()


def mutated_json(content: bytes, chance: random.Random) -> bytes:
    """JSON of which one to three values or names are others, or are missing."""
    document = json.loads(content)
    for _ in range(chance.choice((1, 1, 2, 3))):
        places: list[tuple[Any, Any]] = []
        _walk(document, places)
        if not places:
            break
        holder, key = chance.choice(places)
        match chance.randrange(4):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[chance.choice(("x", "class", "", "step"))] = holder.pop(key)
            case 2:
                other, name = chance.choice(places)
                holder[key] = json.loads(json.dumps(other[name])) if name in range_of(other) else None
            case _:
                holder[key] = chance.choice(VALUES)
    return json.dumps(document).encode()


def range_of(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def _walk(value: Any, places: list[tuple[Any, Any]]) -> None:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        places.append((value, key))
        _walk(item, places)
