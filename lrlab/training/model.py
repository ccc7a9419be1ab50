"""The chapter's modernised LeNet and the two ways to draw its first weights.

Max pooling stands before ReLU: the maximum and ReLU commute, numbers and gradients are
the same, and ReLU has a quarter of the work.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


def build(init: str, seed: int, device: str = "cpu") -> nn.Sequential:
    """Return a LeNet of 61,706 parameters on `device`, drawn on the CPU from `seed` alone.

    init: "default" (PyTorch's own) or "xavier" (MXNet's `init.Xavier()`, zero biases).
    The global random state is left as it was. Channels come last in memory on the CPU,
    where that is faster; on CUDA the other layout's pooling adds up in a fixed order.
    """
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(seed)
        model = _lenet()
        INITS[init](model)
    layout = torch.channels_last if device == "cpu" else torch.contiguous_format
    return model.to(device).to(memory_format=layout)


def _lenet() -> nn.Sequential:
    """Images [batch, 1, 28, 28] in, logits [batch, 10] out."""
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.MaxPool2d(kernel_size=2),
        nn.ReLU(inplace=True),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.MaxPool2d(kernel_size=2),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.ReLU(inplace=True),
        nn.Linear(120, 84),
        nn.ReLU(inplace=True),
        nn.Linear(84, 10),
    )


def _keep(model: nn.Module) -> None:
    """Leave what the layers drew when they were made: PyTorch's default."""


def _xavier(model: nn.Module) -> None:
    """Draw weights from U(−b, b), b = √(6 / (fan in + fan out)), and set biases to zero."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)


INITS: dict[str, Callable[[nn.Module], None]] = {"default": _keep, "xavier": _xavier}
