"""A folder that is a Space of the Hugging Face hub: a program, what it needs, and the run that it shows.

gankit itself lies in it, as no registry may have this very version.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from gankit.base.files import write_text

MODEL = "model"
"""The folder of the run."""
GRADIO = "6.31.0"
PACKAGE = Path(__file__).parents[1]
APP = f'''"""The page of one run of gankit's."""

from pathlib import Path

from gankit.studio.space import serve

if __name__ == "__main__":
    serve(Path(__file__).parent / "{MODEL}")
'''


def fill_space(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write all but the run into `folder`; `facts` are those of `runs.facts`."""
    front = {
        "title": facts["title"],
        "sdk": "gradio",
        "sdk_version": GRADIO,
        "app_file": "app.py",
        "tags": ["gankit", "gan"],
    }
    lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in front.items())
    words = "its pictures, translated" if facts["kind"] == "translator" else "its latent space, to play with"
    write_text(folder / "README.md", f"---\n{lines}\n---\n\n{json.dumps(facts['title'])[1:-1]}: {words}.\n")
    write_text(folder / "app.py", APP)
    write_text(folder / "requirements.txt", "\n".join([*requirements(), ""]))
    left = shutil.ignore_patterns("__pycache__", "results")  # no record of figures is looked at there
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=left)


def requirements() -> list[str]:
    """What gankit and its studio need, as pip reads it; torch of the kind for a CPU, a tenth of the other's size."""
    needed = [line for line in metadata.requires("gankit") or [] if "extra ==" not in line]
    return ["--extra-index-url https://download.pytorch.org/whl/cpu", *needed, f"gradio>={GRADIO},<7"]
