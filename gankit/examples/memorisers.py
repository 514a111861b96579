"""Does the memorisation report find copies, and only copies? Planted generators on MNIST, and held-out images.

    gankit examples memorisers [--out runs/memorisers]

Prints how many samples each plant is told of, and the verdict; draws the report of the noised copies.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from gankit import pictures
from gankit.base import text as tables
from gankit.data import images, open_data
from gankit.evaluation.distances import nearest
from gankit.evaluation.memorisation import memorisation, report
from gankit.features import extract, feature_network

N = 1000


def noise(like: Tensor, sd: float) -> Tensor:
    return sd * torch.randn(like.shape, generator=torch.Generator().manual_seed(1))


PLANTS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "held-out images": lambda train, held_out: held_out,
    "exact copies": lambda train, held_out: train,
    "noised, sd 0.2 of [-1, 1]": lambda train, held_out: (train + noise(train, 0.2)).clamp(-1, 1),
    "noised, sd 0.4": lambda train, held_out: (train + noise(train, 0.4)).clamp(-1, 1),
    "shifted by a pixel": lambda train, held_out: F.pad(train, [1, 0, 0, 0], value=-1)[..., :-1],
    "shifted by two and one": lambda train, held_out: F.pad(train, [2, 0, 1, 0], value=-1)[..., :-1, :-2],
    "mirrored": lambda train, held_out: train.flip(3),
    "one copy in ten": lambda train, held_out: torch.cat([train[: N // 10], held_out[N // 10 :]]),
    "means of eight images": lambda train, held_out: train.view(-1, 8, *train.shape[1:]).mean(1).repeat(8, 1, 1, 1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/memorisers"))
    out = parser.parse_args().out
    train_pack, test_pack = open_data("mnist"), open_data("mnist", split="test")
    train = images(train_pack, torch.arange(len(train_pack)))
    order = torch.randperm(len(test_pack), generator=torch.Generator().manual_seed(0))
    held_out, suspects = images(test_pack, order[:N]), images(test_pack, order[N : 2 * N])
    copied = train[torch.randperm(len(train), generator=torch.Generator().manual_seed(2))[:N]]
    rows = [["samples", "near copies", "held-out rate", "p", "verdict"]]
    for name, plant in PLANTS.items():
        samples = plant(copied, suspects)
        found = memorisation(samples, train, held_out)
        verdict = "copies" if found.flagged else "no sign of copying"
        rows.append([name, f"{found.near_copies:.1%}", f"{found.false_alarms:.1%}", f"{found.p_copies:.1g}", verdict])
        print(*rows[-1], sep="  ", flush=True)
        if name == "noised, sd 0.2 of [-1, 1]":
            network = feature_network("auto", train_pack.spec, "mnist")
            features, of_train = extract(network, samples).values, extract(network, train).values
            by_features = nearest(features, of_train)[1][:, 0]
            sheet = report(found, samples, train[found.samples.index], train[by_features])
            print(pictures.save(sheet, out / "noised-copies.png"))
    print("\n".join(tables.markdown(rows)))


if __name__ == "__main__":
    main()
