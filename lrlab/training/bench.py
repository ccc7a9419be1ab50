"""The engine beside the chapter's own loop: same data, same process, epoch by epoch in turn.

The chapter's loop is written anew from its text: torchvision's data set through `ToTensor`
and a `DataLoader`, accuracies counted batch by batch on the host, evaluation likewise.
"""

from __future__ import annotations

import os
import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from lrlab.experiment import Experiment
from lrlab.records import Evaluation
from lrlab.training import data
from lrlab.training.device import THREADS, choose, describe, prepare_threads
from lrlab.training.engine import Training

WORKERS = 4  # processes that read the chapter's data, the book's number
CHAPTER_RATE = 0.3


def bench(epochs: int = 5, device: str = "cpu", train_examples: int = 60_000) -> dict[str, Any]:
    """Train `epochs` epochs both ways, in turn; return seconds, medians, ratio and hardware.

    Seconds are wall time of an epoch with its evaluation; `start` is the time from nothing
    loaded but the libraries to the first update done. The chapter's loop has as many
    threads as torch takes by itself.
    """
    own_threads = torch.get_num_threads()
    schedule = {"kind": "constant", "base_lr": CHAPTER_RATE}
    settings = {"schedule": schedule, "epochs": epochs, "train_examples": train_examples}
    experiment = Experiment.parse({**settings, "batch_size": min(256, train_examples)})
    contestants = {
        "chapter": (own_threads, lambda: ChapterLoop(experiment, choose(device))),
        "engine": (THREADS, lambda: EngineLoop(experiment, device)),
    }
    hardware = _hardware(device, own_threads)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="This DataLoader will create")
            return _race(contestants, epochs) | {"hardware": hardware}
    finally:
        prepare_threads(own_threads)


def table(result: dict[str, Any]) -> str:
    """Return a bench's result as lines for people."""
    hardware, chapter, engine = result["hardware"], result["chapter"], result["engine"]
    return "\n".join(
        [
            f"{hardware['device']}, {hardware['cpu']}, {hardware['cores']} cores, "
            f"{hardware['engine_threads']} threads, torch {hardware['torch']}, "
            f"n = {result['epochs']} epochs each",
            f"{'':16}{'epoch, median':>14}{'start':>10}",
            f"{'chapter loop':16}{chapter['median']:>12.2f} s{chapter['start']:>8.2f} s",
            f"{'lrlab engine':16}{engine['median']:>12.2f} s{engine['start']:>8.2f} s",
            f"{'ratio':16}{result['ratio']:>14.3f}",
        ]
    )


class EngineLoop:
    """The engine, an epoch at a time."""

    def __init__(self, experiment: Experiment, device: str) -> None:
        data.forget()
        self._training = Training([experiment], device)

    def first_update(self) -> None:
        """Do the first update, which counts to the start."""
        self._training.advance()
        self._training.head()

    def epoch(self) -> None:
        """Train until the next evaluation is done."""
        while not any(isinstance(record, Evaluation) for record in self._training.advance()):
            pass


class ChapterLoop:
    """The chapter's training loop, an epoch at a time."""

    def __init__(self, experiment: Experiment, device: str) -> None:
        self._device = device
        root = str(data.prepare())
        train, test = (FashionMNIST(root, train=t, transform=ToTensor()) for t in (True, False))
        subset = Subset(train, range(experiment.train_examples))
        size = experiment.batch_size
        self._train_batches = DataLoader(subset, size, shuffle=True, num_workers=WORKERS)
        self._test_batches = DataLoader(test, size, shuffle=False, num_workers=WORKERS)
        self._net = chapter_net().to(device)
        self._loss = nn.CrossEntropyLoss()
        self._trainer = torch.optim.SGD(self._net.parameters(), lr=CHAPTER_RATE)

    def first_update(self) -> None:
        """Do one update on the first batch that the loader brings."""
        self._update(*next(iter(self._train_batches)))

    def epoch(self) -> None:
        """Train and evaluate one epoch as the chapter does."""
        sums = [0.0, 0.0, 0.0]  # loss, correct answers, examples
        for images, labels in self._train_batches:
            sums = [s + f for s, f in zip(sums, self._update(images, labels), strict=True)]
        self._accuracy()

    def _update(self, images: Tensor, labels: Tensor) -> tuple[float, float, float]:
        self._net.train()
        self._trainer.zero_grad()
        images, labels = images.to(self._device), labels.to(self._device)
        outputs = self._net(images)
        loss = self._loss(outputs, labels)
        loss.backward()
        self._trainer.step()
        with torch.no_grad():
            return float(loss * len(images)), _correct(outputs, labels), len(images)

    @torch.no_grad()
    def _accuracy(self) -> float:
        self._net.eval()
        correct = examples = 0.0
        for images, labels in self._test_batches:
            images, labels = images.to(self._device), labels.to(self._device)
            correct += _correct(self._net(images), labels)
            examples += labels.numel()
        return correct / examples


def chapter_net() -> nn.Sequential:
    """Return the chapter's LeNet as it prints it, ReLU before pooling."""
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def _correct(outputs: Tensor, labels: Tensor) -> float:
    return float((outputs.argmax(dim=1).type(labels.dtype) == labels).type(labels.dtype).sum())


def _race(contestants: dict[str, tuple[int, Callable[[], Any]]], epochs: int) -> dict[str, Any]:
    """Start each contestant, then let them train an epoch in turn."""
    loops: dict[str, Any] = {}
    results: dict[str, Any] = {"epochs": epochs}
    for name, (threads, make) in contestants.items():
        prepare_threads(threads)
        began = time.perf_counter()
        make().first_update()
        results[name] = {"start": time.perf_counter() - began, "seconds": []}
        loops[name] = make()
    for _ in range(epochs):
        for name, (threads, _make) in contestants.items():
            prepare_threads(threads)
            began = time.perf_counter()
            loops[name].epoch()
            results[name]["seconds"].append(time.perf_counter() - began)
    for name in contestants:
        results[name]["median"] = median(results[name]["seconds"])
    return results | {"ratio": results["engine"]["median"] / results["chapter"]["median"]}


def _hardware(device: str, own_threads: int) -> dict[str, Any]:
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "chapter_threads": own_threads,
        "engine_threads": THREADS,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,  # of others, before
        "torch": torch.__version__,
        "device": describe(choose(device)),
    }


def _cpu_name() -> str:
    """Return the processor's name as Linux has it, else as Python knows it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
