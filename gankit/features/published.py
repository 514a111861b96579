"""Files of published weights: known by their hash, whoever fetched them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from gankit.base.errors import UserError
from gankit.base.files import cache_root


def published_file(network: str, url: str, sha256: str) -> Path:
    """The file at `url` for the feature network `network`: in the cache's folder weights, in torch's own, or fetched.

    Raises `UserError` where it can't be had, or is another than the one published.
    """
    name = url.rpartition("/")[2]
    own = cache_root() / "weights" / name
    for path in (own, Path(torch.hub.get_dir()) / "checkpoints" / name):
        if path.is_file():
            try:
                require_hash(network, path, sha256)
            except UserError as error:
                raise UserError(f"{error}: {remedy(url, path)}") from None
            return path
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(own), hash_prefix=sha256)
    except (OSError, RuntimeError) as error:  # offline, refused, disk full; cut off on the way
        raise UserError(f"the weights of {network!r} could not be fetched ({error}): {remedy(url, own)}") from error
    return own


def require_hash(network: str, path: Path, sha256: str) -> None:
    """Raise `UserError` where the file at `path` is another than the one published for `network`."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise UserError(f"{str(path)!r} is damaged, or no file of {network!r}")


def remedy(url: str, path: Path) -> str:
    return f"fetch {url} and put it at {str(path)!r}"
