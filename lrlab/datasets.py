"""What is known of each data set before it is read: how many examples, and their shape.

Knows nothing of torch, so forms and experiments may ask.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Training and test examples; an image's channels and side in pixels; classes."""

    train: int
    test: int
    channels: int
    side: int
    classes: int = 10


DATASETS = {
    "fashion-mnist": Facts(60_000, 10_000, channels=1, side=28),
    "mnist": Facts(60_000, 10_000, channels=1, side=28),
    "kmnist": Facts(60_000, 10_000, channels=1, side=28),
    "cifar-10": Facts(50_000, 10_000, channels=3, side=32),
}
