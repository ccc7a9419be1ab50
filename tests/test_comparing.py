"""Means, intervals and paired differences, against a published table of Student's t."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.comparing import paired, summary, t_quantile, without_seed
from lrlab.experiment import Experiment

# NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, two-sided 95 and 99 %.
TABLE = {1: (12.706, 63.657), 2: (4.303, 9.925), 4: (2.776, 4.604), 9: (2.262, 3.250),
         30: (2.042, 2.750), 100: (1.984, 2.626)}  # fmt: skip
VALUES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)


@pytest.mark.parametrize("freedom", TABLE)
def test_the_quantile_is_that_of_the_table(freedom):
    assert t_quantile(freedom) == pytest.approx(TABLE[freedom][0], abs=5e-4)
    assert t_quantile(freedom, 0.99) == pytest.approx(TABLE[freedom][1], abs=5e-4)


def test_an_interval_by_hand():
    found = summary([0.88, 0.90, 0.92])
    assert (found.n, found.mean, found.sd) == (3, pytest.approx(0.90), pytest.approx(0.02))
    assert found.low == pytest.approx(0.90 - 4.302653 * 0.02 / 3**0.5, abs=1e-6)
    assert found.high == pytest.approx(0.90 + 4.302653 * 0.02 / 3**0.5, abs=1e-6)


def test_one_value_tells_nothing_of_chance():
    found = summary([0.5])
    assert (found.n, found.mean, found.sd, found.low, found.high) == (1, 0.5, None, None, None)
    assert not found.beyond_noise


def test_what_is_not_finite_is_left_out_and_nothing_cannot_be_summarised():
    assert summary([nan, 1.0, inf, 3.0]).mean == 2.0
    with pytest.raises(ValueError, match="no finite value"):
        summary([nan])


@given(VALUES, st.floats(-100, 100), st.floats(0.1, 10))
def test_intervals_move_and_stretch_with_their_values(values, shift, stretch):
    found, moved = summary(values), summary([value * stretch + shift for value in values])
    assert found.low is not None
    assert found.high is not None
    assert moved.low == pytest.approx(found.low * stretch + shift, rel=1e-6, abs=1e-6)
    assert found.low <= found.mean <= found.high


def test_differences_are_paired_by_seed():
    ours, theirs = {0: 0.9, 1: 0.8, 2: 0.7}, {1: 0.7, 2: 0.6, 3: 0.1}
    found = paired(ours, theirs)
    assert found is not None
    assert (found.n, found.mean) == (2, pytest.approx(0.1))
    assert paired({0: 1.0}, {1: 1.0}) is None


def test_a_steady_difference_is_beyond_the_noise_of_the_figures():
    ours = {seed: 0.8 + 0.02 * seed for seed in range(5)}
    steady = {seed: value - 0.01 - 0.001 * (seed % 2) for seed, value in ours.items()}
    assert paired(ours, steady).beyond_noise
    unsteady = {seed: value - 0.01 * (-1) ** seed for seed, value in ours.items()}
    assert not paired(ours, unsteady).beyond_noise


def test_runs_that_may_be_averaged_differ_in_the_seed_alone():
    one = {"schedule": {"kind": "cosine"}}
    key = without_seed(Experiment.parse(one))
    assert without_seed(Experiment.parse(one | {"seed": 3})) == key
    assert without_seed(Experiment.parse(one | {"epochs": 3})) != key
