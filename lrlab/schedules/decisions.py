"""What an adaptive schedule decided so far: a value beside the schedule, and a schedule again.

At any moment the adaptive part is a piecewise constant function of its own clock. With it
in the adaptive part's place, the tree is a schedule like any other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.adaptive import Adaptive, Figures, Manual, State
from lrlab.schedules.base import Schedule
from lrlab.schedules.families import Piecewise
from lrlab.schedules.parameters import MAX_RATE
from lrlab.schedules.trees import Path, adaptive_path, descend, local_clock, replaced

MOST_EPOCHS = 1000  # the longest run


@dataclass(frozen=True)
class Decisions:
    """The decisions of the one adaptive part of `tree`; of a tree without one, none.

    `rates[i]` holds from `times[i]` on, a time on the part's own clock.

    >>> plateau = Schedule.parse({"kind": "plateau", "patience": 0, "base_lr": 1.0})
    >>> decisions = Decisions.of(plateau)
    >>> for epoch, loss in enumerate([0.9, 0.9], start=1):
    ...     decisions = decisions.observe(epoch, {"test_loss": loss})
    >>> decisions.schedule().rates(epochs=3).tolist()
    [1.0, 1.0, 0.1]
    """

    tree: Schedule
    path: Path | None
    times: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()
    state: State | None = None

    @staticmethod
    def of(tree: Schedule) -> Decisions:
        """Return the decisions before the first epoch.

        Raises InvalidInput where `tree` has a second adaptive part, or one that is repeated.
        """
        none = Decisions(tree, adaptive_path(tree))
        leaf = none.leaf
        return replace(none, state=leaf.begin()) if leaf else none

    @property
    def leaf(self) -> Adaptive | None:
        """The adaptive part itself."""
        if self.path is None:
            return None
        leaf = descend(self.tree, self.path)[-1]
        assert isinstance(leaf, Adaptive)
        return leaf

    @property
    def metric(self) -> str | None:
        """The figure that decides; None where none does."""
        return getattr(self.leaf, "metric", None)

    def observe(self, t: float, figures: Figures) -> Decisions:
        """Return the decisions after an epoch's `figures`; a change holds from `t` on.

        Epochs before the adaptive part's own turn, such as a warmup's, do not count.
        """
        if self.leaf is None or self.state is None or self.path is None:
            return self
        local = local_clock(self.tree, self.path, t)
        return self._at(local, self.leaf.observe(self.state, figures)) if local > 0 else self

    def decide(self, t: float, lr: float) -> Decisions:
        """Return the decisions after a hand has set the rate of a `manual` part from `t` on.

        Set before the part's own turn, the rate holds from its beginning. Raises
        InvalidInput for a rate out of range and where no part is `manual`.
        """
        if not 0 <= lr <= MAX_RATE:
            raise InvalidInput(
                "lr",
                "is {value}; allowed is a number from 0 to {most:g}.",
                value=shown(lr),
                most=MAX_RATE,
            )
        leaf = self.leaf
        if not isinstance(leaf, Manual) or self.state is None or self.path is None:
            raise InvalidInput(
                "lr", "is {value}; allowed is a rate only with manual.", value=shown(lr)
            )
        local = max(0.0, local_clock(self.tree, self.path, t))
        return self._at(local, leaf.decide(self.state, lr))

    def _at(self, local: float, state: State) -> Decisions:
        decided = replace(self, state=state)
        if state["lr"] == self._points()[1][-1]:
            return decided
        kept = [point for point in zip(self.times, self.rates, strict=True) if point[0] < local]
        times, rates = zip(*kept, (local, state["lr"]), strict=True)
        return replace(decided, times=times, rates=rates)

    def _points(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return times and rates of all points, the undecided rate at 0 first."""
        if self.times[:1] == (0.0,):
            return self.times, self.rates
        base = self.leaf.base_lr if self.leaf else math.nan
        return (0.0, *self.times), (base, *self.rates)

    def schedule(self) -> Schedule:
        """Return the tree with what was decided so far in the adaptive part's place."""
        if self.path is None:
            return self.tree
        times, rates = self._points()
        spec = {"kind": "piecewise", "times": times, "rates": rates, "interpolation": "constant"}
        return replaced(self.tree, self.path, Piecewise.model_validate(spec))

    def dump(self) -> dict[str, Any]:
        """Return what `restore` needs, JSON-ready."""
        return {"times": list(self.times), "rates": list(self.rates), "state": self.state}

    def restore(self, dumped: Mapping[str, Any]) -> Decisions:
        """Return the decisions that `dump` wrote for the same schedule."""
        times, rates = tuple(dumped["times"]), tuple(dumped["rates"])
        return replace(self, times=times, rates=rates, state=dumped["state"])


def replay(
    tree: Schedule, values: Sequence[float | None], *, clock: str, steps_per_epoch: int
) -> Schedule:
    """Return the tree as its rule decides when its metric takes `values`, one an epoch.

    Raises InvalidInput where nothing in `tree` looks at a metric.
    """
    decisions = Decisions.of(tree)
    if decisions.metric is None:
        raise InvalidInput("metric", "is given with {words}; allowed is it only with plateau or "
                           "greedy.", words=tree.describe())  # fmt: skip
    for epoch, value in enumerate(values, start=1):
        t = tick(epoch * steps_per_epoch, clock=clock, steps_per_epoch=steps_per_epoch)
        decisions = decisions.observe(t, {decisions.metric: value})
    return decisions.schedule()


def tick(update: int, *, clock: str, steps_per_epoch: int) -> float:
    """Return t before update number `update` (from 0) of a run."""
    if clock == "step":
        return float(update)
    return update / steps_per_epoch if clock == "progress" else float(update // steps_per_epoch)


def read_metric(data: Any) -> list[float | None]:
    """Return a metric, one value an epoch, null where there was none; refuse anything else."""
    numbers = isinstance(data, list) and len(data) <= MOST_EPOCHS
    if not numbers or not all(value is None or _is_number(value) for value in data):
        raise InvalidInput(
            "metric",
            "is {value}; allowed is a list of up to {most_epochs} numbers, or null.",
            value=shown(data),
            most_epochs=MOST_EPOCHS,
        )
    return [None if value is None else float(value) for value in data]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
