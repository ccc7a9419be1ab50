"""The families: each a function of `t` alone, one class with its formula."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Literal

import sympy as sp
from pydantic import model_validator

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.base import Let, Reference, Schedule
from lrlab.schedules.functions import count, half_cosine, whole
from lrlab.schedules.parameters import (
    MAX_LENGTH,
    MAX_RATE,
    Number,
    Switch,
    choice,
    length,
    number,
    numbers,
    rate,
    switch,
)

LAST = r"\eta_{\mathrm{end}}"


class Constant(Schedule):
    """The same rate all through the run."""

    kind: Literal["constant"] = "constant"
    title, group = "Constant", "Basic"
    known_as = "everywhere"
    base_lr: Number = rate(0.3, "The rate of every update.")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return p.base_lr


class InversePower(Schedule):
    """Falls fast at first, then ever more slowly: a power of the time, as theory likes it."""

    kind: Literal["inverse_power"] = "inverse_power"
    title, group = "Inverse power", "Decay"
    known_as = "D2L SquareRootScheduler, Keras InverseTimeDecay, fairseq inverse_sqrt, Caffe inv"
    references = (
        Reference("Robbins and Monro", 1951, "A stochastic approximation method",
                  "https://doi.org/10.1214/aoms/1177729586"),
        Reference("Welling and Teh", 2011, "Bayesian learning via SGLD",
                  "https://www.stats.ox.ac.uk/~teh/research/compstats/WelTeh2011a.pdf"),
    )  # fmt: skip
    base_lr: Number = rate(0.1, "The rate at t = 0.")
    power: Number = number(0.5, "How fast it falls: ½ is the square root's.", "p", 0, 10,
                           slider=(0, 2))  # fmt: skip
    timescale: Number = number(1.0, "The time after which it has fallen to 2 to the minus power.",
                               r"\tau", 0, MAX_LENGTH, above=True, slider=(0.1, 60),
                               unit="clock")  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return p.base_lr * (1 + t / p.timescale) ** (-p.power)


class Polynomial(Schedule):
    """Falls along a power of the time that is left; power 1 is a straight line."""

    kind: Literal["polynomial"] = "polynomial"
    title, group = "Polynomial", "Decay"
    known_as = "torch LinearLR and PolynomialLR, Keras PolynomialDecay, MXNet PolyScheduler"
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    final_lr: Number = rate(0.0, "The rate at the end, held from there on.", LAST)
    power: Number = number(1.0, "1 is a line; above 1 it falls early, below 1 late.", "p", 0, 20,
                           slider=(0, 5))  # fmt: skip
    length: Number | None = length(None, "How long the decay takes.")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        left = 1 - sp.Min(t, p.length) / p.length
        return p.final_lr + (p.base_lr - p.final_lr) * left**p.power


class Exponential(Schedule):
    """Multiplied by the same factor again and again, smoothly or in steps, down to a floor."""

    kind: Literal["exponential"] = "exponential"
    title, group = "Exponential", "Decay"
    known_as = "D2L and MXNet FactorScheduler, torch ExponentialLR and StepLR"
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    factor: Number = number(0.9, "What the rate is multiplied by.", r"\gamma", 0, 10,
                            slider=(0.01, 1.1))  # fmt: skip
    every: Number = number(1.0, "The time after which one factor has been applied.", "s", 0,
                           MAX_LENGTH, above=True, slider=(0.5, 30), unit="clock")  # fmt: skip
    staircase: Switch = switch(False, "Apply the factor all at once, every so often.")
    min_lr: Number = rate(0.0, "The rate never falls below this.", r"\eta_{\min}")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        times = whole(t / p.every) if p.staircase else t / p.every
        return sp.Max(p.min_lr, p.base_lr * p.factor**times)


class Multistep(Schedule):
    """Holds, then drops by a factor at each milestone."""

    kind: Literal["multistep"] = "multistep"
    title, group = "Multistep", "Steps"
    known_as = "torch MultiStepLR, MXNet MultiFactorScheduler, optax piecewise_constant"
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
                f"has {len(self.values)} numbers and times {len(self.times)}; "
                "allowed are as many rates as times, at least one.",
            )
        if self.interpolation == "log" and min(self.values) <= 0:
            raise InvalidInput("rates", "has a 0; allowed with log are rates above 0.")
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        size, reached, here, there = sp.symbols("size reached here there")
        where = (
            (reached, count(p.times, t)),
            (here, sp.Max(reached - 1, 0)),
            (there, sp.Min(reached, size - 1)),
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

    def extra_arguments(self) -> dict[str, int]:
        return {"size": len(self.times)}


class Cosine(Schedule):
    """Half a cosine wave from the first rate down to the last, then flat."""

    kind: Literal["cosine"] = "cosine"
    title, group = "Cosine", "Decay"
    known_as = "D2L and MXNet CosineScheduler, torch CosineAnnealingLR up to T_max, optax, Keras"
    references = (
        Reference("Loshchilov and Hutter", 2017, "SGDR: stochastic gradient descent with restarts",
                  "https://arxiv.org/abs/1608.03983"),
    )  # fmt: skip
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    final_lr: Number = rate(0.01, "The rate at the end, held from there on.", LAST)
    length: Number | None = length(20, "How long the decay takes.")
    exponent: Number = number(1.0, "Bends the curve: above 1 it falls earlier.", "p", 0, 20,
                              above=True, slider=(0.1, 5))  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        wave = half_cosine(sp.Min(t, p.length) / p.length)
        return p.final_lr + (p.base_lr - p.final_lr) * wave**p.exponent


def _check_order(name: str, values: tuple[float, ...], strictly: bool = False) -> None:
    for first, second in pairwise(values):
        if second < first or (strictly and second == first):
            order = "in strictly rising order" if strictly else "in rising order"
            raise InvalidInput(
                name, f"has {shown(second)} after {shown(first)}; allowed are numbers {order}."
            )
