"""What is fuzzed: every reader of data, and every file of a run, each with small valid inputs to start from."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gankit.base.errors import UserError
from gankit.data import open_data
from tests.fuzz.mutate import mutated, mutated_json

RUN = Path(__file__).parent / "seeds" / "run"
"""A run of 30 steps, as small as one can be."""
SIZE = 8


def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, SIZE, SIZE, 3), np.uint8)


def encoded(values: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind)
    return file.getvalue()


def npy() -> bytes:
    file = io.BytesIO()
    np.save(file, pictures())
    return file.getvalue()


def npz() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, images=pictures(), labels=np.arange(6) % 3)
    return file.getvalue()


def tarred(form: int) -> bytes:
    """A WebDataset shard of samples with long names."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for index, picture in enumerate(pictures()):
            for kind, content in (
                ("png", encoded(picture, "PNG")),
                ("cls", b"1"),
                ("json", b'{"label": "a"}'),
            ):
                member = tarfile.TarInfo(f"{'n' * 101}{index}.{kind}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, values in enumerate(pictures()):
            archive.writestr(f"{'ab'[index % 2]}/{index}.png", encoded(values, "PNG"))
    return file.getvalue()


def parquet(**options: Any) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as pq

    cells = [{"bytes": encoded(values, "PNG"), "path": f"{index}.png"} for index, values in enumerate(pictures())]
    features = {"info": {"features": {"label": {"names": ["a", "b", "c"], "_type": "ClassLabel"}}}}
    table = pa.table({"image": cells, "label": [0, 1, 2, 0, 1, 2]})
    file = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(features)}), file, **options)
    return file.getvalue()


def mat() -> bytes:
    from scipy.io import savemat

    file = io.BytesIO()
    savemat(file, {"images": pictures(), "labels": np.arange(6) % 3}, do_compression=True)
    return file.getvalue()


def tensors(*, legacy: bool) -> bytes:
    import torch

    file = io.BytesIO()
    held = {"images": torch.from_numpy(pictures()), "labels": torch.arange(6) % 3}
    torch.save(held, file, _use_new_zipfile_serialization=not legacy)
    return file.getvalue()


def dicom() -> bytes:
    from tests.data.material import write_dicom

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "0.dcm"
        write_dicom(path, pictures()[:3, ..., 0].astype(np.uint16) * 16, intercept=-1024)
        return path.read_bytes()


ATTRIBUTES = b"3\nRed Green Blue\n0.png  1 -1  1\n1.png -1 -1  1\n2.png  1  1 -1\n"


def beside_pictures(name: str) -> Callable[[Path, bytes], None]:
    def read(folder: Path, content: bytes) -> None:
        (folder / "pictures").mkdir()
        for index, values in enumerate(pictures()[:3]):
            (folder / "pictures" / f"{index}.png").write_bytes(encoded(values, "PNG"))
        (folder / "pictures" / name).write_bytes(content)
        opened(folder / "pictures")

    return read


def idx(values: np.ndarray) -> bytes:
    head = b"\0\0\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(np.uint8).tobytes()


def opened(path: Path) -> None:
    open_data(path, size=SIZE, cache=path.parent / "cache", say=lambda line: None)


def file_called(name: str) -> Callable[[Path, bytes], None]:
    def read(folder: Path, content: bytes) -> None:
        (folder / name).write_bytes(content)
        opened(folder / name)

    return read


def in_a_folder(name: str) -> Callable[[Path, bytes], None]:
    def read(folder: Path, content: bytes) -> None:
        (folder / "pictures").mkdir()
        (folder / "pictures" / name).write_bytes(content)
        opened(folder / "pictures")

    return read


def idx_called(name: str) -> Callable[[Path, bytes], None]:
    def read(folder: Path, content: bytes) -> None:
        place = folder / "data" / "mnist"
        place.mkdir(parents=True)
        zipped = ".gz" if name.endswith(".gz") else ""
        whole = {"images-idx3": idx(pictures()[..., 0]), "labels-idx1": idx(np.arange(6))}
        for part, values in whole.items():
            (place / f"train-{part}-ubyte{zipped}").write_bytes(gzip.compress(values) if zipped else values)
        (place / name).write_bytes(content)
        os.environ["GANKIT_DATA"] = str(folder / "data")
        open_data("mnist", cache=folder / "cache", say=lambda line: None)

    return read


