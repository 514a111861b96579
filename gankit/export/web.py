"""A folder that samples, or translates, in a browser without a network: page, runtime and weights."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import urllib.request
from importlib.resources import files
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError
from gankit.base.files import cache_root, new_folder, refuse_filled, write_bytes, write_text, writing_to

MAXIMUM = 400 * 2**20
"""Bytes of weights that a browser is given at most."""
RELEASE = "1.30.0"
URL = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{RELEASE}.tgz"
SHA256 = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
SCRIPT, BINARY = "package/dist/ort.wasm.bundle.min.mjs", "package/dist/ort-wasm-simd-threaded.wasm"
"""What the page needs of the package of onnxruntime-web, which is under the MIT licence."""
ASSETS = ("index.html", "page.js", "page.css")


def write_page(folder: Path, content: bytes, card: dict[str, Any]) -> Path:
    """Write a page for the ONNX file `content`, which takes and makes uint8 images or vectors, into a new `folder`,
    whole or not at all; returns its index.html.

    All is in scripts that the page names, so that it also opens as a file; the weights and the runtime are compressed.
    """
    refuse_filled(folder)
    script, binary = _runtime()
    page = files("gankit.export") / "page"
    with new_folder(folder) as partial:
        for name in ASSETS:
            write_bytes(partial / name, (page / name).read_bytes())
        write_text(partial / "runtime.js", _packed("RUNTIME", script=script, binary=binary))
        write_text(partial / "model.js", _packed("MODEL", weights=content) + f"const CARD = {_json(card)};\n")
    return folder / "index.html"


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _packed(name: str, **parts: bytes) -> str:
    """A script that names the compressed `parts`."""
    held = {key: base64.b64encode(gzip.compress(value, mtime=0)).decode() for key, value in parts.items()}
    return f"const {name} = {_json(held)};\n"


def _json(content: Any) -> str:
    """JSON that no element of a page can be ended by."""
    return json.dumps(content).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _runtime() -> tuple[bytes, bytes]:
    """onnxruntime-web's script and its WebAssembly: from the cache, or fetched and known by its hash."""
    path = cache_root() / "downloads" / URL.rpartition("/")[2]
    remedy = f"fetch {URL} and put it at {str(path)!r}"
    if not path.is_file():
        try:
            with urllib.request.urlopen(URL, timeout=60) as answer:
                content = answer.read()
        except (OSError, ValueError) as error:
            raise UserError(
                f"the page needs onnxruntime-web, which could not be fetched ({error}): {remedy}"
            ) from error
        _refuse_other(content, f"what {URL} gave is another file than it was: nothing was written")
        with writing_to(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content)
    content = path.read_bytes()
    _refuse_other(content, f"{str(path)!r} is damaged: {remedy}")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        script, binary = (archive.extractfile(name) for name in (SCRIPT, BINARY))
        assert script is not None
        assert binary is not None
        return script.read(), binary.read()


def _refuse_other(content: bytes, words: str) -> None:
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise UserError(words)
