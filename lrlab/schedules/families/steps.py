"""Families in steps and through points, one class each with its formula."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Literal

import sympy as sp
from pydantic import model_validator

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.base import Example, Handle, Let, Schedule, first
from lrlab.schedules.functions import count, half_cosine, size
from lrlab.schedules.parameters import MAX_LENGTH, MAX_RATE, Number, choice, number, numbers, rate
from lrlab.sentence import Sentence


class Multistep(Schedule):
    """Holds, then drops by a factor at each milestone."""

    kind: Literal["multistep"] = "multistep"
    title, group = "Multistep", "Steps"
    known_as = "torch MultiStepLR, MXNet MultiFactorScheduler, optax piecewise_constant"
    origin = "Folklore: dividing the rate by hand when the loss no longer falls."
    example = Example({"milestones": [10, 20]})
    handles = (first(), Handle(lambda p: p.milestones, "milestones", "factor"))
    base_lr: Number = rate(0.5, "The rate before the first milestone.")
    milestones: tuple[Number, ...] = numbers((15, 30), "When it drops; one twice counts twice.",
                                             "m", MAX_LENGTH, "clock")  # fmt: skip
    factor: Number = number(0.5, "What the rate is multiplied by at each milestone.", r"\gamma",
                            0, 10, slider=(0.01, 1.1))  # fmt: skip

    @model_validator(mode="after")
    def _in_order(self) -> Multistep:
        _check_order("milestones", self.milestones)
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return p.base_lr * p.factor ** count(p.milestones, t)


class Piecewise(Schedule):
    """Goes through given points, in steps or joined by lines, half cosines or powers."""

    kind: Literal["piecewise"] = "piecewise"
    title, group = "Piecewise", "Steps"
    known_as = "Keras PiecewiseConstantDecay, optax piecewise_interpolate, a curve drawn by hand"
    origin = "Folklore."
    example = Example(
        {"times": [0, 4, 12, 29], "rates": [0.05, 0.3, 0.2, 0.01], "interpolation": "linear"}
    )
    handles = (Handle(lambda p: p.times, "times", "rates"),)
    times: tuple[Number, ...] = numbers((0, 10, 20), "When each rate is reached, in rising order.",
                                        "a", MAX_LENGTH, "clock")  # fmt: skip
    # Every schedule has a method `rates`, so only the parameter's public name is that.
    values: tuple[Number, ...] = numbers((0.3, 0.1, 0.01), "The rate at each of the times.", "r",
                                         MAX_RATE, log=True, alias="rates")  # fmt: skip
    interpolation: Literal["constant", "linear", "cosine", "log"] = choice(
        "constant", ("constant", "linear", "cosine", "log"), "What happens between two points."
    )

    @model_validator(mode="after")
    def _fits(self) -> Piecewise:
        _check_order("times", self.times, strictly=True)
        if len(self.times) != len(self.values) or not self.times:
            raise InvalidInput(
                "rates",
                "has {rates} numbers and times {times}; allowed are as many rates as times, "
                "at least one.",
                rates=len(self.values),
                times=len(self.times),
            )
        if self.interpolation == "log" and min(self.values) <= 0:
            raise InvalidInput("rates", "has a 0; allowed with log are rates above 0.")
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        reached, here, there = sp.symbols("reached here there")
        where = (
            (reached, count(p.times, t)),
            (here, sp.Max(reached - 1, 0)),
            (there, sp.Min(reached, size(p.times) - 1)),
        )
        start, end = p.rates[here], p.rates[there]
        if p.interpolation == "constant":
            return Let(start, where[:2])
        part = (t - p.times[here]) / (p.times[there] - p.times[here])
        between = {
            "linear": start + (end - start) * part,
            "cosine": end + (start - end) * half_cosine(part),
            "log": start * (end / start) ** part,
        }[p.interpolation]
        return Let(sp.Piecewise((start, sp.Eq(here, there)), (between, True)), where)


def _check_order(name: str, values: tuple[float, ...], strictly: bool = False) -> None:
    for one, other in pairwise(values):
        if other < one or (strictly and other == one):
            order = Sentence("in strictly rising order" if strictly else "in rising order")
            raise InvalidInput(
                name,
                "has {value} after {one}; allowed are numbers {order}.",
                value=shown(other),
                one=shown(one),
                order=order,
            )
