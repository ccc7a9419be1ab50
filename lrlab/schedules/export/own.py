"""Finds a library's own scheduler for a schedule, where it gives lrlab's curve exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

from lrlab.schedules.base import Schedule
from lrlab.schedules.export.run import Run

Parameters = SimpleNamespace


@dataclass(frozen=True)
class Own:
    """A scheduler of the library's own.

    `kind`: whose curve it draws. `fits`: for which parameters. `code`: the call that makes it.
    `flat`: its curve is flat from one whole t to the next, so that it stays right where the
    library counts updates and the rate is held through an epoch.
    `base`: what the optimizer's own rate must be; left out, base_lr or else the rate at 0.
    """

    kind: str
    fits: Callable[[Parameters], bool]
    code: Callable[[Parameters], str]
    flat: bool = False
    base: Callable[[Parameters], float] | None = None


@dataclass(frozen=True)
class Found:
    """The call that makes a library's own scheduler, and the rate that it starts from."""

    code: str
    base: float


def find(table: Sequence[Own], run: Run, *, updates: bool) -> Found | None:
    """Return the library's own scheduler for a run's schedule, None where there is none.

    Durations are handed to the table as counts, `int` where they are whole; `p.ticks` is the
    run's length; `p.own` finds a nested schedule's scheduler, `p.counted` its parameters.
    """
    return None if run.lag else _find(table, run.schedule, run, updates)


def _find(table: Sequence[Own], schedule: Schedule, run: Run, updates: bool) -> Found | None:
    p = counted(schedule, run, updates=updates)
    p.own = lambda child: _find(table, child, run, updates)
    p.counted = lambda child: counted(child, run, updates=updates)
    stairs = run.stairs(updates=updates)
    for own in table:
        if own.kind == schedule.kind and (own.flat or not stairs) and own.fits(p):
            return Found(own.code(p), own.base(p) if own.base else p.base_lr)
    return None


def counted(schedule: Schedule, run: Run, *, updates: bool) -> Parameters:
    """Return a schedule's parameters with every duration as a count: `int` if it is whole."""
    stairs, per_unit = run.stairs(updates=updates), run.per_unit(updates=updates)

    def count(value: float) -> float:
        value = float(value)  # a default may be an int
        # Only where count / per_unit is that very t does the rate change at the same tick.
        whole = value.is_integer() if stairs else round(value * per_unit) / per_unit == value
        return round(value * per_unit) if whole else float(value * per_unit)

    p = SimpleNamespace(ticks=round(run.T * per_unit), per_unit=per_unit)
    p.epochs = run.clock == "epoch"
    for name, value in schedule.values_of().items():
        parameter = schedule.parameters()[name]
        if value is None and parameter.absent == "T":
            value = run.T
        if parameter.unit == "clock" and value is not None:
            many = isinstance(value, tuple)
            value = [count(v) for v in value] if many else count(value)
        if name == "parts":
            p.lengths = [count(part.length or 0.0) for part in value]
        setattr(p, name, value)
    if not hasattr(p, "base_lr"):
        p.base_lr = float(schedule.at(0.0, run.T))
    return p


def whole(*values: float | None) -> bool:
    """Return whether all counts are whole and above 0."""
    return all(isinstance(value, int) and value > 0 for value in values)
