"""What a learning-rate range test suggests: from the rates it tried and the losses it saw.

The test (Smith, 2017, "Cyclical learning rates for training neural networks",
https://arxiv.org/abs/1506.01186) lets the rate rise with each update. Which rate to take from
its curve is custom; three customs are here, those of fastai's `lr_find`
(https://docs.fast.ai/callback.schedule.html). All look at the curve through a centred mean over
a tenth of it: unlike the running mean that ends the test, it comes no updates late. None
depends on the unit of the losses: scaled or shifted, they suggest the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrlab.sentence import Sentence

LEAST = 10  # losses, with fewer there is no curve
PART = 10  # of the curve is what the mean looks at at once
CLEAR = 3.0  # times the noise of a loss must the curve fall, or it is noise itself
DIGITS = 9  # of a loss, in parts of the fall: what is beyond them is the machine's rounding

FLAT = Sentence("The loss does not fall by more than its noise.")
FALLING = Sentence("The loss still falls at the highest rate; let the test rise further.")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rate, or None and the reason why the curve gives none."""

    lr: float | None
    reason: str = ""


def suggestions(rates: Sequence[float], losses: Sequence[float]) -> dict[str, Suggestion]:
    """Return `steepest`, `minimum_over_ten` and `valley`, each a rate or why there is none.

    rates, losses: the rate of each update and its batch's loss, unsmoothed; what follows the
    first loss that is not finite, or a rate that does not rise, is left out.

    >>> rates = [10 ** (k / 20 - 4) for k in range(101)]
    >>> losses = [2 / (1 + 100 * rate) + rate for rate in rates]
    >>> {name: round(each.lr, 4) for name, each in suggestions(rates, losses).items()}
    {'steepest': 0.01, 'minimum_over_ten': 0.0126, 'valley': 0.005}
    """
    curve = Curve(*_usable(rates, losses))
    if curve.fault:
        return dict.fromkeys(METHODS, Suggestion(None, curve.fault))
    return {name: method(curve) for name, method in METHODS.items()}


def stable_lr(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the highest rate at which the loss was not yet driven up, None without a curve.

    It is where the smoothed loss is lowest, the upper bound that Smith (2017) reads off; where
    the loss falls to the end, the highest rate tried.
    """
    curve = Curve(*_usable(rates, losses))
    if curve.fault:
        return None
    return float(curve.tried[-1] if curve.falls_to_the_end else curve.rates[curve.lowest])


class Curve:
    """A test's losses [n] over its rising rates [n], and what they are when smoothed.

    `rates`, `losses` and `slopes` stand at the middles of the windows of the mean. Losses are
    in parts of the fall, 1 the highest before the lowest, 0; those above the highest are cut
    off there, so that a loss on its way to infinity does not drown the others.
    """

    def __init__(self, rates: np.ndarray, losses: np.ndarray) -> None:
        self.tried, self._raw = rates, losses
        self._half = max(len(rates) // PART // 2, 2)
        self.rates = rates[self._half : len(rates) - self._half]

    @cached_property
    def fault(self) -> str:
        """Why there is no curve; empty where there is one."""
        if len(self.tried) < LEAST:
            return Sentence(
                "There are {count} losses at rising rates; {least} are needed.",
                count=len(self.tried),
                least=LEAST,
            )
        noise = 1.4826 * np.median(np.abs(self._parts[self._middles] - self.losses))
        fall = self.losses[: self.lowest + 1].max() - self.losses[self.lowest]
        return FLAT if fall <= CLEAR * noise else ""

    @cached_property
    def losses(self) -> np.ndarray:
        """The smoothed losses, in parts of the fall."""
        return np.round(self._means(self._parts), DIGITS)

    @cached_property
    def slopes(self) -> np.ndarray:
        """The slope of each window's least-squares line, over the logarithm of the rate."""
        x, y = np.log(self.tried) - np.log(self.tried[0]), self._parts
        x = x / (x[-1] or 1.0)
        across = self._means(x * y) - self._means(x) * self._means(y)
        along = self._means(x * x) - self._means(x) ** 2
        return np.divide(across, along, out=np.zeros_like(along), where=along > 1e-12)

    @cached_property
    def lowest(self) -> int:
        """The place of the lowest smoothed loss."""
        return int(np.argmin(self.losses))

    @property
    def falls_to_the_end(self) -> bool:
        """Whether the loss is lowest at the highest rate."""
        return self.lowest == len(self.rates) - 1

    @cached_property
    def _parts(self) -> np.ndarray:
        quarter = self._raw / 4  # so that no difference of two overflows
        lowest = int(np.argmin(quarter))
        low, high = quarter[lowest], quarter[: lowest + 1].max()
        span = high - low
        return (np.minimum(quarter, high) - low) / (span if span > 0 else 1.0)

    @property
    def _middles(self) -> slice:
        return slice(self._half, len(self.tried) - self._half)

    def _means(self, values: np.ndarray) -> np.ndarray:
        width = 2 * self._half + 1
        sums = np.concatenate(([0.0], np.cumsum(values)))
        return (sums[width:] - sums[:-width]) / width


def steepest(curve: Curve) -> Suggestion:
    """The rate at which the loss falls fastest over the logarithm of the rate.

    fastai's `steep` (Gugger, 2018, https://sgugger.github.io/how-do-you-find-a-good-learning-rate.html):
    the smallest slope, before the lowest loss.
    """
    return Suggestion(float(curve.rates[np.argmin(curve.slopes[: curve.lowest + 1])]))


def minimum_over_ten(curve: Curve) -> Suggestion:
    """A tenth of the rate at which the loss is lowest: there it is about to rise.

    fastai's `minimum`.
    """
    if curve.falls_to_the_end:
        return Suggestion(None, FALLING)
    return Suggestion(float(curve.rates[curve.lowest]) / 10)


def valley(curve: Curve) -> Suggestion:
    """The rate in the middle of the longest valley.

    fastai's `valley`, by ESRI: the valley is the longest strictly decreasing subsequence of
    the losses, and the rate that of the middle of its three parts. fastai takes the subsequence
    for an unbroken stretch that ends where it ends; here the rate is that of its own middle.
    """
    places = longest_fall(curve.losses.tolist())
    return Suggestion(float(curve.rates[places[len(places) // 2]]))


METHODS = {"steepest": steepest, "minimum_over_ten": minimum_over_ten, "valley": valley}


def longest_fall(values: Sequence[float]) -> list[int]:
    """Return the places of a longest strictly decreasing subsequence.

    By patience sorting (Schensted, 1961): `ends[k]` is the highest value with which a fall of
    k + 1 values can end so far, `before` the place that each value would follow.
    """
    ends: list[float] = []  # negated, so that they rise
    places: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        length = bisect_left(ends, -value)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [-value]
        places[length : length + 1] = [place]
    found = places[-1:]
    while found and before[found[-1]] >= 0:
        found.append(before[found[-1]])
    return found[::-1]


def _usable(rates: Sequence[float], losses: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the positive, rising rates and their losses up to the first that is not finite."""
    x, y = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    x, y = x[x > 0], y[x > 0]
    fit = np.isfinite(x) & np.isfinite(y) & (np.diff(x, prepend=0.0) > 0)
    end = len(fit) if fit.all() else int(np.argmin(fit))
    return x[:end], y[:end]
