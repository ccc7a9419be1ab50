"""The rates of a training as it goes: decided by evaluations and by hand, kept in checkpoints."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lrlab import Experiment, Schedule
from lrlab.errors import InvalidInput
from lrlab.records import Evaluation
from lrlab.schedules import replay
from lrlab.training.rates import Rates

STEPS = 6  # updates of an epoch
LOSSES = [1.0, 0.9, 0.9, 0.95, 0.4, 0.4, 0.4]
RUN = {"epochs": len(LOSSES), "train_examples": 48, "batch_size": 8}
PLATEAU = {"kind": "plateau", "base_lr": 0.1, "factor": 0.5, "patience": 0}
CLOCKS = ["epoch", "step", "progress"]


def experiment(schedule: dict[str, Any], **fields: Any) -> Experiment:
    return Experiment.parse({"schedule": schedule, **RUN, **fields})


def warmed(clock: str) -> dict[str, Any]:
    inner = {"kind": "clamp", "min_lr": 0.02, "inner": PLATEAU}
    return {"kind": "warmup", "length": STEPS if clock == "step" else 1, "inner": inner}


def evaluation(epoch: int) -> Evaluation:
    return Evaluation(epoch, LOSSES[epoch - 1], 0.5, 1.0, 0.5, epoch * STEPS)


def applied(run: Experiment, rates: Rates, begin: int = 0, end: int | None = None) -> list[float]:
    """Return the rate of each update from `begin` on, epochs evaluated as they end."""
    found = []
    for update in range(begin, run.updates if end is None else end):
        found.append(rates[update])
        if (update + 1) % STEPS == 0:
            rates.observe(evaluation((update + 1) // STEPS))
    return found


def resumed(run: Experiment, rates: Rates, update: int) -> Rates:
    fresh = Rates(run)
    fresh.restore(json.loads(json.dumps(rates.dump(update))), update)
    return fresh


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("wrapped", [False, True])
def test_the_applied_rates_are_those_of_the_replayed_evaluations(
    clock: str, lag: int, wrapped: bool
) -> None:
    run = experiment(warmed(clock) if wrapped else PLATEAU, clock=clock, lag=lag)
    decided = replay(run.schedule, LOSSES, clock=clock, steps_per_epoch=STEPS)
    expected = run.model_copy(update={"schedule": decided}).rates().tolist()
    assert applied(run, Rates(run)) == expected
    assert len(set(expected)) >= 3, "hardly anything was decided"


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("lag", [0, 1])
def test_killed_at_any_update_and_resumed_they_are_the_same(clock: str, lag: int) -> None:
    run = experiment(warmed(clock), clock=clock, lag=lag)
    expected = applied(run, Rates(run))
    for stop in range(run.updates + 1):
        rates = Rates(run)
        first = applied(run, rates, end=stop)
        again = resumed(run, rates, stop)
        assert again[max(stop, 1) - 1] == rates[max(stop, 1) - 1]
        assert first + applied(run, again, begin=stop) == expected


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("update", [STEPS - 1, STEPS, STEPS + 2])
def test_a_hand_changes_the_rate_at_the_very_next_update(clock: str, lag: int, update: int) -> None:
    scaled = {"kind": "scale", "factor": 0.5, "inner": {"kind": "manual"}}
    run = experiment(scaled, clock=clock, lag=lag, initial_lr=0.7 if lag else None)
    rates = Rates(run)
    plan = [rates[each] for each in range(run.updates)]
    rates.steer(0.02, update)
    # In the first epoch of a late loop on the epoch clock, no schedule is asked yet.
    begin = STEPS if lag and clock == "epoch" else update
    changed = max(begin, update)
    expected = plan[:changed] + [0.01] * (run.updates - changed)
    assert applied(run, rates) == expected
    again = resumed(run, rates, update)
    assert applied(run, again, begin=update) == expected[update:]
    assert again[update - 1] == plan[update - 1]


@pytest.mark.parametrize("clock", ["step", "progress"])
def test_what_a_hand_did_is_replayed_by_the_dumped_schedule(clock: str) -> None:
    run = experiment({"kind": "manual"}, clock=clock)
    rates = Rates(run)
    rates.steer(0.02, 3)
    rates.steer(0.1, STEPS + 1)
    dumped = rates.dump(STEPS + 1)
    times, values = [0.0, *dumped["times"]], [0.3, *dumped["rates"]]
    spec = {"kind": "piecewise", "times": times, "rates": values, "interpolation": "constant"}
    again = run.model_copy(update={"schedule": Schedule.parse(spec)})
    np.testing.assert_array_equal(again.rates(), applied(run, rates))


def test_a_rate_that_cannot_be_used_changes_nothing() -> None:
    cooled = {"kind": "cooldown", "start": 1, "length": 2, "shape": "exponential",
              "final_lr": 0.01, "inner": {"kind": "manual"}}  # fmt: skip
    run = experiment(cooled, clock="progress")
    rates = Rates(run)
    for lr in (-1.0, float("nan"), 0.0):  # from 0 there is no exponential way to 0.01
        with pytest.raises(InvalidInput):
            rates.steer(lr, 2)
    assert applied(run, rates) == run.rates().tolist()
    with pytest.raises(InvalidInput, match="allowed is a rate only with manual"):
        Rates(experiment(PLATEAU)).steer(0.1, 2)
