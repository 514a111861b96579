"""The classifiers whose features and classes gankit's metrics read: trained, and written with a record.

Convolutions with batch normalisation, which is folded into them when they are written. The images are shifted,
rotated and scaled a little at random, and clothes and photos also mirrored. What is kept is the last epoch, whatever
the test images say; they are the official ones, and for digits, which has none, its last 297.

    gankit examples classifiers digits
    gankit examples classifiers mnist
    gankit examples classifiers fashion-mnist
    gankit examples classifiers photos

One command makes the same bytes every time on one machine, and close to the same accuracy on another.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import torch
import tyro
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

import gankit
from gankit.base.files import replacing
from gankit.data import open_data
from gankit.data.pack import normalise
from gankit.features import extract
from gankit.features.classifier import KINDS, SETS, Classifier
from gankit.networks.shipped import RECORD, WEIGHTS, record

HELD_OUT = 297


@dataclass(frozen=True)
class Recipe:
    """Train a classifier, and write its weights and their record."""

    data: tyro.conf.Positional[Literal["digits", "mnist", "fashion-mnist", "photos"]]
    """What to tell apart; photos are CIFAR-10's, and are learned in bfloat16."""
    epochs: int | None = None
    """Passes over the training images; by default 100 of digits, 20 of mnist, 40 of fashion-mnist and 12 of photos."""
    batch_size: int = 128
    lr: float = 4e-3
    """Largest learning rate: it rises for a tenth of the time, then falls to 0 as a cosine does."""
    weight_decay: float = 0.05
    dropout: float = 0.2
    """Chance that a feature is left out in training."""
    seed: int = 0
    out: Path = WEIGHTS
    """Where the weights and their record go."""


EPOCHS = {"digits": 100, "mnist": 20, "fashion-mnist": 40, "photos": 12}
MIRRORED = ("fashion-mnist", "photos")


def main(arguments: list[str] | None = None) -> None:
    torch.set_num_threads(1)  # so that sums are made in the same order everywhere
    asked = tyro.cli(Recipe, args=arguments)
    (images, labels), (test_images, test_labels), tested = load(asked.data)
    epochs = asked.epochs or EPOCHS[asked.data]
    torch.manual_seed(asked.seed)
    classifier = Classifier(asked.data, KINDS[asked.data])
    trainee = normalised(classifier, asked.dropout)
    trainee.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    optimizer = torch.optim.AdamW(trainee.parameters(), asked.lr, weight_decay=asked.weight_decay, fused=True)
    steps = epochs * (len(images) // asked.batch_size)
    warm = max(1, steps // 10)
    step, start = 0, time.monotonic()
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(images)).split(asked.batch_size)[: steps // epochs]:
            rate = (step + 1) / warm if step < warm else (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2
            optimizer.param_groups[0]["lr"] = asked.lr * rate
            seen = moved(images[rows], mirror=asked.data in MIRRORED)
            with torch.autocast("cpu", torch.bfloat16, enabled=asked.data == "photos"):
                logits = trainee(seen)
            loss = F.cross_entropy(logits.float(), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step, total = step + 1, total + float(loss.detach())
        passed = f"{time.monotonic() - start:.0f} s"
        print(f"epoch {epoch + 1}/{epochs}: loss {total * epochs / steps:.4f}, {passed}", flush=True)
    fold(trainee.eval(), classifier)
    accuracy = measured(classifier, test_images, test_labels)
    print(f"{accuracy:.2%} of {tested}")
    settings = {**asdict(asked), "epochs": epochs}
    del settings["data"], settings["out"]
    facts = {"accuracy": accuracy, "tested on": tested, "command": f"gankit examples classifiers {asked.data}"}
    write(asked.out, asked.data, classifier, {**facts, "settings": settings, "torch": torch.__version__})


def load(data: str) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], str]:
    """Training and test images [n, C, H, W] in [-1, 1] with labels [n], and what the test images are in words."""
    source = SETS.get(data, data)
    train = open_data(source)
    assert train.labels is not None
    images, labels = normalise(train.values), train.labels
    if data == "digits":
        held = f"the last {HELD_OUT} of {len(images):,} digits, which are not trained on"
        return (images[:-HELD_OUT], labels[:-HELD_OUT]), (images[-HELD_OUT:], labels[-HELD_OUT:]), held
    test = open_data(source, split="test")
    assert test.labels is not None
    return (images, labels), (normalise(test.values), test.labels), f"the {len(test):,} test images of {source}"


def normalised(classifier: Classifier, dropout: float) -> nn.Sequential:
    """The layers of `classifier` with batch normalisation after each but the last."""
    layers: list[nn.Module] = []
    for convolution in classifier.convolutions:
        assert isinstance(convolution, nn.Conv2d)
        layers += [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU()]
    layers += [nn.Flatten(), classifier.hidden, nn.BatchNorm1d(classifier.hidden.out_features), nn.ReLU()]
    return nn.Sequential(*layers, nn.Dropout(dropout), classifier.logits)


@torch.no_grad()
def moved(images: Tensor, *, mirror: bool) -> Tensor:
    """Images [n, C, H, W], each shifted by up to 7 %, rotated by up to 10 degrees and scaled by up to 8 %, with
    black around; with `mirror` every other one is flipped."""
    n = len(images)
    angle, scale_x, scale_y, across, down = torch.empty(5, n).uniform_(-1, 1)
    angle, scale_x, scale_y = angle * math.radians(10), 1 + 0.08 * scale_x, 1 + 0.08 * scale_y
    if mirror:
        scale_x = scale_x * torch.randint(0, 2, (n,)).mul(2).sub(1)
    rows = [
        torch.stack([angle.cos() * scale_x, -angle.sin() * scale_y, 0.14 * across], 1),
        torch.stack([angle.sin() * scale_x, angle.cos() * scale_y, 0.14 * down], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return F.grid_sample(images + 1, grid, align_corners=False) - 1


@torch.no_grad()
def fold(trained: nn.Sequential, classifier: Classifier) -> None:
    """Give `classifier` the weights of `trained`, in evaluation mode, with its normalisations multiplied in."""
    for layer, after in pairwise(trained):
        if isinstance(layer, nn.Conv2d) and isinstance(after, nn.BatchNorm2d):
            layer.load_state_dict(fuse_conv_bn_eval(layer, after).state_dict())
        elif isinstance(layer, nn.Linear) and isinstance(after, nn.BatchNorm1d):
            layer.load_state_dict(fuse_linear_bn_eval(layer, after).state_dict())


def measured(classifier: Classifier, images: Tensor, labels: Tensor) -> float:
    logits = extract(classifier, images).logits
    assert logits is not None
    return float((logits.argmax(1) == labels).double().mean())


def write(folder: Path, data: str, classifier: Classifier, facts: dict[str, Any]) -> None:
    """Write DATA.safetensors, and its row of the record."""
    content = save({name: value.contiguous() for name, value in classifier.state_dict().items()})
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"{data}.safetensors") as path:
        path.write_bytes(content)
    known = record(folder) if (folder / RECORD).exists() else {}
    known[data] = {"sha256": hashlib.sha256(content).hexdigest(), **facts}
    with replacing(folder / RECORD) as path:
        path.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
    print(folder / f"{data}.safetensors")


if __name__ == "__main__":
    try:
        main()
    except gankit.UserError as error:
        print(f"classifiers: error: {error}", file=sys.stderr)
        sys.exit(2)
