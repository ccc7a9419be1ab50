"""The planned rate of a run as a line of few vertices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST = 240  # vertices, about one for each pixel and a half of a small chart
JUMP = 0.02  # of the whole range: a change that must stay a step


class Line(NamedTuple):
    """Vertices of a line over epochs and how they are joined, `hv` (steps) or `linear`."""

    x: list[float]
    y: list[float]
    shape: str


def line(rates: NDArray[np.float64], steps_per_epoch: int, *, first: int = 0) -> Line:
    """Return the line through `rates`, one an update, over the epoch they are applied in.

    A rate that stays for a while is drawn as exact steps. One that moves with
    every update is thinned to about `MOST` vertices, its jumps and ends kept;
    each vertex stands at the end of its update, where the applied rate is drawn.
    The first rate is that of update number `first`.
    """
    starts = np.flatnonzero(np.diff(rates, prepend=np.nan))
    if len(starts) <= MOST:
        at = np.append(starts, len(rates))
        y = np.append(rates[starts], rates[-1])
        return Line(_short((first + at) / steps_per_epoch), _short(y), "hv")
    kept = _kept(rates)
    return Line(_short((first + kept + 1) / steps_per_epoch), _short(rates[kept]), "linear")


def thumbnail(rates: NDArray[np.float64], most: int = 60) -> list[float]:
    """Return at most `most` of the rates, evenly spaced, for a sparkline."""
    kept = np.unique(np.linspace(0, len(rates) - 1, most).round().astype(int))
    return _short(rates[kept])


def _kept(rates: NDArray[np.float64]) -> NDArray[np.int64]:
    even = np.linspace(0, len(rates) - 1, MOST).round().astype(np.int64)
    jumps = np.flatnonzero(np.abs(np.diff(rates)) > JUMP * np.ptp(rates))[:MOST]
    return np.unique(np.concatenate([even, jumps, jumps + 1, [rates.argmin(), rates.argmax()]]))


def _short(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.7g}") for value in values]
