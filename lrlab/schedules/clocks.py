"""The clocks a schedule can run on, and their ticks."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from lrlab.errors import InvalidInput, shown

Clock = Literal["epoch", "step", "progress"]
CLOCKS: tuple[str, ...] = get_args(Clock)


def ticks(clock: str, epochs: int, steps_per_epoch: int) -> tuple[np.ndarray, float]:
    """Return the times of a run's ticks and its length `T`, both in the clock's unit.

    epoch: one tick an epoch, t = finished epochs. step: one an update, t =
    finished updates. progress: one an update, t in epochs.
    """
    if clock == "epoch":
        return np.arange(epochs, dtype=np.float64), float(epochs)
    updates = np.arange(epochs * steps_per_epoch, dtype=np.float64)
    if clock == "step":
        return updates, float(len(updates))
    if clock == "progress":
        return updates / steps_per_epoch, float(epochs)
    raise InvalidInput(
        "clock",
        "is {value}; allowed is one of {names}.",
        value=shown(clock),
        names=", ".join(CLOCKS),
    )
