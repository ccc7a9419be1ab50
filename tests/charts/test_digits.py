"""Figures as text; the browser writes the same."""

from __future__ import annotations

import math

from lrlab.charts import digits


def test_every_figure_that_is_missing_is_a_dash():
    for text in (digits.loss, digits.accuracy, digits.rate, digits.duration, digits.throughput):
        assert text(None) == "–"
    assert digits.moment(None) == "–"


def test_a_loss_that_is_not_finite_is_named():
    assert digits.loss(math.nan) == "NaN"
    assert digits.loss(math.inf) == "∞"


def test_a_duration_never_shows_sixty_of_a_unit():
    assert digits.duration(59.94) == "59.9 s"
    assert digits.duration(59.96) == "1 min 0 s"
    assert digits.duration(119.7) == "2 min 0 s"
    assert digits.duration(3599.6) == "1 h 0 min"
