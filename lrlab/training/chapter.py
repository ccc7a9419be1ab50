"""The chapter's own training loop, written anew from its text, to measure the engine by.

torchvision's data set comes through `ToTensor` and a `DataLoader`; accuracies are counted
batch by batch on the host, in the evaluation likewise.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from lrlab.experiment import Experiment
from lrlab.training import data

WORKERS = 4  # processes that read the chapter's data, the book's number
RATE = 0.3


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
        self._trainer = torch.optim.SGD(self._net.parameters(), lr=RATE)

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
