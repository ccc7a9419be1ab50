"""The data sets' files: where they lie, how a whole one is known, and unpacking, once.

Nothing is downloaded, and nothing that is read is executed: CIFAR-10 is taken in its binary
version, because the files of its Python version are pickles. Knows nothing of tensors.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import shlex
import struct
import tarfile
import tempfile
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np

from lrlab import paths
from lrlab.datasets import DATASETS
from lrlab.errors import InvalidInput

PACKED = Path(__file__).parent.parent / "data" / "fashion_mnist"

# torchvision's words for the data sets, which are their folders' names.
IDX = {"fashion-mnist": "FashionMNIST", "mnist": "MNIST", "kmnist": "KMNIST"}

CIFAR = "cifar-10-binary.tar.gz"
CIFAR_URL = f"https://www.cs.toronto.edu/~kriz/{CIFAR}"
CIFAR_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"  # as its author's page has it


@dataclass(frozen=True, slots=True)
class Part:
    """An unpacked file: the bytes it begins with, and how many follow them."""

    path: Path
    header: bytes
    size: int

    def fault(self) -> str | None:
        """Say what is wrong with the file as it lies there; None for a whole one."""
        try:
            with self.path.open("rb") as file:
                header = file.read(len(self.header))
                size, allowed = os.fstat(file.fileno()).st_size, len(self.header) + self.size
        except FileNotFoundError:
            return f"{self.path} is missing"
        except OSError as error:
            return f"{self.path} cannot be read ({error.strerror})"
        if size != allowed:
            return f"{self.path} is damaged: it has {size} bytes, allowed are {allowed}"
        if header != self.header:
            start, right = header.hex(), self.header.hex()
            return f"{self.path} is damaged: it begins with {start}, allowed is {right}"
        return None

    def content(self) -> np.ndarray:
        """Return the bytes after the header (uint8 [size])."""
        return np.fromfile(self.path, np.uint8, offset=len(self.header))


def prepare(dataset: str = "fashion-mnist") -> Path:
    """Unpack what of the data set is not there whole; return the folder of all data sets.

    A packed file is checked against its known MD5 before it is unpacked; a file that was
    unpacked only in part is unpacked again. Processes may do this at the same time: a file
    appears whole or not at all. Raises InvalidInput for a file that is missing or damaged and
    for a folder that cannot be written.
    """
    lacking = [part for part in _all_parts(dataset) if part.fault()]
    if lacking and dataset == "cifar-10":
        _unpack_archive(lacking)
    elif lacking:
        for part in lacking:
            _unpack(dataset, part)
    for part in lacking:
        if fault := part.fault():
            raise refused(dataset, fault)
    return _root()


def parts(dataset: str, *, train: bool) -> list[Part]:
    """Return the files of a split: images and labels, or batches of both for CIFAR-10."""
    facts = DATASETS[dataset]
    examples, pixels = facts.train if train else facts.test, facts.channels * facts.side**2
    if dataset == "cifar-10":
        folder = _root() / "cifar-10-batches-bin"
        names = [f"data_batch_{n}.bin" for n in range(1, 6)] if train else ["test_batch.bin"]
        size = examples // len(names) * (1 + pixels)
        return [Part(folder / name, b"", size) for name in names]
    stem = _folder(dataset) / ("train" if train else "t10k")
    images = struct.pack(">4I", 0x803, examples, facts.side, facts.side)
    labels = struct.pack(">2I", 0x801, examples)
    return [
        Part(stem.with_name(f"{stem.name}-images-idx3-ubyte"), images, examples * pixels),
        Part(stem.with_name(f"{stem.name}-labels-idx1-ubyte"), labels, examples),
    ]


def refused(dataset: str, fault: str) -> InvalidInput:
    """Return what is wrong with a data set's files, and how to put it right, as one sentence."""
    if dataset == "fashion-mnist":
        return InvalidInput("dataset", f"is {dataset!r}, but {fault}; install lrlab again.")
    packed, folder, command = _source(dataset)
    verb = "put" if fault.endswith("is missing") else "remove it and put"
    cure = f"{verb} {packed} into {folder}, as `{command}` does"
    return InvalidInput("dataset", f"is {dataset!r}, but {fault}; {cure}.")


def _source(dataset: str) -> tuple[str, Path, str]:
    """Return which packed files are wanted, in which folder, and a command that puts them there."""
    root = _root()
    if dataset == "cifar-10":
        target = shlex.quote(str(root / CIFAR))
        return CIFAR, root, f"curl --create-dirs -o {target} {CIFAR_URL}"
    *names, last = _hashes(dataset)
    word, quoted = IDX[dataset], json.dumps(str(root), ensure_ascii=False)
    code = f"from torchvision.datasets import {word}; {word}({quoted}, download=True)"
    return f"{', '.join(names)} and {last}", _folder(dataset), f"python -c {shlex.quote(code)}"


def _root() -> Path:
    return paths.home() / "data"


def _folder(dataset: str) -> Path:
    return _root() / IDX[dataset] / "raw"


def _hashes(dataset: str) -> dict[str, str]:
    """Return the MD5 of each packed file, as torchvision knows them."""
    # Imported once there is something to unpack: it brings much along, and takes a second.
    from torchvision import datasets

    return dict(getattr(datasets, IDX[dataset]).resources)


def _all_parts(dataset: str) -> list[Part]:
    return parts(dataset, train=True) + parts(dataset, train=False)


def _unpack(dataset: str, part: Part) -> None:
    """Unpack the part's own gzip file, if there is one; lrlab's own must be there."""
    own = dataset == "fashion-mnist"
    packed = (PACKED if own else part.path.parent) / f"{part.path.name}.gz"
    try:
        with packed.open("rb") as file:
            _check(dataset, file, _hashes(dataset)[packed.name])
            content = gzip.decompress(file.read())
    except OSError as error:
        if own or error.errno != errno.ENOENT:
            raise refused(dataset, f"{packed} cannot be read ({error.strerror})") from None
    else:
        _write(part.path, content)


def _unpack_archive(lacking: list[Part]) -> None:
    """Unpack those parts of CIFAR-10 from its archive, if there is one.

    A member's folder is ignored: nothing is written but the parts.
    """
    archive, wanted = _root() / CIFAR, {part.path.name: part.path for part in lacking}
    try:
        with archive.open("rb") as file:
            _check("cifar-10", file, CIFAR_MD5)
            with tarfile.open(fileobj=file, mode="r:gz") as members:
                for member in members:
                    path = wanted.get(Path(member.name).name)
                    stream = members.extractfile(member) if path else None
                    if path and stream:
                        _write(path, stream.read())
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise refused("cifar-10", f"{archive} cannot be read ({error.strerror})") from None


def _check(dataset: str, file: BufferedReader, md5: str) -> None:
    """Refuse a packed file with another MD5; leave it open at its start."""
    found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        raise refused(dataset, f"{file.name} is damaged: its MD5 is {found}, allowed is {md5}")
    file.seek(0)


def _write(target: Path, content: bytes) -> None:
    """Let `target` appear with all of its content, whoever else is writing it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            try:
                file.write(content)
                file.close()
                os.replace(file.name, target)
            except OSError:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise InvalidInput(
            f"data file {target}",
            f"cannot be written ({error.strerror}); "
            "free some space there or let LRLAB_HOME name another folder.",
        ) from None
