"""Whether the sums of a schedule's rates, and of their squares, end if it went on for ever.

Robbins and Monro's conditions: Σηₜ diverges, so that every place can be reached, and Σηₜ²
converges, so that the noise dies out. Decided from each family's formula, composed through
the combinators; what no rule decides is "not known".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce, singledispatch
from math import inf
from typing import NamedTuple

import numpy as np

from lrlab.errors import InvalidInput
from lrlab.schedules import combinators, families
from lrlab.schedules.base import Schedule
from lrlab.schedules.noise import Noise
from lrlab.sentence import Sentence

CONVERGES, DIVERGES, UNKNOWN = "converges", "diverges", "not known"
FAR = 1e12  # beyond every length that a schedule may name


class Tail(NamedTuple):
    """How the sums go on for ever, and why.

    `power`: the rate falls like t to the minus this, inf for faster than any; None where it
    comes and goes, so that a product with another schedule needs another reason.
    """

    sum: str
    sum_of_squares: str
    reason: Sentence
    power: float | None = None


def like_power(power: float, reason: Sentence) -> Tail:
    """Return the tail of a rate like t^−power, the p-series."""
    rates, squares = (DIVERGES if each <= 1 else CONVERGES for each in (power, 2 * power))
    return Tail(rates, squares, reason, power)


def held(rate: float) -> Tail:
    """Return the tail of a rate that is held for ever."""
    if rate > 0:
        return like_power(0, Sentence("The rate {rate:.3g} is held for ever.", rate=rate))
    return like_power(inf, Sentence("The rate is 0 from some time on."))


def recurring(growth: float, growth_of_squares: float, reason: Sentence) -> Tail:
    """Return the tail of cycles whose sums are so many times the last cycle's: geometric."""
    grows = (growth >= 1 - 1e-12, growth_of_squares >= 1 - 1e-12)
    rates, squares = (DIVERGES if each else CONVERGES for each in grows)
    return Tail(rates, squares, reason)


def unknown(reason: Sentence) -> Tail:
    """Return the tail of which nothing is known."""
    return Tail(UNKNOWN, UNKNOWN, reason)


@singledispatch
def tail(schedule: Schedule, T: float) -> Tail:
    """Return how the sums of a schedule go on beyond a run of length `T`."""
    if schedule.adaptive:
        return _decided_by_the_run(schedule)
    if "length" not in schedule.parameters():
        return unknown(Sentence("No rule is known for this kind of formula."))
    return _held_far(schedule, T)  # the catalogue's contract: past its length, the last rate


def _decided_by_the_run(schedule: Schedule) -> Tail:
    floor = schedule.values_of().get("min_lr", 0)
    if floor > 0:
        return recurring(1, 1, Sentence("The rate never falls below {floor:g}.", floor=floor))
    return unknown(Sentence("The run itself decides."))


def _held_far(schedule: Schedule, T: float) -> Tail:
    try:
        return held(float(schedule.at([max(FAR, 1e3 * T)], T)[0]))
    except InvalidInput:
        return unknown(Sentence("Far beyond the run the formula gives no rate that could be used."))


def _rule(cls: type[Schedule]) -> Callable[[Callable[..., Tail]], Callable[..., Tail]]:
    return tail.register(cls)


@_rule(families.Constant)
@_rule(families.Multistep)
@_rule(families.Piecewise)
def _holds(schedule: Schedule, T: float) -> Tail:
    return _held_far(schedule, T)


@_rule(families.InversePower)
def _inverse_power(schedule: families.InversePower, T: float) -> Tail:
    if schedule.base_lr == 0:
        return held(0)
    return like_power(
        schedule.power, Sentence("The rate falls like t to the −{power:g}.", power=schedule.power)
    )


@_rule(families.Noam)
def _noam(schedule: families.Noam, T: float) -> Tail:
    return like_power(0.5, Sentence("The rate falls like 1/√t.")) if schedule.scale else held(0)


