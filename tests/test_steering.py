"""The rates of a run as it goes: decided by evaluations and by hand, and worked out again."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab import Experiment, Schedule
from lrlab.errors import InvalidInput
from lrlab.records import Evaluation
from lrlab.schedules import replay
from lrlab.schedules.parameters import MAX_RATE
from lrlab.steering import Intervention, Rates, applied_rates, as_piecewise

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


COSINE = {"kind": "cosine", "base_lr": 0.3, "final_lr": 0.0, "length": 20}  # then it is 0
SCHEDULES: list[dict[str, Any]] = [
    PLATEAU,
    {"kind": "greedy", "base_lr": 0.1, "patience": 0},
    {"kind": "warmup", "length": 2, "inner": COSINE},
    {"kind": "warmup", "length": 1, "inner": PLATEAU},
    {"kind": "scale", "factor": 0.5, "inner": {"kind": "manual"}},
]
runs = st.builds(
    lambda schedule, clock, lag: experiment(schedule, clock=clock, lag=lag),
    st.sampled_from(SCHEDULES),
    st.sampled_from(CLOCKS),
    st.sampled_from([0, 1]),
)
hands = st.lists(
    st.builds(
        Intervention,
        st.integers(0, len(LOSSES) * STEPS),
        st.sampled_from(["set-lr", "set-lr", "hand-back", "hand-back-scaled"]),
        st.floats(0, 1),
    ),
    max_size=6,
).map(lambda made: sorted(made, key=lambda each: each.update))


def played(
    run: Experiment, rates: Rates, hand: list[Intervention], begin: int, end: int
) -> tuple[list[float], list[Intervention]]:
    """Return the applied rates, as `applied`, and what of the hand's wishes was not refused."""
    found, done = [], []
    for update in range(begin, end):
        for each in (each for each in hand if each.update == update):
            with suppress(InvalidInput):
                rates.intervene(each)
                done.append(each)
        found += applied(run, rates, update, update + 1)
    return found, done


@settings(max_examples=60, deadline=None)
@given(runs, hands, st.integers(0, len(LOSSES) * STEPS))
def test_what_a_hand_did_is_worked_out_again_resumed_and_put_into_steps(run, hand, stop) -> None:
    expected, done = played(run, Rates(run), hand, 0, run.updates)
    found = applied_rates(run, done, [evaluation(epoch) for epoch in range(1, run.epochs + 1)])
    assert found.tolist() == expected
    assert as_piecewise(run, found).rates().tolist() == expected
    killed = Rates(run)
    before, _ = played(run, killed, hand, 0, stop)
    after, _ = played(run, resumed(run, killed, stop), hand, stop, run.updates)
    assert before + after == expected


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_rate_is_held_until_it_is_handed_back(clock: str) -> None:
    run = experiment(COSINE, clock=clock)
    rates, plan = Rates(run), run.rates().tolist()
    rates.steer(0.07, 3)
    assert rates.held == 0.07
    rates.hand_back(11)
    assert rates.held is None
    assert applied(run, rates) == plan[:3] + [0.07] * 8 + plan[11:]


def test_handed_back_in_scale_the_schedule_goes_on_from_the_held_rate() -> None:
    run = experiment(COSINE)
    rates, plan = Rates(run), run.rates()
    rates.steer(0.6, 3)
    rates.hand_back(8, scaled=True)
    scaled = (plan * (0.6 / plan[8])).tolist()
    assert rates[8] == pytest.approx(0.6, rel=1e-15)
    assert rates.between(8, run.updates).tolist() == scaled[8:]
    rates.hand_back(9, scaled=True)
    assert rates.between(8, run.updates).tolist() == scaled[8:], "nothing was held"
    rates.hand_back(15)
    assert rates.between(8, run.updates).tolist() == scaled[8:15] + plan[15:].tolist()
    rates.steer(0.2, 20)
    rates.hand_back(30)
    expected = [*scaled[8:15], *plan[15:20], *[0.2] * 10, *plan[30:]]
    assert applied(run, rates)[8:] == expected


def test_a_schedule_decides_under_the_hand() -> None:
    run = experiment(PLATEAU)
    rates, expected = Rates(run), applied(run, Rates(run))
    rates.steer(0.7, 0)
    assert set(applied(run, rates, end=5 * STEPS)) == {0.7}
    rates.hand_back(5 * STEPS)
    assert applied(run, rates, begin=5 * STEPS) == expected[5 * STEPS :]
    assert expected[5 * STEPS] < 0.1


def test_an_epochs_end_comes_before_a_hand_at_the_same_update() -> None:
    run = experiment(PLATEAU)
    hand = [Intervention(0, "set-lr", 0.7), Intervention(3 * STEPS, "hand-back-scaled")]
    found = applied_rates(run, hand, [evaluation(epoch) for epoch in range(1, 4)])
    # The third epoch's end halves the schedule's rate; what is scaled is that half.
    assert found.tolist() == pytest.approx([0.7] * run.updates, rel=1e-15)


@pytest.mark.parametrize("rate", [0.0, 1e-320])
def test_no_factor_leads_from_a_rate_of_nothing(rate: float) -> None:
    run = experiment({"kind": "constant", "base_lr": rate})
    rates = Rates(run)
    rates.steer(0.1, 2)
    with pytest.raises(InvalidInput, match=r"^scaled is asked for at update 4, where .*; allowed"):
        rates.hand_back(4, scaled=True)
    assert applied(run, rates) == [rate] * 2 + [0.1] * (run.updates - 2)


def test_a_scaled_rate_stays_a_rate() -> None:
    steps = {"kind": "piecewise", "times": [0, 1], "rates": [1e-300, 1.0]}
    rates = Rates(experiment(steps))
    rates.steer(1.0, 0)
    rates.hand_back(0, scaled=True)
    assert rates[STEPS] == MAX_RATE


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_at_the_end_a_hand_changes_nothing(schedule: dict[str, Any]) -> None:
    run = experiment(schedule)
    rates = Rates(run)
    expected = applied(run, rates)
    rates.steer(0.5, run.updates)
    rates.hand_back(run.updates, scaled=True)
    assert rates.between(0, run.updates).tolist() == expected
    assert rates.held is None


def test_steps_are_as_few_as_there_are_rates_one_after_the_other() -> None:
    run = experiment(COSINE, clock="step", lag=1, initial_lr=0.1)
    rates = np.repeat([0.1, 0.1, 0.3, 0.3, 0.3, 0.2, 0.1], STEPS)
    steps = as_piecewise(run, rates)
    assert (steps.clock, steps.lag, steps.initial_lr) == ("epoch", 0, None)
    assert steps.schedule.spec()["times"] == [0, 2, 5, 6]
    rates[-1] = 0.4
    steps = as_piecewise(run, rates)
    assert (steps.clock, steps.schedule.spec()["times"]) == ("step", [0, 12, 30, 36, 41])


def test_rates_that_no_steps_hold_are_refused() -> None:
    whole = {**COSINE, "length": None}
    run = Experiment.parse({"schedule": whole, "clock": "step", "batch_size": 4, "epochs": 1})
    words = "rates have 15000 steps; allowed in a piecewise schedule are 10000."
    with pytest.raises(InvalidInput, match=words):
        as_piecewise(run, run.rates())
    high = {"kind": "scale", "factor": 1000.0, "inner": {"kind": "constant", "base_lr": 1e6}}
    run = experiment(high)
    with pytest.raises(InvalidInput, match=r"rates go up to 1e\+09; allowed .* at most 1e\+06"):
        as_piecewise(run, run.rates())
