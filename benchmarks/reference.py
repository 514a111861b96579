"""What most GAN repositories do, as the yardstick: NCHW, fp32, default Adam, one Python object per picture.

The generator's turn backpropagates into the discriminator's weights and throws the gradient away; every picture
is decoded by PIL, turned into a tensor and normalised on its own in a DataLoader. Metrics hold all distances at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy import linalg
from scipy.spatial.distance import cdist
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset


def photos(folder: Path, many: int) -> Path:
    """`folder`, made and filled with so many JPEGs of 64x64."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for index in range(many):
        rough = Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8))
        rough.resize((64, 64), Image.Resampling.BICUBIC).save(folder / f"{index}.jpg", quality=90)
    return folder


def to_tensor(picture: Image.Image) -> Tensor:
    """PIL to a float tensor [C, H, W] in [-1, 1], in the two steps of the usual transforms."""
    pixels = torch.from_numpy(np.array(picture))
    pixels = pixels[..., None] if pixels.dim() == 2 else pixels
    unit = pixels.permute(2, 0, 1).contiguous().float().div(255)
    return unit.sub_(0.5).div_(0.5)


class Folder(Dataset[Tensor]):
    """Pictures decoded from files, one by one."""

    def __init__(self, root: Path, mode: str = "RGB") -> None:
        self.paths, self.mode = sorted(root.iterdir()), mode

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        with Image.open(self.paths[index]) as picture:
            return to_tensor(picture.convert(self.mode))


class Array(Dataset[Tensor]):
    """Pictures out of an array, by way of PIL, as the common MNIST class does."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Tensor:
        return to_tensor(Image.fromarray(self.pixels[index]))


def endless(data: Dataset[Tensor], batch_size: int, workers: int) -> Iterator[Tensor]:
    loader = DataLoader(data, batch_size, shuffle=True, drop_last=True, num_workers=workers)
    while True:
        yield from loader


def dcgan(width: int = 64, latent: int = 100) -> tuple[nn.Module, nn.Module]:
    """The 64x64 networks of the common DCGAN example."""
    up: list[nn.Module] = [nn.ConvTranspose2d(latent, 8 * width, 4, 1, 0, bias=False)]
    down: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    for many, few in ((8, 4), (4, 2), (2, 1)):
        up += [nn.BatchNorm2d(many * width), nn.ReLU(inplace=True)]
        up += [nn.ConvTranspose2d(many * width, few * width, 4, 2, 1, bias=False)]
    for few, many in ((1, 2), (2, 4), (4, 8)):
        down += [nn.Conv2d(few * width, many * width, 4, 2, 1, bias=False)]
        down += [nn.BatchNorm2d(many * width), nn.LeakyReLU(0.2, inplace=True)]
    up += [nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh()]
    down += [nn.Conv2d(8 * width, 1, 4, 1, 0, bias=False), nn.Flatten(0)]
    return nn.Sequential(nn.Unflatten(1, (latent, 1, 1)), *up), nn.Sequential(*down)


def mlp(latent: int = 100) -> tuple[nn.Module, nn.Module]:
    """The layers of the common MNIST tutorial."""
    up: list[nn.Module] = []
    down: list[nn.Module] = [nn.Flatten()]
    for few, many in ((latent, 256), (256, 512), (512, 1024)):
        up += [nn.Linear(few, many), nn.LeakyReLU(0.2)]
    for many, few in ((784, 1024), (1024, 512), (512, 256)):
        down += [nn.Linear(many, few), nn.LeakyReLU(0.2), nn.Dropout(0.3)]
    up += [nn.Linear(1024, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))]
    down += [nn.Linear(256, 1), nn.Flatten(0)]
    return nn.Sequential(*up), nn.Sequential(*down)


def loop(
    players: tuple[nn.Module, nn.Module], batches: Iterator[Tensor], latent: int = 100, device: str = "cpu"
) -> Callable[[], None]:
    """One step of the usual training loop, which also reads its losses, as the usual loop prints them."""
    generator, discriminator = players = (players[0].to(device), players[1].to(device))
    optimizers = [torch.optim.Adam(player.parameters(), lr=2e-4, betas=(0.5, 0.999)) for player in players]
    judge = F.binary_cross_entropy_with_logits

    def step() -> None:
        real = next(batches).to(device)
        ones, zeros = torch.ones(len(real), device=device), torch.zeros(len(real), device=device)
        fake = generator(torch.randn(len(real), latent, device=device))
        optimizers[1].zero_grad()
        loss = judge(discriminator(real), ones) + judge(discriminator(fake.detach()), zeros)
        loss.backward()
        optimizers[1].step()
        optimizers[0].zero_grad()
        wanted = judge(discriminator(fake), ones)
        wanted.backward()
        optimizers[0].step()
        for value in (loss, wanted):
            value.item()

    return step


def scores(
    real: Path, fake: Path, features: Callable[[Tensor], Tensor], mode: str, batch_size: int = 50
) -> dict[str, float]:
    """Fréchet distance, KID, precision, recall, density and coverage of two folders, as the usual scripts find them."""
    x, y = (embed(DataLoader(Folder(root, mode), batch_size), features) for root in (real, fake))
    return {"frechet": frechet(x, y), "kid": kid(x, y), **prdc(x, y)}


def embed(loader: DataLoader[Tensor], features: Callable[[Tensor], Tensor]) -> np.ndarray:
    with torch.no_grad():
        return np.concatenate([features(batch).numpy() for batch in loader])


def frechet(x: np.ndarray, y: np.ndarray) -> float:
    difference = x.mean(0) - y.mean(0)
    ours, theirs = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = np.real(linalg.sqrtm(ours @ theirs))
    return float(difference @ difference + np.trace(ours + theirs - 2 * root))


def kid(x: np.ndarray, y: np.ndarray, subsets: int = 100, size: int = 1000) -> float:
    """Over 100 subsets, as the published code has it."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(subsets):
        a, b = (points[random.choice(len(points), size, replace=False)] for points in (x, y))
        aa, bb, ab = ((left @ right.T / x.shape[1] + 1) ** 3 for left, right in ((a, a), (b, b), (a, b)))
        pairs = (np.sum(kernel) - np.trace(kernel) for kernel in (aa, bb))
        found.append(sum(pairs) / (size * (size - 1)) - 2 * ab.mean())
    return float(np.mean(found))


def prdc(x: np.ndarray, y: np.ndarray, pr_k: int = 3, dc_k: int = 5) -> dict[str, float]:
    """From three whole matrices of distances."""

    def radii(points: np.ndarray, k: int) -> np.ndarray:
        return np.partition(cdist(points, points), k, axis=1)[:, k]

    across = cdist(x, y)
    within = across < radii(x, dc_k)[:, None]
    return {
        "precision": float((across <= radii(x, pr_k)[:, None]).any(0).mean()),
        "recall": float((across <= radii(y, pr_k)).any(1).mean()),
        "density": float(within.sum(0).mean() / dc_k),
        "coverage": float(within.any(1).mean()),
    }
