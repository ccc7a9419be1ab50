"""Exported PyTorch code is run as a reader would run it, and gives the previewed rates."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab import Schedule
from lrlab.schedules.export import export
from tests.schedules.strategies import specs


def run(code: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(code, "exported.py", "exec"), namespace)  # noqa: S102 - the user's own act
    return namespace


@settings(max_examples=200, deadline=None)
@given(specs(2))
def test_lr_at_gives_the_schedules_rates(spec: dict) -> None:
    schedule = Schedule.parse(spec)
    lr_at = run(export(schedule, "torch", epochs=30))["lr_at"]
    times = np.linspace(0, 40, 81)
    rates = [lr_at(float(t)) for t in times]
    np.testing.assert_allclose(rates, schedule.at(times, 30.0), rtol=1e-9, atol=1e-15)


@settings(max_examples=60, deadline=None)
@given(specs(1), st.sampled_from(["epoch", "step", "progress"]), st.sampled_from([0, 1]))
def test_make_scheduler_steps_an_optimizer_through_the_rates(
    spec: dict, clock: str, lag: int
) -> None:
    schedule = Schedule.parse(spec)
    run_settings = {"epochs": 5, "steps_per_epoch": 3, "clock": clock, "lag": lag}
    code = export(schedule, "torch", **run_settings)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.7)
    scheduler = run(code)["make_scheduler"](optimizer)
    expected = schedule.rates(**run_settings)
    applied = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in expected:
            applied.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    np.testing.assert_allclose(applied, expected, rtol=1e-9, atol=1e-15)
