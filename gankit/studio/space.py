"""A run's page as a Space of the Hugging Face hub shows it: for everybody, with one run and nothing else."""

from __future__ import annotations

from pathlib import Path

from gankit.studio.server import PORT, Settings, studio


def serve(folder: Path, *, port: int = PORT) -> None:
    """Serve the run in `folder` to everybody, until the Space is put to sleep."""
    studio(Settings(runs=folder, port=port, only_play=True), browser=False, say=print)
