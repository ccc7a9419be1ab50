"""A network so small that its whole Hessian and each example's gradient can be computed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from lrlab.datasets import DATASETS, Facts
from lrlab.training import models
from lrlab.training.models import Layers, build
from lrlab.training.pack import Pack


def _tiny(facts: Facts) -> Layers:
    return [
        ("conv", nn.Conv2d(facts.channels, 2, 5)),
        ("pool", nn.MaxPool2d(8)),
        ("relu", nn.ReLU()),
        ("flatten", nn.Flatten()),
        ("fc", nn.Linear(18, 4)),
        ("sigmoid", nn.Sigmoid()),
        ("output", nn.Linear(4, facts.classes)),
    ]


def _tiny_norm(facts: Facts) -> Layers:
    before, after = _tiny(facts)[:1], _tiny(facts)[1:]
    return [*before, ("norm", nn.BatchNorm2d(2)), *after]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let "lenet" be the tiny network (178 numbers), and "lenet-batchnorm" it with a norm."""
    monkeypatch.setitem(models.MODELS, "lenet", _tiny)
    monkeypatch.setitem(models.MODELS, "lenet-batchnorm", _tiny_norm)


def loss_of(pack: Pack) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return PyTorch's own mean loss, in float64, of a member's row, images and labels."""
    network = build(pack.first.model, DATASETS[pack.first.dataset], init="default", seed=0).double()
    for layer in network:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean = layer.running_var = layer.num_batches_tracked = None

    def loss(row: Tensor, images: Tensor, labels: Tensor) -> Tensor:
        weights = {name: row[at.columns].view(at.shape) for name, at in pack.stack.places.items()}
        logits = functional_call(network, weights, (images.double() / 255,))
        return cross_entropy(logits, labels)

    return loss
