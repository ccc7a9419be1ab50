"""The adaptive schedules: they also look at the run, once an epoch, after its evaluation.

Each is a rule: a JSON-ready state and a function from one state and an epoch's figures to
the next. `state["lr"]` is the rate decided so far; until a first decision it is `base_lr`,
which is all that the formula knows. `adaptive.js` holds the same rules for the browser, and
`decisions` puts them into a schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nan
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import sympy as sp
from pydantic import model_validator

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Example, Handle, Reference, Schedule, first
from lrlab.schedules.parameters import (
    Number,
    Switch,
    Whole,
    choice,
    integer,
    number,
    rate,
    switch,
)

EPS = 1e-8  # a change of the rate that is no larger is left out, as torch does
METRICS = ("test_loss", "train_loss", "test_acc")

State = dict[str, Any]
Figures = Mapping[str, float | None]


class Adaptive(Schedule):
    """What the adaptive schedules share. Not a kind itself."""

    kind: str = "adaptive"
    group: ClassVar[str] = "Adaptive"
    adaptive: ClassVar[bool] = True
    handles: ClassVar[tuple[Handle, ...]] = (first(),)
    base_lr: Number = rate(0.3, "The rate until the first decision.")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return p.base_lr

    def begin(self) -> State:
        """Return the state before the first epoch, JSON-ready."""
        return {"lr": self.base_lr}

    def observe(self, state: State, figures: Figures) -> State:
        """Return the state after an epoch with `figures`: test_loss, train_loss, test_acc."""
        return state


del Schedule.kinds["adaptive"]


class Plateau(Adaptive):
    """Drops by a factor when a metric has stopped improving."""

    kind: Literal["plateau"] = "plateau"
    title = "Plateau"
    known_as = "torch and Keras ReduceLROnPlateau, timm plateau, fairseq reduce_lr_on_plateau"
    example = Example({"patience": 3, "factor": 0.4})
    references = (
        Reference("Krizhevsky, Sutskever and Hinton", 2012, "ImageNet classification with deep "
                  "convolutional neural networks", "https://papers.nips.cc/paper/2012/hash/"
                  "c399862d3b9d6b76c8436e924a68c45b-Abstract.html"),
    )  # fmt: skip
    law = (
        r"\max\left(\eta_{\min},\, \eta_0\, \gamma^{k}\right),\quad "
        r"k\ \text{drops so far}"
    )
    factor: Number = number(0.1, "What the rate is multiplied by at each drop.", r"\gamma", 0, 1,
                            slider=(0.01, 1))  # fmt: skip
    patience: Whole = integer(10, "A drop comes when more epochs than this did not improve.", "p",
                              0, 1000, slider=(0, 20))  # fmt: skip
    threshold: Number = number(1e-4, "An improvement is larger than this.", r"\theta", 0, 100,
                               slider=(0, 0.1))  # fmt: skip
    threshold_mode: Literal["rel", "abs"] = choice(
        "rel", ("rel", "abs"), "Whether the threshold is a part of the best value or a difference."
    )
    cooldown: Whole = integer(0, "So many epochs after a drop do not count.", "c", 0, 1000,
                              slider=(0, 20))  # fmt: skip
    min_lr: Number = rate(0.0, "The rate never drops below this.", r"\eta_{\min}")
    metric: Literal["test_loss", "train_loss", "test_acc"] = choice(
        "test_loss", METRICS, "What is looked at after each epoch."
    )

    def begin(self) -> State:
        return {"lr": self.base_lr, "best": None, "bad": 0, "cooldown": 0}

    def observe(self, state: State, figures: Figures) -> State:
        value, cooling = _value(figures, self.metric), state["cooldown"]
        relative = self.threshold_mode == "rel"
        better = improves(value, state["best"], metric=self.metric, threshold=self.threshold,
                          relative=relative)  # fmt: skip
        after = {
            "lr": state["lr"],
            "best": value if better else state["best"],
            "bad": 0 if better or cooling else state["bad"] + 1,
            "cooldown": max(0, cooling - 1),
        }
        if after["bad"] <= self.patience:
            return after
        lower = lowered(state["lr"], self.factor, self.min_lr)
        return {**after, "lr": lower, "bad": 0, "cooldown": self.cooldown}


class Greedy(Adaptive):
    """Rises while a metric improves, falls while it does not."""

    kind: Literal["greedy"] = "greedy"
    title = "Greedy"
    known_as = "Transformers GreedyLR, there with patience 10 and window 50, counted in its steps"
    references = (
        Reference("Subramanian, Krishnamoorthy and Murthy", 2025, "Dynamic learning rate "
                  "scheduling based on loss changes leads to faster convergence",
                  "https://arxiv.org/abs/2512.14527"),
    )  # fmt: skip
    law = r"\eta_0\, \gamma^{k - r},\quad k\ \text{falls and}\ r\ \text{rises so far}"
    factor: Number = number(0.95, "A fall multiplies the rate by this, a rise divides it.",
                            r"\gamma", 0, 1, above=True, slider=(0.5, 1))  # fmt: skip
    patience: Whole = integer(2, "It moves when more epochs than this went the same way.", "p",
                              0, 1000, slider=(0, 20))  # fmt: skip
    min_lr: Number = rate(1e-3, "The rate never falls below this.", r"\eta_{\min}")
    max_lr: Number = rate(1.0, "The rate never rises above this.", r"\eta_{\max}")
    smooth: Switch = switch(False, "Look at the mean of the last epochs.")
    window: Whole = integer(5, "How many epochs the mean is over.", "n", 1, 1000, slider=(1, 50))
    threshold: Number = number(1e-6, "An improvement is larger than this.", r"\theta", 0, 100,
                               slider=(0, 0.1))  # fmt: skip
    reset: Whole = integer(500, "After so many falls at the lowest rate it begins anew.", "m", 1,
                           10_000, slider=(1, 500))  # fmt: skip
    metric: Literal["test_loss", "train_loss", "test_acc"] = choice(
        "test_loss", METRICS, "What is looked at after each epoch."
    )

    @model_validator(mode="after")
    def _fits(self) -> Greedy:
        if self.max_lr < self.min_lr:
            raise InvalidInput(
                "max_lr",
                "is {max_lr:g}; allowed is a number from min_lr, {min_lr:g}.",
                max_lr=self.max_lr,
                min_lr=self.min_lr,
            )
        return self

    def begin(self) -> State:
        return {"lr": self.base_lr, "best": None, "bad": 0, "good": 0, "left": self.reset,
                "values": [], "sum": 0.0}  # fmt: skip

    def observe(self, state: State, figures: Figures) -> State:
        state, value = self._smoothed(state, _value(figures, self.metric))
        if improves(value, state["best"], metric=self.metric, threshold=self.threshold,
                    relative=False):  # fmt: skip
            state = {**state, "best": value, "bad": 0, "good": state["good"] + 1}
            return self._risen(state) if state["good"] > self.patience else state
        state = {**state, "good": 0, "bad": state["bad"] + 1}
        return self._fallen(state) if state["bad"] > self.patience else state

    def _smoothed(self, state: State, value: float) -> tuple[State, float]:
        """Return the state with `value` in its window, and the value to judge by."""
        if not self.smooth:
            return state, value
        values, total = [*state["values"], value], state["sum"] + value
        if len(values) > self.window:
            total -= values.pop(0)
        return {**state, "values": values, "sum": total}, total / len(values)

    def _risen(self, state: State) -> State:
        lr = state["lr"]
        higher = min(lr / self.factor, self.max_lr)
        return {**state, "good": 0, "left": self.reset, "lr": higher if higher - lr > EPS else lr}

    def _fallen(self, state: State) -> State:
        lr = lowered(state["lr"], self.factor, self.min_lr)
        left = state["left"] - (lr <= self.min_lr)
        return {**state, "bad": 0, "lr": lr, "left": left} if left > 0 else self.begin()


class Manual(Adaptive):
    """Is set by hand while the run goes on."""

    kind: Literal["manual"] = "manual"
    title = "Manual"
    known_as = "a slider on the optimizer's rate"
    origin = "Folklore: the hand of whoever watches."
    law = r"\eta_0\ \text{until a hand sets another rate}"

    def decide(self, state: State, lr: float) -> State:
        """Return the state after a hand has set the rate to `lr`."""
        return {**state, "lr": lr}


def improves(
    value: float, best: float | None, *, metric: str, threshold: float, relative: bool
) -> bool:
    """Return whether `value` is better than `best` (None: nothing yet) by the threshold.

    Accuracies are to rise, losses to fall; NaN is never better.
    """
    if metric == "test_acc":
        best = -inf if best is None else best
        return value > (best * (threshold + 1.0) if relative else best + threshold)
    best = inf if best is None else best
    return value < (best * (1.0 - threshold) if relative else best - threshold)


def lowered(lr: float, factor: float, lowest: float) -> float:
    """Return the rate after a drop; a drop of no more than `EPS` is none."""
    lower = max(lr * factor, lowest)
    return lower if lr - lower > EPS else lr


def _value(figures: Figures, metric: str) -> float:
    value = figures.get(metric)
    return nan if value is None else float(value)
