"""The run that exported code is for: its clock, its lag, and who counts what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrlab.schedules.base import Schedule
from lrlab.schedules.clocks import ticks

UNITS = {"epoch": "epochs", "step": "updates", "progress": "epochs"}


@dataclass(frozen=True)
class Run:
    """A schedule on a run. A library counts the clock's ticks or, with `updates`, every update."""

    schedule: Schedule
    epochs: int = 30
    steps_per_epoch: int = 235
    clock: str = "epoch"
    lag: int = 0
    initial_lr: float | None = None

    @property
    def T(self) -> float:
        """The run's length in the clock's unit."""
        return ticks(self.clock, self.epochs, self.steps_per_epoch)[1]

    @property
    def unit(self) -> str:
        """What t counts, in words."""
        return UNITS[self.clock]

    @property
    def tick(self) -> str:
        """What passes between two rates, in words."""
        return "epoch" if self.clock == "epoch" else "update"

    @property
    def first(self) -> float:
        """The first tick's rate."""
        if self.lag and self.initial_lr is not None:
            return self.initial_lr
        return float(self.schedule.at(0.0, self.T))

    def per_unit(self, *, updates: bool) -> int:
        """Return how much is counted while t grows by 1."""
        counted = self.clock == "progress" or (updates and self.clock == "epoch")
        return self.steps_per_epoch if counted else 1

    def stairs(self, *, updates: bool) -> bool:
        """Return whether the rate is held while the count goes on: updates in an epoch."""
        return updates and self.clock == "epoch"

    def time(self, count: str, *, updates: bool) -> str:
        """Return the source of t at a count."""
        per_unit = self.per_unit(updates=updates)
        if self.stairs(updates=updates):
            return f"{count} // {per_unit}"
        return f"{count} / {per_unit}" if self.clock == "progress" else count.strip("()")

    def rate(self, count: str, *, updates: bool, where: str = "{1} if {0} else {2}") -> str:
        """Return the source of the rate at a count; `where` chooses by a condition."""
        if not self.lag:
            return f"lr_at({self.time(count, updates=updates)})"
        tick = self.steps_per_epoch if self.stairs(updates=updates) else 1
        late = f"lr_at({self.time(f'({count} - {tick})', updates=updates)})"
        return where.format(f"{count} < {tick}", number(self.first), late)

    def comment(self) -> str:
        """Return a line that explains the lag, if there is one."""
        if not self.lag:
            return ""
        return (
            "    # The schedule is asked one tick late, as by loops that call it after the epoch.\n"
        )


def number(value: Any) -> str:
    """Return a finite number as source, without a needless point."""
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e9 else repr(value)
