"""A schedule's figures against plain sums, and its infinite sums against partial ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from lrlab import Schedule
from lrlab.errors import InvalidInput
from lrlab.schedules.summary import summarize
from lrlab.schedules.tail import CONVERGES, DIVERGES, UNKNOWN, tail
from tests.schedules.strategies import specs


def verdict(spec: dict[str, Any]) -> tuple[str, str]:
    found = tail(Schedule.parse(spec), 30.0)
    assert found.reason.endswith(".")
    return found.sum, found.sum_of_squares


def power(p: float) -> dict[str, Any]:
    return {"kind": "inverse_power", "power": p}


def test_the_figures_of_a_line_on_the_epoch_clock() -> None:
    line = Schedule.parse({"kind": "polynomial", "base_lr": 1, "final_lr": 0})
    found = summarize(line, epochs=4, steps_per_epoch=10)
    assert (found.first, found.peak, found.final) == (1, 1, 0.25)
    assert found.sum == pytest.approx(10 * (1 + 0.75 + 0.5 + 0.25))
    assert found.sum_of_squares == pytest.approx(10 * (1 + 0.5625 + 0.25 + 0.0625))
    assert found.mean == pytest.approx(found.sum / 40)
    assert (found.above_half, found.above_half_epochs) == (0.5, 2)
    assert found.final_over_peak == 0.25


@pytest.mark.parametrize("clock", ["epoch", "step", "progress"])
def test_sums_are_over_updates_on_every_clock(clock: str) -> None:
    cosine = Schedule.parse({"kind": "cosine", "length": None})
    run = {"epochs": 5, "steps_per_epoch": 40, "clock": clock}
    rates = cosine.rates(**run)
    updates = np.repeat(rates, 40) if clock == "epoch" else rates
    found = summarize(cosine, **run)
    assert found.sum == pytest.approx(updates.sum())
    assert found.sum_of_squares == pytest.approx((updates**2).sum())


def test_a_rate_of_zero_has_no_part_of_its_peak() -> None:
    found = summarize(Schedule.parse({"kind": "constant", "base_lr": 0}))
    assert (found.peak, found.above_half, found.final_over_peak) == (0, 0, None)


def test_a_sum_too_large_for_a_number_is_null_in_json() -> None:
    huge = summarize(Schedule.parse({"kind": "formula", "expression": "1e300"})).as_json()
    assert (huge["sum_of_squares"], huge["mean"]) == (None, pytest.approx(1e300))


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0, (DIVERGES, DIVERGES)),
        (0.5, (DIVERGES, DIVERGES)),
        (0.51, (DIVERGES, CONVERGES)),
        (1.0, (DIVERGES, CONVERGES)),
        (1.01, (CONVERGES, CONVERGES)),
    ],
)
def test_inverse_powers_follow_the_p_series(p: float, expected: tuple[str, str]) -> None:
    assert verdict(power(p)) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"kind": "constant"}, (DIVERGES, DIVERGES)),
        ({"kind": "constant", "base_lr": 0}, (CONVERGES, CONVERGES)),
        ({"kind": "cosine", "final_lr": 0.01}, (DIVERGES, DIVERGES)),
        ({"kind": "cosine", "final_lr": 0}, (CONVERGES, CONVERGES)),
        ({"kind": "polynomial", "power": 0}, (DIVERGES, DIVERGES)),
        ({"kind": "exponential", "factor": 0.9}, (CONVERGES, CONVERGES)),
        ({"kind": "exponential", "factor": 0.9, "min_lr": 0.01}, (DIVERGES, DIVERGES)),
        ({"kind": "exponential", "factor": 1.01}, (DIVERGES, DIVERGES)),
        ({"kind": "multistep", "factor": 0}, (CONVERGES, CONVERGES)),
        ({"kind": "noam"}, (DIVERGES, DIVERGES)),
        ({"kind": "cyclic", "mode": "triangular2", "min_lr": 0}, (CONVERGES, CONVERGES)),
        ({"kind": "cosine_restarts", "peak_factor": 0.9}, (CONVERGES, CONVERGES)),
        ({"kind": "cosine_restarts", "peak_factor": 0.7, "period_factor": 2},
         (DIVERGES, CONVERGES)),
        ({"kind": "cosine_restarts", "peak_factor": 0.8, "period_factor": 2},
         (DIVERGES, DIVERGES)),
        ({"kind": "repeat", "inner": {"kind": "constant", "base_lr": 0}}, (CONVERGES, CONVERGES)),
        ({"kind": "warmup", "inner": power(0.6)}, (DIVERGES, CONVERGES)),
        ({"kind": "clamp", "min_lr": 0.001, "inner": power(2)}, (DIVERGES, DIVERGES)),
        ({"kind": "scale", "factor": 0}, (CONVERGES, CONVERGES)),
        ({"kind": "product", "factors": [power(0.3), power(0.4)]}, (DIVERGES, CONVERGES)),
        ({"kind": "product", "factors": [{"kind": "cyclic"}, power(1)]}, (UNKNOWN, UNKNOWN)),
        ({"kind": "plateau"}, (UNKNOWN, UNKNOWN)),
        ({"kind": "plateau", "min_lr": 0.001}, (DIVERGES, DIVERGES)),
    ],
)  # fmt: skip
def test_the_sums_of_a_run_without_end(spec: dict[str, Any], expected: tuple[str, str]) -> None:
    assert verdict(spec) == expected


def partial(schedule: Schedule, end: float) -> float:
    """Return the sum of the rates to `end`, ever coarser: a lower bound needs no more."""
    times = np.unique(np.concatenate([np.arange(2000.0), np.geomspace(2000, end, 4000).round()]))
    return float(np.trapezoid(schedule.at(times, 30.0), times))


@settings(max_examples=150, deadline=None)
@given(specs(2))
def test_a_sum_said_to_converge_hardly_grows_far_beyond_the_run(spec: dict[str, Any]) -> None:
    schedule = Schedule.parse(spec)
    try:
        found = tail(schedule, 30.0)
        peak = float(schedule.at(np.arange(4000.0), 30.0).max())
        there, further = partial(schedule, 1e7), partial(schedule, 1e9)
    except InvalidInput:
        return  # a rate that grows out of all bounds is refused
    if found.sum == CONVERGES and found.power == np.inf:
        assert further - there <= 1e-3 * (peak * 2000)
