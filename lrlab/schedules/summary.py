"""A schedule's figures over a run: what it peaks at, sums up to, and does for ever after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lrlab.schedules.base import Schedule
from lrlab.schedules.clocks import ticks
from lrlab.schedules.tail import Tail, tail


@dataclass(frozen=True)
class Summary:
    """The figures of a run's rates.

    The mean and the sums are over updates; `above_half` is the part of them whose rate is
    more than half of the peak, `above_half_epochs` the same in epochs. `final_over_peak` is
    None where the peak is 0.
    """

    peak: float
    mean: float
    first: float
    final: float
    sum: float
    sum_of_squares: float
    robbins_monro: Tail
    above_half: float
    above_half_epochs: float
    final_over_peak: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as a JSON object; a sum too large for a number is null."""
        verdict = self.robbins_monro
        words = {"sum": verdict.sum, "sum_of_squares": verdict.sum_of_squares}
        figures = {
            name: value if value is None or np.isfinite(value) else None
            for name, value in vars(self).items()
            if name != "robbins_monro"
        }
        return figures | {"robbins_monro": words | {"reason": verdict.reason}}


def summarize(
    schedule: Schedule,
    *,
    epochs: int = 30,
    steps_per_epoch: int = 235,
    clock: str = "epoch",
    lag: int = 0,
    initial_lr: float | None = None,
) -> Summary:
    """Return the figures of a schedule over a run. Raises as `Schedule.rates` does.

    >>> from lrlab.schedules import Constant
    >>> summarize(Constant(base_lr=0.5), epochs=2, steps_per_epoch=10).sum
    10.0
    """
    rates = schedule.rates(epochs=epochs, steps_per_epoch=steps_per_epoch, clock=clock, lag=lag,
                           initial_lr=initial_lr)  # fmt: skip
    _, T = ticks(clock, epochs, 1 if clock != "step" else steps_per_epoch)
    each = steps_per_epoch if clock == "epoch" else 1  # updates of a tick
    return _summary(rates, each, epochs, tail(schedule, T))


def _summary(rates: np.ndarray, each: int, epochs: int, verdict: Tail) -> Summary:
    peak = float(rates.max())
    above = float(np.mean(rates > peak / 2))
    with np.errstate(over="ignore"):
        sums = each * float(rates.sum()), each * float(np.square(rates).sum())
    return Summary(
        peak=peak,
        mean=float((rates / len(rates)).sum()),
        first=float(rates[0]),
        final=float(rates[-1]),
        sum=sums[0],
        sum_of_squares=sums[1],
        robbins_monro=verdict,
        above_half=above,
        above_half_epochs=above * epochs,
        final_over_peak=float(rates[-1]) / peak if peak else None,
    )
