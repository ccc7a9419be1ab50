"""Plain Python: `lr_at(t)` with nothing but the standard library."""

from __future__ import annotations

from lrlab.schedules.base import Schedule
from lrlab.schedules.export.run import Run, number
from lrlab.schedules.export.writer import Writer, program


def python(schedule: Schedule, T: float, unit: str = "epochs") -> str:
    """Return plain Python that defines `lr_at(t)`, `t` in `unit`, of a run of length `T`."""
    return program([], Writer(T, unit).source(schedule))


def source(run: Run) -> str:
    """Return plain Python that defines `lr_at(t)`."""
    code = python(run.schedule, run.T, run.unit)
    return f"# {lag(run)}\n{code}" if run.lag else code


def lag(run: Run) -> str:
    """Say how to ask for the rates of a run with lag."""
    return (
        f"One tick late: the first {run.tick} runs at {number(run.first)}, "
        f"every other at lr_at of the one before it."
    )
