"""One intention, written in each library: where their conventions part from this lab's.

A rule writes the call that a person would write for the same words (a peak, milestones, a
total, a warmup) and reads it back as `importing` reads any code, so that a variant is a
schedule like any other. Where a library goes on differently past its end, the rule says so
with a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrlab.schedules.base import Schedule
from lrlab.schedules.combinators import Warmup
from lrlab.schedules.conventions.cosines import cosine, warmed
from lrlab.schedules.conventions.cycles import one_cycle
from lrlab.schedules.conventions.steps import multistep, stairs
from lrlab.schedules.conventions.writing import Variant
from lrlab.schedules.families import Cosine, Exponential, Multistep, OneCycle

__all__ = ["Difference", "Variant", "first_difference", "variants"]

PARTED = 1e-9  # of the rate
RULES: dict[type[Schedule], Callable[[Any, float], Iterator[Variant]]] = {
    Multistep: multistep, Exponential: stairs, Cosine: cosine, Warmup: warmed,
    OneCycle: one_cycle,
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """The first tick at which a library's rate is another: its place, the two rates.

    `theirs` is None where the library has no rate there.
    """

    t: float
    ours: float
    theirs: float | None


def variants(schedule: Schedule, T: float) -> list[Variant]:
    """Return what each library makes of a schedule in a run of length `T`.

    Empty where no difference between the libraries is known for this kind of schedule.
    """
    rule = RULES.get(type(schedule))
    return list(rule(schedule, T)) if rule else []


def first_difference(
    variant: Variant, schedule: Schedule, t: np.ndarray, T: float
) -> Difference | None:
    """Return where a variant first parts from the schedule by more than a billionth."""
    if variant.schedule is None:
        return None
    ours, theirs = schedule.at(t, T), variant.at(t, T)
    parted = np.flatnonzero(~np.isclose(theirs, ours, rtol=PARTED, atol=1e-15))
    if not len(parted):
        return None
    place = parted[0]
    rate = None if np.isnan(theirs[place]) else float(theirs[place])
    return Difference(float(t[place]), float(ours[place]), rate)
