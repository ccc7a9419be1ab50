"""Clocks, lag and the run's length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab import Experiment, Schedule
from lrlab.schedules import ticks
from tests.schedules.strategies import specs

LINE = {"kind": "polynomial", "base_lr": 1.0, "final_lr": 0.0}


@pytest.mark.parametrize(("clock", "count", "T"), [("epoch", 4, 4), ("step", 20, 20),
                                                    ("progress", 20, 4)])  # fmt: skip
def test_each_clock_has_its_ticks_and_length(clock: str, count: int, T: float) -> None:
    times, length = ticks(clock, 4, 5)
    assert (len(times), length) == (count, T)
    assert times[1] == {"epoch": 1, "step": 1, "progress": 0.2}[clock]


def test_a_length_left_out_is_the_runs() -> None:
    for clock, last in [("epoch", 0.25), ("step", 0.05), ("progress", 0.05)]:
        rates = Schedule.parse(LINE).rates(epochs=4, steps_per_epoch=5, clock=clock)
        assert rates[-1] == pytest.approx(last)


def test_clock_epoch_holds_the_rate_through_an_epoch() -> None:
    rates = Experiment.parse({"schedule": LINE, "epochs": 3, "batch_size": 20_000}).rates()
    assert rates.tolist() == pytest.approx([1, 1, 1, 2 / 3, 2 / 3, 2 / 3, 1 / 3, 1 / 3, 1 / 3])


@settings(max_examples=100, deadline=None)
@given(specs(1), st.sampled_from(["epoch", "step", "progress"]), st.floats(0, 5))
def test_lag_shifts_every_rate_by_one_tick(spec: dict, clock: str, first: float) -> None:
    schedule = Schedule.parse(spec)
    run = {"epochs": 6, "steps_per_epoch": 4, "clock": clock}
    late = schedule.rates(**run, lag=1, initial_lr=first)
    assert late[0] == first
    assert np.array_equal(late[1:], schedule.rates(**run)[:-1])


@settings(max_examples=100, deadline=None)
@given(specs(2))
def test_every_schedule_is_defined_past_its_end(spec: dict) -> None:
    rates = Schedule.parse(spec).at(np.linspace(0, 300, 601), 30)
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()


@settings(max_examples=100, deadline=None)
@given(specs(2))
def test_one_value_asked_alone_is_the_value_in_the_curve(spec: dict) -> None:
    schedule = Schedule.parse(spec)
    curve = schedule.rates(epochs=12)
    alone = [float(schedule.at(t, 12.0)) for t in range(12)]
    np.testing.assert_allclose(alone, curve, rtol=1e-13)


@settings(max_examples=100, deadline=None)
@given(specs(2))
def test_a_schedule_survives_its_json(spec: dict) -> None:
    schedule = Schedule.parse(spec)
    again = Schedule.parse(schedule.spec())
    assert again == schedule
    assert hash(again) == hash(schedule)


@settings(max_examples=50, deadline=None)
@given(specs(2))
def test_canonical_json_is_an_experiments_identity(spec: dict) -> None:
    one = Experiment.parse({"schedule": spec})
    other = Experiment.parse(one.canonical())
    assert (one.canonical(), one.identity) == (other.canonical(), other.identity)
    assert one.identity != Experiment.parse({"schedule": spec, "seed": 1}).identity


def test_sixteen_nested_warmups_are_still_quick() -> None:
    spec: dict = {"kind": "cosine", "length": 10}
    for _ in range(15):
        spec = {"kind": "warmup", "length": 1, "inner": spec}
    rates = Schedule.parse(spec).rates(epochs=30)
    # Warmup by warmup: 0 at the first tick of each, since that is the inner one's start.
    assert rates[:15].tolist() == [0.0] * 15
    assert rates[15] == pytest.approx(0.3)
