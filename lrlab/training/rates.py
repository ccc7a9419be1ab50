"""The rate of each update of a training: as planned, until the run or a hand decides otherwise."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from lrlab.experiment import Experiment
from lrlab.records import Evaluation
from lrlab.schedules import Decisions
from lrlab.schedules.decisions import tick


class Rates:
    """`rates[update]` is the rate of update number `update`, from 0.

    Those of updates that are done stand; a decision changes only what is still to come.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._rates = experiment.rates()
        self._decisions = Decisions.of(experiment.schedule)

    def __getitem__(self, update: int) -> float:
        return float(self._rates[update])

    def between(self, first: int, end: int) -> np.ndarray:
        """Return the rates of updates number `first` up to before `end`."""
        return self._rates[first:end]

    def observe(self, evaluation: Evaluation) -> None:
        """Let an adaptive schedule look at a finished epoch; it decides from the next tick on."""
        t = self._tick(evaluation.update)
        self._decide(self._decisions.observe(t, asdict(evaluation)), evaluation.update)

    def steer(self, lr: float, update: int) -> None:
        """Set the rate of a `manual` schedule by hand, from update number `update` on.

        It is a decision at the time at which the schedule is asked for that update; on the
        epoch clock that is its epoch's. What is around the schedule still applies: a warmup
        rises to the new rate, a scale multiplies it. Raises InvalidInput, and changes
        nothing, for a rate that cannot be used and where no part of the schedule is `manual`.
        """
        experiment = self._experiment
        late = experiment.steps_per_epoch if experiment.clock == "epoch" else 1
        t = self._tick(max(0, update - experiment.lag * late))
        self._decide(self._decisions.decide(t, lr), update)

    def dump(self, update: int) -> dict[str, Any]:
        """Return what `restore` needs after `update` updates, JSON-ready."""
        return {"lr": self[update - 1] if update else None, **self._decisions.dump()}

    def restore(self, dumped: dict[str, Any], update: int) -> None:
        """Take up what `dump` wrote after `update` updates of the same experiment."""
        self._decide(self._decisions.restore(dumped), update)
        if update:
            self._rates[update - 1] = dumped["lr"]

    def _tick(self, update: int) -> float:
        experiment = self._experiment
        return tick(update, clock=experiment.clock, steps_per_epoch=experiment.steps_per_epoch)

    def _decide(self, decisions: Decisions, update: int) -> None:
        """Take `decisions` and, where they are others, plan the rates from `update` on."""
        if (decisions.times, decisions.rates) != (self._decisions.times, self._decisions.rates):
            decided = self._experiment.model_copy(update={"schedule": decisions.schedule()})
            self._rates[update:] = decided.rates()[update:]
        self._decisions = decisions
