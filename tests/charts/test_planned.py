"""The planned rate as a line: exact where it is steps, close where it moves with every update."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.charts import line, thumbnail
from lrlab.charts.planned import MOST

rates = st.floats(1e-6, 10, allow_subnormal=False)


def shown(drawn, epoch: float) -> float:
    """The value that Plotly draws at `epoch`."""
    if drawn.shape == "hv":
        return drawn.y[np.searchsorted(drawn.x, epoch, side="right") - 1]
    return float(np.interp(epoch, drawn.x, drawn.y))


@given(st.lists(rates, min_size=1, max_size=60), st.integers(1, 50))
def test_a_rate_constant_through_an_epoch_is_drawn_exactly(by_epoch, steps):
    drawn = line(np.repeat(by_epoch, steps), steps)
    assert drawn.shape == "hv"
    assert (drawn.x[0], drawn.x[-1]) == (0, len(by_epoch))
    for epoch, rate in enumerate(by_epoch):
        np.testing.assert_allclose(shown(drawn, epoch + 0.5), rate, rtol=1e-6)


@settings(deadline=None)  # thousands of rates an example: a busy machine is slow, not wrong
@given(rates, rates, st.integers(300, 8000), st.integers(1, 235))
def test_a_rate_that_moves_with_every_update_is_drawn_within_a_thousandth(high, low, count, steps):
    u = np.arange(count) / count
    planned = low + (high - low) * (1 + np.cos(np.pi * u)) / 2
    drawn = line(planned, steps)
    assert len(drawn.x) <= MOST + 2
    drawn_at = [shown(drawn, update / steps) for update in range(1, count + 1)]
    np.testing.assert_allclose(drawn_at, planned, atol=1e-3 * abs(high - low) + 1e-6 * high)


@given(st.integers(300, 5000), st.floats(0.1, 0.9))
def test_a_jump_stays_a_step(count, place):
    at = int(count * place)
    planned = np.linspace(0.1, 0.2, count)
    planned[at:] += 1.0
    drawn = line(planned, 1)
    np.testing.assert_allclose(shown(drawn, at), planned[at - 1], rtol=1e-6)
    np.testing.assert_allclose(shown(drawn, at + 1), planned[at], rtol=1e-6)


@given(st.lists(rates, min_size=1, max_size=500))
def test_a_thumbnail_has_few_points_and_both_ends(planned):
    small = thumbnail(np.array(planned))
    assert len(small) <= 60
    np.testing.assert_allclose([small[0], small[-1]], [planned[0], planned[-1]], rtol=1e-6)


def test_the_rates_of_a_branch_stand_where_it_applies_them():
    assert line(np.full(10, 0.1), 5, first=20).x == [4.0, 6.0]
    moving = line(np.linspace(1, 0, 1000), 100, first=200)
    assert (moving.x[0], moving.x[-1]) == (2.01, 12.0)
