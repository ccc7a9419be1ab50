"""What the engine knows of one member of a pack apart from its tensors, and its records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Finished, Head, Measure, Point
from lrlab.steering import Rates
from lrlab.training.smoothing import Smoothed

PLAN = ("schedule", "clock", "lag", "initial_lr")  # what a hand and past decisions act on


class Member:
    """A member: its rates, the sums of its epoch so far and what the last evaluation found.

    sums: the epoch's sum of losses, its right answers, and its updates with a finite sum.
    """

    def __init__(self, experiment: Experiment, number: int) -> None:
        self.experiment, self.number = experiment, number
        self.rates = Rates(experiment)
        self.sums = [0.0, 0.0, 0.0]
        self.smoothed = Smoothed()
        self._test_acc = math.nan

    @property
    def finite(self) -> bool:
        """Whether the sum of losses still is a number."""
        return math.isfinite(self.sums[0])

    def head(self, update: int) -> Head:
        """Return where the member stands; losses are NaN before the first update."""
        lr = self.rates[max(update, 1) - 1]
        loss, accuracy = self.means(update) if update else (math.nan, math.nan)
        return Head(update, self._epoch(update), lr, loss, accuracy)

    def point(self, update: int) -> Point:
        """Return the point of this update."""
        figures = self._epoch(update), self.rates[update - 1], *self.means(update)
        return Point(update, *figures, member=self.number)

    def measure(self, update: int, name: str, value: float) -> Measure:
        """Return a further figure of this update."""
        return Measure(update, self._epoch(update), name, value, member=self.number)

    def evaluation(self, update: int, loss: float, accuracy: float) -> Evaluation:
        """Return what the epoch's end found, and let an adaptive schedule look at it."""
        self._test_acc = accuracy
        epochs = update // self.experiment.steps_per_epoch
        figures = epochs, loss, accuracy, *self.means(update), update
        evaluation = Evaluation(*figures, member=self.number)
        self.rates.observe(evaluation)
        return evaluation

    def finished(self, update: int, *, since: int, seconds: float, device: str) -> Finished:
        """Return the last record of a member that came to its end.

        since: the updates that were done before its seconds began.
        """
        examples = self._epoch(update - since) * self.experiment.train_examples
        figures = *self.means(update), self._test_acc, seconds, examples / seconds
        return Finished(*figures, device=device, member=self.number)

    def broke_at(self, update: int) -> int:
        """Return the update at which the sum of losses stopped being finite."""
        return update - self._step(update) + int(self.sums[2]) + 1

    def means(self, update: int) -> tuple[float, float]:
        """Return the running train loss and accuracy of the epoch so far."""
        experiment = self.experiment
        seen = min(self._step(update) * experiment.batch_size, experiment.train_examples)
        return self.sums[0] / seen, self.sums[1] / seen

    def batch_loss(self, before: float, update: int) -> float:
        """Return the loss of the last update's batch alone; `before`: the sum of losses then."""
        experiment = self.experiment
        begun = (self._step(update) - 1) * experiment.batch_size
        size = min(experiment.batch_size, experiment.train_examples - begun)
        return (self.sums[0] - (before if begun else 0.0)) / size

    def dump(self, update: int) -> dict[str, Any]:
        """Return what `restore` needs after `update` updates, JSON-ready."""
        rates, smoothed = self.rates.dump(update), self.smoothed.dump()
        return {"rates": rates, "test_acc": self._test_acc, "smoothed": smoothed}

    def restore(self, dumped: dict[str, Any], update: int) -> None:
        """Take up what `dump` wrote after `update` updates of the same experiment."""
        self.rates.restore(dumped["rates"], update)
        self._restore_figures(dumped)

    def branch(self, dumped: Mapping[str, Any], parent: Experiment, update: int) -> None:
        """Go on from what `dump` wrote for `parent`; with another schedule, at its rates."""
        same = all(getattr(self.experiment, name) == getattr(parent, name) for name in PLAN)
        take = self.rates.restore if same else self.rates.follow
        take(dumped["rates"], update)
        self._restore_figures(dumped)

    def _restore_figures(self, dumped: Mapping[str, Any]) -> None:
        self.smoothed = Smoothed(**dumped["smoothed"])
        self._test_acc = dumped["test_acc"]

    def _epoch(self, update: int) -> float:
        return update / self.experiment.steps_per_epoch

    def _step(self, update: int) -> int:
        """Return the updates done in the current epoch, the whole epoch's at its end."""
        return (update - 1) % self.experiment.steps_per_epoch + 1
