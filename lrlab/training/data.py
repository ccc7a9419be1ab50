"""A data set on the device as tensors, read once in a process from its checked files.

Knows nothing of models or experiments. The images stay bytes (55 MB, CIFAR-10's 184 MB); a
batch is scaled to [0, 1] where it is used, by the same division as torchvision's `ToTensor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from lrlab.datasets import DATASETS
from lrlab.training.device import one_thread
from lrlab.training.files import Part, parts, prepare, refused

__all__ = ["Data", "Split", "forget", "load", "prepare", "scaled"]


@dataclass(frozen=True, slots=True)
class Split:
    """Images uint8 [examples, channels, side, side] and labels int64 [examples] on one device."""

    images: Tensor
    labels: Tensor

    def first(self, examples: int) -> Split:
        """Return the first `examples` of this split, without a copy."""
        return Split(self.images[:examples], self.labels[:examples])


@dataclass(frozen=True, slots=True)
class Data:
    """The examples to train on and those to test with; `lrlab.datasets` knows how many."""

    train: Split
    test: Split


def load(dataset: str = "fashion-mnist", device: str = "cpu") -> Data:
    """Return a data set of `lrlab.datasets` on `device`, read once in a process.

    A fork server may load it for its children, which then share the memory. Raises
    InvalidInput for a file that is missing or damaged, and says how to get it.
    """
    return _loaded(dataset, device)  # one key in the cache, however the arguments were given


def forget() -> None:
    """Let the next `load` read the files again."""
    _loaded.cache_clear()


def scaled(images: Tensor, out: Tensor | None = None) -> Tensor:
    """Return `images` (uint8) as float32 in [0, 1], bit for bit what `ToTensor` makes of them."""
    return torch.div(images, 255, out=out)


@cache
def _loaded(dataset: str, device: str) -> Data:
    prepare(dataset)
    with one_thread():
        return Data(*(_read(dataset, train=train, device=device) for train in (True, False)))


def _read(dataset: str, *, train: bool, device: str) -> Split:
    facts, files = DATASETS[dataset], parts(dataset, train=train)
    images, labels = _records(files) if dataset == "cifar-10" else (f.content() for f in files)
    if labels.max() >= facts.classes:  # it would be read past the end of the model's outputs
        allowed = f"allowed are 0 to {facts.classes - 1}"
        raise refused(dataset, f"{files[-1].path.parent} has a label {labels.max()}, {allowed}")
    shaped = images.reshape(-1, facts.channels, facts.side, facts.side)
    numbers = labels.astype(np.int64)
    return Split(torch.from_numpy(shaped).to(device), torch.from_numpy(numbers).to(device))


def _records(batches: list[Part]) -> tuple[np.ndarray, np.ndarray]:
    """Return CIFAR-10's images and labels: a record is a label and its image's three planes."""
    facts = DATASETS["cifar-10"]
    length = 1 + facts.channels * facts.side**2
    records = [batch.content().reshape(-1, length) for batch in batches]
    images, labels = ([r[:, 1:] for r in records], [r[:, 0] for r in records])
    return np.concatenate(images), np.concatenate(labels)
