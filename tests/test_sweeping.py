"""A range test as an experiment, and its records read as a curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Measure, Point
from lrlab.sweeping import curve, swept

SMALL = {"train_examples": 1000, "batch_size": 100}  # ten updates an epoch


def experiment(**fields: Any) -> Experiment:
    return Experiment.parse({"schedule": {"kind": "cosine"}, **SMALL, **fields})


@pytest.mark.parametrize(("updates", "epochs"), [(2, 1), (10, 1), (11, 2), (25, 3)])
def test_the_rate_rises_by_one_factor_over_as_few_epochs_as_hold_it(
    updates: int, epochs: int
) -> None:
    test = swept(experiment(), start_lr=1e-4, end_lr=1.0, updates=updates)
    assert test.epochs == epochs
    assert test.rates()[:updates] == pytest.approx(np.geomspace(1e-4, 1, updates))


def test_it_begins_after_the_updates_that_are_done() -> None:
    test = swept(experiment(), start_lr=1e-4, end_lr=1.0, updates=12, after=17)
    assert test.epochs == 3
    assert test.rates()[17:29] == pytest.approx(np.geomspace(1e-4, 1, 12))


def test_all_that_the_test_does_not_decide_is_the_experiments() -> None:
    own = {"seed": 7, "model": "mlp", "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}
    rest = {"lag": 1, "initial_lr": 0.5, "averages": ["ema"], "ema_decay": 0.9, "epochs": 90}
    test = swept(experiment(**own, **rest, instruments=["sharpness"]))
    plain = swept(experiment(**own))
    assert {name: getattr(test, name) for name in own} == own
    assert test == plain
    assert test.range_test


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"start_lr": 1.0, "end_lr": 1.0}, "start_lr is 1.0; allowed is a number above 0 and be"),
        ({"start_lr": 0.0}, "start_lr is 0.0; allowed is a number above 0 and below 10."),
        ({"start_lr": math.nan}, "start_lr is nan; allowed"),
        ({"end_lr": math.nan}, "end_lr is nan; allowed is a number above 0 to 1e+06."),
        ({"end_lr": math.inf}, "end_lr is inf; allowed"),
        ({"updates": 0}, "updates is 0; allowed is a whole number from 2 to 10000."),
        ({"updates": 10_001}, "updates is 10001; allowed is a whole number from 2 to 10000."),
        ({"updates": 9_000, "after": 2_000}, "allowed is a whole number from 2 to 8000."),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        swept(experiment(), **fields)
    assert sentence in str(refusal.value)


def test_a_curve_is_read_from_points_and_measures_in_whatever_order_they_come() -> None:
    points = [Point(update, 0.1, update / 10, 2.0, 0.5) for update in (1, 2)]
    losses = [Measure(2, 0.1, "batch_loss", 2.2), Measure(1, 0.1, "batch_loss", 2.3)]
    other = [Measure(1, 0.1, "smoothed_loss", 2.4), Measure(1, 0.1, "gradient_norm", 9.0)]
    found = curve([*losses, *points, *other])
    assert found.rates == [0.1, 0.2]
    assert found.losses == [2.3, 2.2]
    assert found.smoothed[0] == 2.4
    assert math.isnan(found.smoothed[1])