def run_with(name: str, *, resealed: bool = False) -> Callable[[Path, bytes], None]:
    """Sample, report, continue and compare a run one of whose files is another; `resealed` has its checkpoint say that
    this is right."""

    def read(folder: Path, content: bytes) -> None:
        from gankit.commands.main import _dispatch

        run = Path(shutil.copytree(RUN, folder / "run"))
        (run / name).write_bytes(content)
        if resealed:
            state = (run / name).parent / "state.json"
            facts = json.loads(state.read_text())
            facts.pop("seal", None)
            digest = hashlib.blake2b(content, digest_size=16).hexdigest()
            facts["files"][Path(name).name] = [len(content), digest]
            state.write_text(json.dumps(facts))
        widths = ["--network.generator-widths", "8", "--network.discriminator-widths", "8", "--network.latent", "4"]
        train = ["train", "gan", "--network", "mlp", *widths, "--batch-size", "8", "--out", str(run), "--steps", "31"]
        looks = ["sample", str(run), "-n", "2"], ["report", str(run), "--no-explore"]
        for words in (*looks, train, ["compare", str(run), str(RUN)], ["data", str(run)]):
            if words[0] in ("sample", "report", "train") or Path(name).name == "card.json":
                try:
                    _dispatch(words)
                except UserError:
                    continue

    return read


def latents(folder: Path, content: bytes) -> None:
    import torch

    from gankit.exploration.latents import read_latents
    from gankit.runs.run import load

    (folder / "z.npy").write_bytes(content)
    assert isinstance(read_latents(folder / "z.npy", load(RUN).generator(device="cpu")), torch.Tensor)


def numbers() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros((3, 4), np.float32))
    return file.getvalue()


Read = Callable[[Path, bytes], None]
Mutate = Callable[[bytes, random.Random], bytes]
LAST = "checkpoints/step-000030"


def subjects() -> dict[str, tuple[bytes, Read, Mutate]]:
    """By name: a valid input, what reads it, and how it is changed."""
    images, labels = idx(pictures()[..., 0]), idx(np.arange(6))
    grey = pictures()[0, ..., 0]
    found: dict[str, tuple[bytes, Read, Mutate]] = {
        "npy": (npy(), file_called("x.npy"), mutated),
        "npz": (npz(), file_called("x.npz"), mutated),
        "zip": (zipped(), file_called("x.zip"), mutated),
        "tar": (tarred(tarfile.GNU_FORMAT), file_called("x.tar"), mutated),
        "tar-pax": (tarred(tarfile.PAX_FORMAT), file_called("x.tar"), mutated),
        "parquet": (parquet(), file_called("x.parquet"), mutated),
        "parquet-plain": (parquet(compression="none", use_dictionary=False), file_called("x.parquet"), mutated),
        "parquet-gzip": (parquet(compression="gzip"), file_called("x.parquet"), mutated),
        "idx-images": (images, idx_called("train-images-idx3-ubyte"), mutated),
        "idx-labels": (labels, idx_called("train-labels-idx1-ubyte"), mutated),
        "idx-images.gz": (gzip.compress(images), idx_called("train-images-idx3-ubyte.gz"), mutated),
        "idx-labels.gz": (gzip.compress(labels), idx_called("train-labels-idx1-ubyte.gz"), mutated),
        "latents": (numbers(), latents, mutated),
        "mat": (mat(), file_called("x.mat"), mutated),
        "pt": (tensors(legacy=False), file_called("x.pt"), mutated),
        "pt-legacy": (tensors(legacy=True), file_called("x.pt"), mutated),
        "dicom": (dicom(), in_a_folder("0.dcm"), mutated),
        "csv": (b"a,b,label\n1,2.5,x\n3,4,y\n5,6,x\n", file_called("x.csv"), mutated),
        "attributes": (ATTRIBUTES, beside_pictures("list_attr_celeba.txt"), mutated),
        "metadata": (b"file_name,label\n0.png,a\n1.png,b\n2.png,a\n", beside_pictures("metadata.csv"), mutated),
    }
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM"):
        found[kind.lower()] = (encoded(pictures()[0], kind), in_a_folder(f"0.{kind.lower()}"), mutated)
    found["png16"] = (encoded(grey.astype(np.uint16) * 257, "PNG"), in_a_folder("0.png"), mutated)
    found["tiff-float"] = (encoded(grey.astype(np.float32) / 255, "TIFF"), in_a_folder("0.tiff"), mutated)
    for name in ("config.json", f"{LAST}/state.json", "card.json"):
        content = (RUN / name).read_bytes()
        found[f"{name} as JSON"] = (content, run_with(name), mutated_json)
        found[name] = (content, run_with(name), mutated)
    found["log.jsonl"] = ((RUN / "log.jsonl").read_bytes(), run_with("log.jsonl"), mutated)
    for part in ("players", "average", "optimizers"):
        name = f"{LAST}/{part}.safetensors"
        found[part] = ((RUN / name).read_bytes(), run_with(name), mutated)
        found[f"{part} resealed"] = ((RUN / name).read_bytes(), run_with(name, resealed=True), mutated)
    return found
