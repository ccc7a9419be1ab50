"""The chapter's schedulers with their memory: what they answer depends on what was asked before.

Written anew to behave as the chapter's classes do, for a person to ask them; what lrlab trains
with are the formulas of `lrlab.schedules`, which have no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, pi, sqrt
from typing import Any

from lrlab.lessons.programme import PRINTED

Scheduler = Callable[[int], float]

FACTOR: dict[str, Any] = {"kind": "exponential", "base_lr": 2.0, "factor": 0.9, "min_lr": 0.01}


class Failed(Exception):
    """A scheduler was asked for what it does not have."""


class Factor:
    """Multiplies, then returns; the number it is given plays no part."""

    def __init__(self) -> None:
        self.rate = 2.0

    def __call__(self, t: int) -> float:
        self.rate = max(0.01, self.rate * 0.9)
        return self.rate


class MultiFactor:
    """Halves its rate whenever it is asked for a milestone, the same one twice included."""

    def __init__(self) -> None:
        self.rate = 0.5

    def __call__(self, t: int) -> float:
        self.rate *= 0.5 if t in (15, 30) else 1
        return self.rate


class Cosine:
    """Keeps its last rate, and returns it again past its end; at first it has none."""

    def __init__(self, warmup: int = 0) -> None:
        self.warmup = warmup
        self.rate: float | None = None

    def __call__(self, t: int) -> float:
        if t < self.warmup:
            return 0.3 * t / self.warmup
        if t <= 20:
            share = (t - self.warmup) / (20 - self.warmup)
            self.rate = 0.01 + (0.3 - 0.01) * (1 + cos(pi * share)) / 2
        if self.rate is None:
            raise Failed
        return self.rate


def square_root(t: int) -> float:
    """Return the chapter's first schedule, which has no memory."""
    return 0.1 / sqrt(t + 1)


# By the names of the steps: a new scheduler, and the formula that its plot shows.
SCHEDULERS: dict[str, tuple[Callable[[], Scheduler], dict[str, Any]]] = {
    "square-root": (lambda: square_root, PRINTED["square root"]),
    "factor": (Factor, FACTOR),
    "multi-factor": (MultiFactor, PRINTED["multi-factor"]),
    "cosine": (Cosine, PRINTED["cosine"]),
    "warmup": (lambda: Cosine(warmup=5), PRINTED["cosine + warmup"]),
}


def asked(kind: str, times: Sequence[int]) -> list[float | None]:
    """Return what a new scheduler answers to the times in their order; None where it fails."""
    make, _formula = SCHEDULERS[kind]
    scheduler = make()
    return [_answer(scheduler, t) for t in times]


def _answer(scheduler: Scheduler, t: int) -> float | None:
    try:
        return scheduler(t)
    except Failed:
        return None
