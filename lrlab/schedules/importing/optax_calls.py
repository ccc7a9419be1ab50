"""optax's schedules, `optax.schedules` (read in 0.2.8)."""

from __future__ import annotations

from itertools import accumulate
from operator import mul

from lrlab.schedules.importing.checks import (
    Count,
    Counts,
    Length,
    Number,
    Rate,
    Scales,
    Settings,
    Several,
    Switch,
    Text,
    Whole,
)
from lrlab.schedules.importing.shapes import (
    after_warmup,
    check_boundaries,
    constant,
    cosine,
    joined,
    line,
    one_of,
    points,
    warm,
)
from lrlab.schedules.importing.table import Call, Entry, Given, Spec, bound, reads

optax = reads("optax", clock="step")


def delayed(spec: Spec, first: float, begin: float) -> Spec:
    """Hold the first rate until `begin`."""
    return joined([constant(first), spec], [begin]) if begin else spec


@optax
def constant_schedule(given: Given, value: Rate) -> Spec:
    return constant(value)


@optax
def polynomial_schedule(
    given: Given, init_value: Rate, end_value: Rate, power: Number, transition_steps: Count,
    transition_begin: Count = 0,
) -> Spec:  # fmt: skip
    spec = line(init_value, end_value, transition_steps, power)
    return delayed(spec, init_value, transition_begin)


@optax
def linear_schedule(
    given: Given, init_value: Rate, end_value: Rate, transition_steps: Count,
    transition_begin: Count = 0,
) -> Spec:  # fmt: skip
    return delayed(line(init_value, end_value, transition_steps), init_value, transition_begin)


@optax
def exponential_decay(
    given: Given, init_value: Rate, transition_steps: Count, decay_rate: Rate,
    transition_begin: Count = 0, staircase: Switch = False, end_value: Rate | None = None,
) -> Spec:  # fmt: skip
    if transition_steps == 0 or decay_rate == 0:
        return constant(init_value)
    spec = {
        "kind": "exponential", "base_lr": init_value, "factor": decay_rate,
        "every": transition_steps, "staircase": staircase,
    }  # fmt: skip
    spec = delayed(spec, init_value, transition_begin)
    if end_value is None:
        return spec
    if decay_rate < 1:
        return {"kind": "clamp", "inner": spec, "min_lr": end_value, "max_lr": None}
    return {"kind": "clamp", "inner": spec, "min_lr": 0.0, "max_lr": end_value}


@optax
def cosine_decay_schedule(
    given: Given, init_value: Rate, decay_steps: Length, alpha: Rate = 0.0,
    exponent: Length = 1.0,
) -> Spec:  # fmt: skip
    return cosine(init_value, alpha * init_value, decay_steps, exponent)


@optax
def warmup_constant_schedule(
    given: Given, init_value: Rate, peak_value: Rate, warmup_steps: Count
) -> Spec:
    if warmup_steps == 0:
        return constant(init_value)
    return warm(constant(peak_value), warmup_steps, init_value)


@optax
def warmup_cosine_decay_schedule(
    given: Given, init_value: Rate, peak_value: Rate, warmup_steps: Count, decay_steps: Count,
    end_value: Rate = 0.0, exponent: Length = 1.0,
) -> Spec:  # fmt: skip
    names = ("decay_steps", "warmup_steps")
    left = after_warmup("warmup_cosine_decay_schedule", decay_steps, warmup_steps, names)
    return warm(cosine(peak_value, end_value, left, exponent), warmup_steps, init_value)


@optax
def warmup_exponential_decay_schedule(
    given: Given, init_value: Rate, peak_value: Rate, warmup_steps: Count,
    transition_steps: Count, decay_rate: Rate, transition_begin: Count = 0,
    staircase: Switch = False, end_value: Rate | None = None,
) -> Spec:  # fmt: skip
    fall = exponential_decay(
        given, peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value
    )
    return warm(fall, warmup_steps, init_value, peak_value)


def _through(scales: dict[int, float] | None, first: float, interpolation: str) -> Spec:
    at = sorted((scales or {}).items())
    rates = list(accumulate([first, *(scale for _, scale in at)], mul))
    return points([0, *(step for step, _ in at)], rates, interpolation)


@optax
def piecewise_constant_schedule(
    given: Given, init_value: Rate, boundaries_and_scales: Scales | None = None
) -> Spec:
    return _through(boundaries_and_scales, init_value, "constant")


@optax
def piecewise_interpolate_schedule(
    given: Given, interpolate_type: Text, init_value: Rate,
    boundaries_and_scales: Scales | None = None,
) -> Spec:  # fmt: skip
    name = "piecewise_interpolate_schedule"
    shape = one_of(name, "interpolate_type", interpolate_type, ("linear", "cosine"))
    return _through(boundaries_and_scales, init_value, shape)


@optax
def cosine_onecycle_schedule(
    given: Given, transition_steps: Whole, peak_value: Rate, pct_start: Rate = 0.3,
    div_factor: Length = 25.0, final_div_factor: Length = 1e4,
) -> Spec:  # fmt: skip
    top = int(pct_start * transition_steps)
    if 0 < top < transition_steps:
        return {
            "kind": "one_cycle", "max_lr": peak_value, "length": transition_steps,
            "pct_start": top / transition_steps, "div_factor": div_factor,
            "final_div_factor": final_div_factor,
        }  # fmt: skip
    scales = {top: div_factor, transition_steps: 1 / (div_factor * final_div_factor)}
    return _through(scales, peak_value / div_factor, "cosine")


@optax
def linear_onecycle_schedule(
    given: Given, transition_steps: Whole, peak_value: Rate, pct_start: Rate = 0.3,
    pct_final: Rate = 0.85, div_factor: Length = 25.0, final_div_factor: Length = 1e4,
) -> Spec:  # fmt: skip
    scales = {
        int(pct_start * transition_steps): div_factor,
        int(pct_final * transition_steps): 1 / div_factor,
        transition_steps: 1 / final_div_factor,
    }
    return _through(scales, peak_value / div_factor, "linear")


@optax
def sgdr_schedule(given: Given, cosine_kwargs: Settings) -> Spec:
    entry = Entry("optax", "step", warmup_cosine_decay_schedule)
    calls = [Call("sgdr_schedule", [], each, "") for each in cosine_kwargs]
    cycles = [bound(call, entry) for call in calls]
    ends = list(accumulate(cycle["decay_steps"] for cycle in cycles))
    specs = [warmup_cosine_decay_schedule(given, **cycle) for cycle in cycles]
    return joined(specs, ends[:-1]) if len(specs) > 1 else specs[0]


@optax
def join_schedules(given: Given, schedules: Several, boundaries: Counts) -> Spec:
    check_boundaries("join_schedules", "boundaries", boundaries, len(schedules))
    return joined([each.spec for each in schedules], boundaries)
