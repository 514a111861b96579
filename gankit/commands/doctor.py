"""gankit doctor."""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from gankit.base.extras import ROOT
from gankit.base.files import cache_root, config_root
from gankit.base.text import aligned, tell
from gankit.base.version import VERSION
from gankit.commands.main import COMMANDS
from gankit.commands.parsing import parse

EXTRAS = {
    "hub": "hub:owner/name as data and as runs, .parquet files, gankit push",
    "export": "gankit export to ONNX and to a page for the browser",
    "inception": "the Fréchet distance of papers: --features inception",
    "dinov2": "--features dinov2",
    "film": "films as .mp4",
    "medical": "DICOM files as data",
    "photos": "features that see photos, offline",
    "studio": "gankit studio in the browser",
    "wandb": "gankit train --log wandb",
    "mlflow": "gankit train --log mlflow",
    "aim": "gankit train --log aim",
    "docs": "make site",
    "release": "make release",
    "dev": "what the tests take",
}
"""What each extra gives, for those that this installation states."""
MODULES = {
    "pillow": "PIL",
    "pyyaml": "yaml",
    "mlflow-skinny": "mlflow",
    "scikit-learn": "sklearn",
    "imageio-ffmpeg": "imageio_ffmpeg",
    "torch-fidelity": "torch_fidelity",
}
"""Packages that are imported by another name."""
SPEED_SECONDS = 2.0


@dataclass(frozen=True)
class Doctor:
    speed: bool = True
    """Measure how fast the device convolves, which takes some seconds."""


def doctor(arguments: list[str]) -> None:
    """What is installed and whether it loads, what each extra gives, where things lie, and the device and its speed."""
    options = parse(Doctor, arguments, "gankit doctor", f"{COMMANDS['doctor']}\n\n{doctor.__doc__}")
    tell(f"gankit {VERSION}, Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    tell(f"from {Path(__file__).parents[1]}, run by {sys.executable}", "")
    try:
        required, extras = _requirements()
    except metadata.PackageNotFoundError:
        required, extras = [], {}
        tell(f"it is not installed, so that what it needs can't be told: pip install -e '{ROOT}'", "")
    rows = [["package", "version", "", ""], *(_row(name, "needed") for name in required)]
    tell(*aligned([row[:3] for row in rows]))
    rows = [["extra", "", "gives"]]
    for extra, names in extras.items():
        missing = [name for name in names if not _version(name)]
        state = f"lacks {', '.join(missing)}" if missing else "installed"
        rows.append([extra, state, EXTRAS.get(extra, "")])
    tell("", *aligned(rows))
    tell("an extra is had by pip install 'gankit[NAME]', from a checkout pip install '.[NAME]'", "")
    for name, path in {"cache": cache_root(), "settings": config_root()}.items():
        tell(f"{name:12} {path}{'' if path.exists() else ' (not there yet)'}")
    tell(f"{'data':12} GANKIT_DATA={os.environ.get('GANKIT_DATA', '(not set)')}", "")
    _tell_device(options.speed)


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """The packages that gankit needs, and those of each extra, as its installation states them."""
    required: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in metadata.requires("gankit") or []:
        name = re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0]
        if found := re.search(r"extra == ['\"](\w+)['\"]", line):
            extras.setdefault(found[1], []).append(name)
        else:
            required.append(name)
    return required, {extra: [name for name in names if name != "gankit"] for extra, names in extras.items()}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _row(name: str, kind: str) -> list[str]:
    version = _version(name)
    if version is None:
        return [name, "", f"MISSING: {kind}", ""]
    module = MODULES.get(name, name.replace("-", "_"))
    return [name, version, "" if util.find_spec(module) else "does not load", ""]


def _tell_device(measure: bool) -> None:
    import torch

    from gankit.base.devices import module_of, pick_device
    from gankit.base.memory import available, in_words
    from gankit.training.precision import has_bf16

    device = pick_device("auto")
    name = platform.processor() or _processor()
    if device.type != "cpu":
        name = module_of(device).get_device_name(device)
    free = available(device)
    tell(f"{'device':12} {device}: {name}" + (f", {in_words(free)} free" if free else ""))
    if device.type == "cpu":
        tell(f"{'threads':12} {torch.get_num_threads()} of {os.cpu_count()} cores, load {_load()}")
    tell(f"{'precision':12} {'bf16, which auto takes' if has_bf16(device) else 'fp32: it has no fast bf16'}")
    if measure:
        precisions = [torch.float32, torch.bfloat16] if has_bf16(device) else [torch.float32]
        figures = ", ".join(f"{_speed(device, kind):,.0f} GFLOP/s in {str(kind)[6:]}" for kind in precisions)
        tell(f"{'speed':12} {figures} (3x3 convolutions, 128 channels)")


def _processor() -> str:
    """The processor's name where the system tells it in a file."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        return "unknown"
    return found[1] if found else "unknown"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _speed(device: object, kind: object) -> float:
    """Billions of operations a second of a convolution, over some of them."""
    import torch

    side, channels, n = 32, 128, 16
    images = torch.randn(n, channels, side, side, dtype=kind, device=device)  # pyright: ignore
    images = images.contiguous(memory_format=torch.channels_last)
    layer = torch.nn.Conv2d(channels, channels, 3, padding=1).to(device, kind)  # pyright: ignore
    layer = layer.to(memory_format=torch.channels_last)
    operations = 2 * n * side * side * channels * channels * 9
    with torch.inference_mode():
        for _ in range(3):
            layer(images)
        done, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < SPEED_SECONDS / 2:
            layer(images).sum().item()
            done += 1
        return done * operations / (time.perf_counter() - begun) / 1e9
