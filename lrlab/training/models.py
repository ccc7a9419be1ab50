"""The networks as plain PyTorch, and the ways to draw their first weights.

Max pooling stands before ReLU: the maximum and ReLU commute, numbers and gradients are the
same, and ReLU has a quarter of the work. Images of 28 pixels are padded to the 32 that the
1998 network was made for. Every network has its layers by name: these name its weights.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import nn

from lrlab.datasets import Facts

Layers = list[tuple[str, nn.Module]]


def build(model: str, facts: Facts, *, init: str, seed: int) -> nn.Sequential:
    """Return a network for images like `facts`, drawn on the CPU from `seed` alone.

    init: "default" (PyTorch's own) or "xavier" (uniform, MXNet's `init.Xavier()` and Keras'
    Glorot; zero biases). The global random state is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(seed)
        network = nn.Sequential(OrderedDict(MODELS[model](facts)))
        INITS[init](network)
    return network


def _lenet(facts: Facts) -> Layers:
    """The chapter's modernised LeNet in its PyTorch and MXNet tabs: 61,706 parameters."""
    return [
        *_convolutions(facts, lambda: [("pool", nn.MaxPool2d(2)), ("relu", nn.ReLU(True))]),
        *_head(facts, hidden=lambda: nn.ReLU(True), last=lambda: nn.ReLU(True)),
    ]


def _lenet_tensorflow(facts: Facts) -> Layers:
    """The one of its TensorFlow tab: average pooling, and a sigmoid before the output."""
    return [
        *_convolutions(facts, lambda: [("relu", nn.ReLU(True)), ("pool", nn.AvgPool2d(2))]),
        *_head(facts, hidden=lambda: nn.ReLU(True), last=nn.Sigmoid),
    ]


def _lenet_1998(facts: Facts) -> Layers:
    """Sigmoids and average pooling: LeNet-5 as the book's own chapter on it has it."""
    return [
        *_convolutions(facts, lambda: [("sigmoid", nn.Sigmoid()), ("pool", nn.AvgPool2d(2))]),
        *_head(facts, hidden=nn.Sigmoid, last=nn.Sigmoid),
    ]


def _lenet_batchnorm(facts: Facts) -> Layers:
    """The modernised LeNet with batch normalisation after each hidden layer's sums."""
    layers = []
    for name, layer in _lenet(facts):
        layers.append((name, layer))
        if isinstance(layer, nn.Conv2d):
            layers.append((f"norm_{name}", nn.BatchNorm2d(layer.out_channels)))
        elif isinstance(layer, nn.Linear) and name != "output":
            layers.append((f"norm_{name}", nn.BatchNorm1d(layer.out_features)))
    return layers


def _mlp(facts: Facts) -> Layers:
    """One hidden layer of 256 units: the book's multilayer perceptron."""
    return [
        ("flatten", nn.Flatten()),
        ("fc1", nn.Linear(facts.channels * facts.side**2, 256)),
        ("relu1", nn.ReLU(True)),
        ("output", nn.Linear(256, facts.classes)),
    ]


def _convolutions(facts: Facts, after: Callable[[], Layers]) -> Layers:
    """Two convolutions of 6 and 16 channels, each with the layers `after` it."""
    padding = (32 - facts.side) // 2
    convolutions = nn.Conv2d(facts.channels, 6, 5, padding=padding), nn.Conv2d(6, 16, 5)
    layers: Layers = []
    for number, convolution in enumerate(convolutions, 1):
        layers.append((f"conv{number}", convolution))
        layers += [(f"{name}{number}", layer) for name, layer in after()]
    return [*layers, ("flatten", nn.Flatten())]


def _head(
    facts: Facts, *, hidden: Callable[[], nn.Module], last: Callable[[], nn.Module]
) -> Layers:
    """The layers of 120 and 84 units with their activations, and the output."""
    return [
        ("fc1", nn.Linear(16 * 5 * 5, 120)),
        ("activation1", hidden()),
        ("fc2", nn.Linear(120, 84)),
        ("activation2", last()),
        ("output", nn.Linear(84, facts.classes)),
    ]


def _keep(network: nn.Module) -> None:
    """Leave what the layers drew when they were made: PyTorch's default."""


def _xavier(network: nn.Module) -> None:
    """Draw weights from U(−b, b), b = √(6 / (fan in + fan out)), and set biases to zero."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)


MODELS: dict[str, Callable[[Facts], Layers]] = {
    "lenet": _lenet,
    "lenet-tensorflow": _lenet_tensorflow,
    "lenet-1998": _lenet_1998,
    "lenet-batchnorm": _lenet_batchnorm,
    "mlp": _mlp,
}
INITS: dict[str, Callable[[nn.Module], None]] = {"default": _keep, "xavier": _xavier}
