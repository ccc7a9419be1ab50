"""An experiment as the rules of advice see it, and what they find in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from lrlab.schedules.base import Schedule
from lrlab.schedules.clocks import ticks
from lrlab.schedules.noise import Noise
from lrlab.schedules.places import Path, Place, places
from lrlab.schedules.trees import with_children
from lrlab.sentence import Sentence


class Run(Protocol):
    """What advice asks of an experiment; `schedules` knows nothing else of it."""

    schedule: Schedule
    clock: Any
    lag: Any
    epochs: Any
    initial_lr: Any

    @property
    def steps_per_epoch(self) -> int: ...

    @classmethod
    def parse(cls, spec: Any) -> Any: ...

    def model_dump(self, *, mode: str) -> dict[str, Any]: ...


class Change(NamedTuple):
    """New values at paths of an experiment, and the words on the button that makes them."""

    label: str
    values: dict[Path, Any]


@dataclass(frozen=True)
class Finding:
    """What a rule has found, with the changes that could mend it, the best first."""

    code: str
    place: Path
    sentence: str
    reason: str
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """An experiment as the rules see it."""

    experiment: Run
    stable_lr: float | None = None
    steps_per_epoch: int | None = None

    @cached_property
    def steps(self) -> int:
        """Updates in an epoch."""
        return self.steps_per_epoch or self.experiment.steps_per_epoch

    @cached_property
    def length(self) -> float:
        """The run's length on the schedule's clock."""
        one = self.experiment
        return float(one.epochs * (self.steps if one.clock == "step" else 1))

    @cached_property
    def places(self) -> list[Place]:
        """Every schedule of the experiment."""
        return places(self.experiment.schedule, self.length)

    @cached_property
    def times(self) -> np.ndarray:
        """The ticks of the run."""
        one = self.experiment
        return ticks(one.clock, one.epochs, self.steps)[0]

    @cached_property
    def rates(self) -> np.ndarray:
        """The rate of each tick, without any noise."""
        one = self.experiment
        return calm(one.schedule).rates(epochs=one.epochs, steps_per_epoch=self.steps,
                                         clock=one.clock, lag=one.lag, initial_lr=one.initial_lr
                                         )  # fmt: skip

    def at(self, schedule: Schedule, t: float) -> float:
        """Return one rate of a schedule inside the experiment."""
        return float(calm(schedule).at([t], self.length)[0])

    def when(self, t: float) -> str:
        """Return a time in words: epoch 5, update 100."""
        if self.experiment.clock == "step":
            return Sentence("update {t:.6g}", t=t)
        return Sentence("epoch {t:.6g}", t=t)

    def span(self, t: float) -> str:
        """Return a duration in words: 5 epochs, 100 updates."""
        if self.experiment.clock == "step":
            return Sentence("{t:.6g} updates", t=t)
        return Sentence("{t:.6g} epochs", t=t)


Rule = Callable[[Case], Iterator[Finding]]


def calm(schedule: Schedule) -> Schedule:
    """Return the schedule without its noise."""
    if isinstance(schedule, Noise):
        return calm(schedule.inner)
    children = schedule.children()
    return with_children(schedule, [calm(each) for each in children]) if children else schedule
