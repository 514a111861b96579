"""Sending a folder to the hub, and fetching one, with every refusal in one line."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

from gankit.base.errors import UserError
from gankit.base.extras import how_to_install
from gankit.base.files import cache_root

PREFIX = "hub:"
FILES = ("config.json", "card.json", "model.safetensors", "method.py", "README.md", "samples.png")
"""What is fetched of a run; whatever else lies beside it stays there."""


def repository(name: str) -> str:
    """ "owner/name" of `name`, with or without "hub:". Raises `UserError` where it is none."""
    bare = name.removeprefix(PREFIX)
    if not re.fullmatch(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", bare) or ".." in bare or "--" in bare:
        raise UserError(f"{name!r} names nothing on the hub: write owner/name")
    return bare


def fetch(name: str) -> Path:
    """The folder of the run `name`, "hub:owner/name": as it is on the hub now, or offline as it was fetched before.

    Raises `UserError` where it is nowhere, or no run.
    """
    bare = repository(name)
    folder = cache_root() / "downloads" / "runs" / bare
    known = (folder / "config.json").is_file()
    client = _client()
    try:
        client.snapshot_download(bare, allow_patterns=list(FILES), local_dir=folder, endpoint=_address())
    except Exception as error:  # offline, refused, moved, disk full: the hub's client has many ways to say so
        if known:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        hint = f"'hf download {bare} --local-dir FOLDER' where there is a connection, and name FOLDER"
        raise UserError(f"{PREFIX}{bare} could not be fetched ({_reason(error)}){_helped(error, hint)}") from error
    if not (folder / "config.json").is_file() or not (folder / "model.safetensors").is_file():
        raise UserError(f"{PREFIX}{bare} holds no run of gankit: config.json or model.safetensors is missing")
    return folder


def send(folder: Path, repository: str, *, private: bool, message: str) -> str:
    """Send the files in `folder` as one commit to `repository`, made where it is new; returns its address.

    Raises `UserError` where it can't be sent, or the repository holds something that is no run of gankit.
    """
    client = _client()
    try:
        api = client.HfApi(endpoint=_address())
        made = api.create_repo(repository, private=private, exist_ok=True)
        there = set(api.list_repo_files(repository)) - {".gitattributes", "README.md"}
        if there and not {"config.json", "model.safetensors"} <= there:
            raise UserError(f"{repository} is taken: it holds {', '.join(sorted(there)[:3])}; choose another name")
        api.upload_folder(folder_path=folder, repo_id=repository, commit_message=message)
        return str(made)
    except UserError:
        raise
    except Exception as error:  # as above
        hint = "'gankit export RUN --to safetensors' writes what would be sent"
        raise UserError(f"{repository} could not be sent ({_reason(error)}){_helped(error, hint)}") from error


def _client() -> Any:
    try:
        import huggingface_hub
    except ImportError:
        raise UserError(f"the hub needs its client: {how_to_install('hub')}") from None
    return huggingface_hub


def _address() -> str | None:
    """Another hub than the public one, where the environment names it; the client itself reads that only once."""
    return os.environ.get("HF_ENDPOINT")


def _helped(error: Exception, otherwise: str) -> str:
    """What helps with `error`: a command to sign in, or `otherwise` where the hub did not answer at all."""
    if "401" in str(error):
        return ": sign in first, with 'hf auth login'"
    return f": {otherwise}" if getattr(error, "response", None) is None else ""


def _reason(error: Exception) -> str:
    return next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
