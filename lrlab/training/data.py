"""Fashion-MNIST from the packaged originals: checked, unpacked once, on the device as tensors.

Knows nothing of models or experiments. The images stay bytes (55 MB in all); a batch is
scaled to [0, 1] where it is used, by the same division as torchvision's `ToTensor`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import FashionMNIST

from lrlab import paths
from lrlab.errors import InvalidInput
from lrlab.training.device import one_thread

PACKED = Path(__file__).parent.parent / "data" / "fashion_mnist"
UNPACKED_BYTES = {
    "train-images-idx3-ubyte": 16 + 60_000 * 28 * 28,
    "train-labels-idx1-ubyte": 8 + 60_000,
    "t10k-images-idx3-ubyte": 16 + 10_000 * 28 * 28,
    "t10k-labels-idx1-ubyte": 8 + 10_000,
}


@dataclass(frozen=True, slots=True)
class Split:
    """Images uint8 [examples, 1, 28, 28] and labels int64 [examples] on one device."""

    images: Tensor
    labels: Tensor

    def first(self, examples: int) -> Split:
        """Return the first `examples` of this split, without a copy."""
        return Split(self.images[:examples], self.labels[:examples])


@dataclass(frozen=True, slots=True)
class FashionData:
    """Both splits: 60,000 examples to train on and 10,000 to test with."""

    train: Split
    test: Split


@cache
def load(device: str = "cpu") -> FashionData:
    """Return the data set on `device`, read once in a process.

    A fork server may load it for its children, which then share the memory. Raises
    InvalidInput for a file that is missing or damaged.
    """
    root = prepare()
    with one_thread():
        return FashionData(_read(root, True, device), _read(root, False, device))


def scaled(images: Tensor, out: Tensor | None = None) -> Tensor:
    """Return `images` (uint8) as float32 in [0, 1], bit for bit what `ToTensor` makes of them."""
    return torch.div(images, 255, out=out)


def prepare() -> Path:
    """Unpack the data set into the lab's folder unless it is there; return torchvision's root.

    Each packed file is checked against torchvision's hash before it is unpacked; a file
    that was unpacked only in part is unpacked again. Processes may do this at the same
    time: a file appears whole or not at all. Raises InvalidInput for a missing or damaged
    file and for a folder that cannot be written.
    """
    root = paths.home() / "data"
    for packed_name, md5 in FashionMNIST.resources:
        name = packed_name.removesuffix(".gz")
        target = root / "FashionMNIST" / "raw" / name
        if not target.is_file() or target.stat().st_size != UNPACKED_BYTES[name]:
            _write(target, _unpack(PACKED / packed_name, md5))
    return root


def _unpack(packed: Path, md5: str) -> bytes:
    try:
        content = packed.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"data file {packed}", f"cannot be read ({error.strerror}); install lrlab again."
        ) from None
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise InvalidInput(
            f"data file {packed}",
            f"is damaged: its MD5 is {found}, allowed is {md5}; install lrlab again.",
        )
    return gzip.decompress(content)


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


def _read(root: Path, train: bool, device: str) -> Split:
    dataset = FashionMNIST(str(root), train=train, download=False)
    return Split(dataset.data.unsqueeze(1).to(device), dataset.targets.to(device))
