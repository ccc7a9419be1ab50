"""Sweeps and the entries of a race."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.racing import Axis, Sweep, differing, entries, parameters, varied

WARM = Experiment.parse(
    {"kind": "warmup", "length": 5, "inner": {"kind": "cosine", "base_lr": 0.3, "length": 15}}
)
RATE, LENGTH = "inner.base_lr", "length"


def test_the_numbers_of_a_nested_schedule_have_paths():
    found = parameters(WARM)
    assert found[RATE] == 0.3
    assert found[LENGTH] == 5
    assert "mode" not in found
    assert "shift" not in found


def test_a_grid_is_every_combination_from_every_seed():
    sweep = Sweep(WARM, (Axis(RATE, 0.01, 1, 3, "log"), Axis(LENGTH, 0, 10, 2)), seeds=2)
    experiments = sweep.experiments()
    assert len(experiments) == 12
    found = differing(sweep.entries())
    assert found[RATE] == [0.01, 0.01, 0.1, 0.1, 1, 1]
    assert found[LENGTH] == [0, 10, 0, 10, 0, 10]
    assert [len(places) for places in entries(experiments).values()] == [2] * 6
    assert [one.seed for one in experiments[:2]] == [0, 1]


@given(st.integers(2, 20), st.integers(0, 100))
def test_a_latin_square_takes_each_value_of_an_axis_once(count, drawn_by):
    axes = (Axis(RATE, 0.01, 1, count, "log"), Axis(LENGTH, 0, 10, count))
    found = differing(Sweep(WARM, axes, 1, "latin", drawn_by).entries())
    assert sorted(found[RATE]) == axes[0].values()
    assert sorted(found[LENGTH]) == axes[1].values()


@given(st.floats(1e-5, 1), st.floats(1.1, 1e4), st.integers(2, 30))
def test_values_with_equal_factors_rise_from_end_to_end(low, factor, count):
    values = Axis("x", low, low * factor, count, "log").values()
    assert values[0] == pytest.approx(low, rel=1e-3)
    assert values[-1] == pytest.approx(low * factor, rel=1e-3)
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"axes": (Axis("bogus", 0, 1, 2),)}, "parameter is 'bogus'; allowed is one of"),
        ({"axes": (Axis("inner.inner.x", 0, 1, 2),)}, "parameter is 'inner.inner.x'"),
        ({"axes": (Axis("mode.x", 0, 1, 2),)}, "parameter is 'mode.x'"),
        ({"axes": (Axis(RATE, -1, 1, 2),)}, "base_lr is -1"),
        ({"seeds": 0}, "seeds is 0; allowed are 1 to 64"),
        ({"axes": (Axis(RATE, 0.1, 1, 33),), "seeds": 2}, "33 schedules of 2 seeds; allowed are"),
    ],
    ids=["unknown", "too deep", "no schedule", "out of range", "no seed", "too many"],
)
def test_a_sweep_that_cannot_be_is_refused_in_one_sentence(change, words):
    fields = {"axes": (Axis(RATE, 0.1, 1, 2),), "seeds": 1} | change
    with pytest.raises(InvalidInput, match=words):
        Sweep(WARM, **fields).entries()


@pytest.mark.parametrize(
    ("low", "high", "count", "spacing", "words"),
    [
        (1, 0.1, 3, "linear", "goes from 1 to 0.1; allowed is upwards"),
        (0, 1, 3, "log", "starts at 0; allowed with equal factors"),
        (0, 1, 0, "linear", "count is 0; allowed are 1 to 64"),
    ],
)
def test_a_range_without_values_is_refused(low, high, count, spacing, words):
    with pytest.raises(InvalidInput, match=words):
        Axis("length", low, high, count, spacing)


def test_whole_numbers_stay_whole():
    waves = Experiment.parse({"kind": "cosine_waves", "cycles": 2})
    assert varied(waves, {"cycles": 3.0}).schedule.spec()["cycles"] == 3


def test_schedules_of_different_kinds_differ_in_no_number():
    assert differing([WARM, Experiment.parse({"kind": "cosine"})]) == {}
