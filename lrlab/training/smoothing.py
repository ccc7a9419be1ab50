"""The running mean of a range test's losses, and when the test has seen enough."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any

KEPT = 0.95  # of the mean, at each new loss
STOP = 4.0  # times the best mean


@dataclass(slots=True)
class Smoothed:
    """The exponential mean of the losses so far, without the pull of its start, and its best."""

    sum: float = 0.0
    count: int = 0
    best: float = inf

    @property
    def mean(self) -> float:
        """The mean now."""
        return self.sum / (1 - KEPT**self.count)

    def take(self, loss: float) -> None:
        """Take the next loss into the mean."""
        self.sum = KEPT * self.sum + (1 - KEPT) * loss
        self.count += 1
        if self.mean < self.best:
            self.best = self.mean

    @property
    def enough(self) -> bool:
        """Whether the losses have left the best mean far behind, or are no numbers any more."""
        return not isfinite(self.sum) or self.mean > STOP * self.best

    def dump(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)