@_rule(families.Exponential)
def _exponential(schedule: families.Exponential, T: float) -> Tail:
    if schedule.factor > 1 and schedule.base_lr > 0:
        return Tail(DIVERGES, DIVERGES, Sentence("The rate grows for ever."))
    if schedule.min_lr > 0 or schedule.factor == 1:
        floor = schedule.base_lr if schedule.factor == 1 else 0
        return held(max(floor, schedule.min_lr))
    return like_power(inf, Sentence("The rate falls as a geometric series does."))


@_rule(families.Cyclic)
def _cyclic(schedule: families.Cyclic, T: float) -> Tail:
    shrinks = schedule.mode == "triangular2" or (
        schedule.mode == "exp_range" and schedule.gamma < 1
    )
    if shrinks:
        still = schedule.min_lr > 0
        reason = Sentence("The tops shrink to the lowest rate, {min_lr:g}, in a geometric series.",
                          min_lr=schedule.min_lr)  # fmt: skip
        return like_power(0 if still else inf, reason)
    if max(schedule.min_lr, schedule.max_lr) == 0:
        return held(0)
    return recurring(1, 1, Sentence("Every cycle adds as much as the one before."))


@_rule(families.CosineRestarts)
def _restarts(schedule: families.CosineRestarts, T: float) -> Tail:
    if schedule.limit is not None or schedule.base_lr == 0:
        return held(schedule.final_lr)
    if schedule.final_lr > 0:
        return recurring(
            1,
            1,
            Sentence(
                "The rate comes back above {final_lr:g} in every cycle.", final_lr=schedule.final_lr
            ),
        )
    return _cycles(schedule.period_factor, schedule.peak_factor)


@_rule(combinators.Repeat)
def _repeat(schedule: combinators.Repeat, T: float) -> Tail:
    times = np.linspace(0, schedule.period, 1001)[:-1]
    if not schedule.inner.at(times, T).any():
        return held(0)
    return _cycles(schedule.period_factor, schedule.peak_factor)


def _cycles(stretch: float, peak: float) -> Tail:
    reason = Sentence("Each cycle is {stretch:g} times as long and {peak:g} times as high as the "
                      "last.", stretch=stretch, peak=peak)  # fmt: skip
    return recurring(stretch * peak, stretch * peak**2, reason)


@_rule(combinators.Warmup)
@_rule(Noise)
def _as_inner(schedule: combinators.Around, T: float) -> Tail:
    return tail(schedule.inner, T)


@_rule(combinators.Sequence)
def _sequence(schedule: combinators.Sequence, T: float) -> Tail:
    return tail(schedule.parts[-1].schedule, T)


@_rule(combinators.Cooldown)
def _cooldown(schedule: combinators.Cooldown, T: float) -> Tail:
    return held(schedule.final_lr)


@_rule(combinators.Clamp)
def _clamp(schedule: combinators.Clamp, T: float) -> Tail:
    if schedule.max_lr == 0:
        return held(0)
    if schedule.min_lr > 0:
        return recurring(
            1, 1, Sentence("The rate never falls below {min_lr:g}.", min_lr=schedule.min_lr)
        )
    return tail(schedule.inner, T)


@_rule(combinators.Scale)
def _scale(schedule: combinators.Scale, T: float) -> Tail:
    return tail(schedule.inner, T) if schedule.factor > 0 else held(0)


@_rule(combinators.Product)
def _product(schedule: combinators.Product, T: float) -> Tail:
    return reduce(_times, (tail(factor, T) for factor in schedule.factors))


def _times(one: Tail, other: Tail) -> Tail:
    if one.power is not None and other.power is not None:
        return like_power(
            one.power + other.power,
            Sentence("{one} {other}", one=one.reason, other=other.reason),
        )
    for steady, coming in ((one, other), (other, one)):
        if steady.power == 0:
            return coming
    return unknown(Sentence("No rule is known for the product of these schedules."))
