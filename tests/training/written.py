"""Data sets of random examples, written in the formats that people bring."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
from torchvision.datasets import CIFAR10, KMNIST, MNIST

from lrlab.datasets import DATASETS
from lrlab.training import files

IDX = {"mnist": MNIST, "kmnist": KMNIST}


def bytes_of(random: np.random.Generator, *shape: int, below: int = 256) -> np.ndarray:
    return random.integers(below, size=shape, dtype=np.uint8)


def idx_files(dataset: str) -> dict[str, bytes]:
    """Return the four files of random images and labels, by their names."""
    facts, random = DATASETS[dataset], np.random.default_rng(0)
    written = {}
    for stem, examples in (("train", facts.train), ("t10k", facts.test)):
        images = bytes_of(random, examples, facts.side, facts.side).tobytes()
        labels = bytes_of(random, examples, below=facts.classes).tobytes()
        header = struct.pack(">4I", 2051, examples, facts.side, facts.side)
        written[f"{stem}-images-idx3-ubyte"] = header + images
        written[f"{stem}-labels-idx1-ubyte"] = struct.pack(">2I", 2049, examples) + labels
    return written


def put(folder: Path, written: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return folder


def pack(dataset: str, folder: Path, monkeypatch) -> dict[str, bytes]:
    """Put the four gzipped files there, with their hashes where torchvision keeps its own."""
    packed = {f"{name}.gz": gzip.compress(raw, 1) for name, raw in idx_files(dataset).items()}
    hashes = [(name, hashlib.md5(content).hexdigest()) for name, content in packed.items()]
    monkeypatch.setattr(IDX[dataset], "resources", hashes)
    put(folder, packed)
    return packed


def cifar_files() -> dict[str, bytes]:
    """Return the six batches of random records: a label, then the image's three planes."""
    facts, random = DATASETS["cifar-10"], np.random.default_rng(0)
    names = [f"data_batch_{n}.bin" for n in range(1, 6)]
    sizes = dict.fromkeys(names, facts.train // 5) | {"test_batch.bin": facts.test}
    return {
        name: np.hstack([bytes_of(random, n, 1, below=10), bytes_of(random, n, 3072)]).tobytes()
        for name, n in sizes.items()
    }


def cifar_archive(root: Path, monkeypatch, members: dict[str, bytes]) -> Path:
    """Put a tar.gz of these members there, with its hash where lrlab keeps its own."""
    archive = put(root, {}) / files.CIFAR
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    monkeypatch.setattr(files, "CIFAR_MD5", hashlib.md5(archive.read_bytes()).hexdigest())
    return archive


def write_pickled(root: Path, monkeypatch, batches: dict[str, bytes]) -> None:
    """Write the same records as torchvision reads them, with the hashes of what was written."""
    folder, hashes = put(root / "cifar-10-batches-py", {}), {}
    for name, content in batches.items():
        rows = np.frombuffer(content, np.uint8).reshape(-1, 3073)
        packed = pickle.dumps({"data": rows[:, 1:], "labels": rows[:, 0].tolist()})
        (folder / name.removesuffix(".bin")).write_bytes(packed)
        hashes[name.removesuffix(".bin")] = hashlib.md5(packed).hexdigest()
    meta = pickle.dumps({"label_names": [str(label) for label in range(10)]})
    (folder / "batches.meta").write_bytes(meta)
    *train, test = ([name, md5] for name, md5 in hashes.items())
    monkeypatch.setattr(CIFAR10, "train_list", train)
    monkeypatch.setattr(CIFAR10, "test_list", [test])
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": hashlib.md5(meta).hexdigest()})
