"""The oracle: the chapter's network and loop in plain PyTorch, with nothing of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torchvision.datasets import FashionMNIST

from lrlab.experiment import Experiment
from lrlab.records import Record
from lrlab.training import Training, random
from lrlab.training.data import prepare


def experiment(base_lr: float = 0.3, **settings) -> Experiment:
    return Experiment.parse(
        {"schedule": {"kind": "constant", "base_lr": base_lr}, "epochs": 1, **settings}
    )


def chapter_net() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2, stride=2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def pictures(*, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Return all images in [0, 1] and labels, as torchvision reads them."""
    dataset = FashionMNIST(str(prepare()), train=train)
    return dataset.data.unsqueeze(1).float() / 255, dataset.targets


@dataclass
class PlainRun:
    """What the plain loop saw: one entry an update, and the network it ended with."""

    losses: list[float]
    correct: list[int]
    sizes: list[int]
    net: nn.Sequential


def epoch_order(seed: int, epoch: int, examples: int) -> torch.Tensor:
    return random.order(torch.tensor([seed]), epoch, examples)[0]


def sgd(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=1.0)


def plain_run(
    settings: Experiment,
    updates: int,
    layout: torch.memory_format = torch.contiguous_format,
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] = sgd,
) -> PlainRun:
    """Train the chapter's network for the first `updates` updates of the first epoch."""
    torch.manual_seed(settings.seed)
    net, loss_of = chapter_net().to(memory_format=layout), nn.CrossEntropyLoss()
    trainer = optimizer(net.parameters())
    images, labels = pictures(train=True)
    order = epoch_order(settings.seed, 0, settings.train_examples)
    run = PlainRun([], [], [], net)
    for batch, lr in zip(
        order.split(settings.batch_size)[:updates], settings.rates(), strict=False
    ):
        trainer.param_groups[0]["lr"] = float(lr)
        trainer.zero_grad()
        outputs = net(images[batch])
        loss = loss_of(outputs, labels[batch])
        loss.backward()
        trainer.step()
        run.losses.append(loss.item())
        run.correct.append(int((outputs.argmax(1) == labels[batch]).sum()))
        run.sizes.append(len(batch))
    return run


def finish(training: Training) -> list[Record]:
    """Advance to the end and return every record."""
    records: list[Record] = []
    while not training.done:
        records += training.advance()
    return records
