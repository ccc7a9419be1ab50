"""The chapter's schedulers, from their formulas, against the presets and their variants."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrlab import Experiment, Schedule
from lrlab.schedules.presets import PRESETS

BY_NAME = {preset["name"]: Experiment.parse(preset["experiment"]) for preset in PRESETS}


def cosine(t: float, *, max_update: float, base_lr: float, final_lr: float, warmup: float) -> float:
    """The book's CosineScheduler: warmup counted inside max_update, then flat."""
    if t < warmup:
        return base_lr * t / warmup
    part = min((t - warmup) / (max_update - warmup), 1.0)
    return final_lr + (base_lr - final_lr) * (1 + math.cos(math.pi * part)) / 2


def expected(name: str, t: int) -> float:
    settings = {"max_update": 20, "base_lr": 0.3, "final_lr": 0.01}
    return {
        "constant": lambda: 0.3,
        "by-hand": lambda: 0.1,
        "square-root": lambda: 0.1 * (t + 1.0) ** -0.5,
        "factor": lambda: max(0.01, 2.0 * 0.9**t),
        "multi-factor": lambda: 0.5 if t < 15 else 0.25,
        "cosine": lambda: cosine(t, warmup=0, **settings),
        "cosine-warmup": lambda: cosine(t, warmup=5, **settings),
    }[name]()


@pytest.mark.parametrize("name", BY_NAME)
def test_preset_runs_as_printed_in_the_book(name: str) -> None:
    experiment = BY_NAME[name]
    rates = experiment.rates()[:: experiment.steps_per_epoch]
    wanted = [expected(name, epoch) for epoch in range(experiment.epochs)]
    np.testing.assert_allclose(rates, wanted, rtol=1e-12, atol=1e-15)


def test_every_scheduler_of_the_book_has_a_preset() -> None:
    assert len(BY_NAME) == 7
    assert {e.epochs for e in BY_NAME.values()} == {30, 50}


def test_lag_gives_the_pytorch_tabs_square_root() -> None:
    rates = BY_NAME["square-root"].schedule.rates(lag=1, initial_lr=0.1)
    assert rates[:3] == pytest.approx([0.1, 0.1, 0.1 / math.sqrt(2)], rel=1e-12)


def test_lag_gives_the_pytorch_tabs_epoch_at_rate_zero() -> None:
    rates = BY_NAME["cosine-warmup"].schedule.rates(lag=1, initial_lr=0.3)
    assert rates[:4] == pytest.approx([0.3, 0.0, 0.06, 0.12], abs=1e-15)


def test_clock_step_gives_the_mxnet_tabs_cosine() -> None:
    rates = BY_NAME["cosine"].schedule.rates(clock="step")
    assert len(rates) == 30 * 235
    assert rates[19] > 0.01
    assert rates[20:] == pytest.approx(0.01, rel=1e-12)


def test_mxnet_square_root_ends_at_0_0012() -> None:
    rates = BY_NAME["square-root"].schedule.rates(clock="step")
    assert rates[-1] == pytest.approx(0.0012, abs=5e-5)


def test_a_long_tail_is_flat_not_a_rebound() -> None:
    schedule = Schedule.parse({"kind": "cosine", "length": 20})
    assert (schedule.at([20, 21, 40, 1e6], 30) == 0.01).all()
