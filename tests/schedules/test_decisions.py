"""What an adaptive part decided, inside any tree, is a piecewise schedule that replays the run."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lrlab import Experiment, Schedule
from lrlab.errors import InvalidInput
from lrlab.schedules import Decisions, replay
from lrlab.schedules.decisions import tick
from tests.schedules.strategies import COMBINATORS, one, specs
from tests.schedules.test_adaptive import greedies, plateaus

STEPS = 4  # updates of an epoch
AROUND = [kind for kind in COMBINATORS if Schedule.kinds[kind].one_clock]
metrics = st.lists(st.floats(0, 3) | st.just(float("nan")), max_size=30)


@st.composite
def trees(draw: st.DrawFn, leaves: st.SearchStrategy = plateaus | greedies) -> dict[str, Any]:
    """Draw a spec with one adaptive leaf, under up to three combinators."""
    spec = draw(leaves)
    for _ in range(draw(st.integers(0, 3))):
        around = draw(one(draw(st.sampled_from(AROUND)), specs(1)))
        place = draw(st.integers(0, 3))
        if "inner" in around:
            around["inner"] = spec
        elif "parts" in around:
            around["parts"][place % len(around["parts"])]["schedule"] = spec
        else:
            around["factors"][place % len(around["factors"])] = spec
        spec = around
    return spec


def applied(spec: dict[str, Any], clock: str, values: list[float]) -> tuple[list[float], Decisions]:
    """Return the rate of each tick as a run applies it: asked when the tick has come."""
    epochs, found = len(values) + 1, []
    decisions = Decisions.of(Schedule.parse(spec))
    T = float(epochs * STEPS if clock == "step" else epochs)
    for update in range(epochs * STEPS):
        t = tick(update, clock=clock, steps_per_epoch=STEPS)
        epoch = update // STEPS
        if update % STEPS == 0 and epoch:
            decisions = decisions.observe(t, {decisions.metric or "": values[epoch - 1]})
            decisions = Decisions.of(decisions.tree).restore(
                json.loads(json.dumps(decisions.dump()))
            )
        found.append(float(decisions.schedule().at(t, T)))
    return found, decisions


@settings(max_examples=100, deadline=None)
@given(trees(), st.sampled_from(["epoch", "step", "progress"]), metrics)
def test_decisions_replayed_as_piecewise_give_the_applied_rates(
    spec: dict[str, Any], clock: str, values: list[float]
) -> None:
    try:
        rates, decisions = applied(spec, clock, values)
    except InvalidInput as error:  # a combinator makes no rate of this leaf's 0
        assume("gives the rate" not in str(error))
        raise
    again = Schedule.parse(decisions.schedule().spec())
    run = {"epochs": len(values) + 1, "steps_per_epoch": STEPS, "clock": clock}
    expected = again.rates(**run)
    if clock == "epoch":
        expected = np.repeat(expected, STEPS)
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    assert replay(Schedule.parse(spec), values, clock=clock, steps_per_epoch=STEPS).spec() == (
        again.spec()
    )


def falling(spec: dict[str, Any], epochs: int, **run: Any) -> list[float]:
    """Return the rates of a run whose loss never changes."""
    schedule = replay(Schedule.parse(spec), [1.0] * epochs, clock="epoch", steps_per_epoch=1)
    return schedule.rates(epochs=epochs, **run).tolist()


def test_a_plateau_after_a_warmup_counts_from_the_warmups_end() -> None:
    plateau = {"kind": "plateau", "base_lr": 1.0, "factor": 0.5, "patience": 0}
    spec = {"kind": "warmup", "length": 2, "inner": plateau}
    # Epochs 1 and 2 warm up; epoch 3 is the first that counts, epoch 4 the first bad one.
    assert falling(spec, 6) == [0, 0.5, 1.0, 1.0, 0.5, 0.25]


def test_a_plateau_under_a_warmup_without_a_clock_of_its_own_waits_for_the_join() -> None:
    plateau = {"kind": "plateau", "base_lr": 1.0, "factor": 0.5, "patience": 0}
    spec = {"kind": "warmup", "length": 4, "shift": False, "inner": plateau}
    assert falling(spec, 8) == [0, 0.25, 0.5, 0.75, 1, 1, 0.5, 0.25]


def test_a_late_loop_applies_each_decision_one_tick_late() -> None:
    spec = {"kind": "plateau", "base_lr": 1.0, "factor": 0.5, "patience": 0}
    assert falling(spec, 5) == [1.0, 1.0, 0.5, 0.25, 0.125]
    assert falling(spec, 5, lag=1) == [1.0, 1.0, 1.0, 0.5, 0.25]


def test_a_plateau_in_a_sequence_looks_only_while_it_runs() -> None:
    plateau = {"kind": "plateau", "base_lr": 1.0, "factor": 0.5, "patience": 0}
    parts = [{"schedule": {"kind": "constant"}, "length": 2}, {"schedule": plateau}]
    assert falling({"kind": "sequence", "parts": parts}, 5) == [0.3, 0.3, 1.0, 1.0, 0.5]


def test_a_hand_sets_the_rate_and_what_it_did_is_piecewise() -> None:
    decisions = Decisions.of(Schedule.parse({"kind": "manual", "base_lr": 0.3}))
    decisions = decisions.decide(2.0, 0.1).decide(2.0, 0.2).decide(5.0, 0.0)
    assert decisions.schedule().spec() == {
        "kind": "piecewise", "times": [0, 2, 5], "rates": [0.3, 0.2, 0], "interpolation": "constant"
    }  # fmt: skip
    assert decisions.observe(6.0, {"test_loss": 1.0}).schedule() == decisions.schedule()


def test_a_rate_set_during_the_warmup_holds_from_its_end() -> None:
    spec = {"kind": "warmup", "length": 4, "inner": {"kind": "manual", "base_lr": 1.0}}
    schedule = Decisions.of(Schedule.parse(spec)).decide(2.0, 0.5).schedule()
    assert schedule.at([2, 4, 9], 10).tolist() == [0.25, 0.5, 0.5]


@pytest.mark.parametrize("lr", [-0.1, float("nan"), float("inf"), 1e7])
def test_a_rate_that_is_none_is_refused(lr: float) -> None:
    with pytest.raises(InvalidInput, match=r"lr is .*; allowed is a number from 0 to 1e\+06"):
        Decisions.of(Schedule.parse({"kind": "manual"})).decide(1.0, lr)


def test_no_hand_sets_the_rate_of_a_plateau() -> None:
    with pytest.raises(InvalidInput, match="allowed is a rate only with manual"):
        Decisions.of(Schedule.parse({"kind": "plateau"})).decide(1.0, 0.1)


def test_a_schedule_that_does_not_look_at_the_run_decides_nothing() -> None:
    cosine = Schedule.parse({"kind": "cosine"})
    assert Decisions.of(cosine).observe(1.0, {"test_loss": 1.0}).schedule() is cosine
    with pytest.raises(InvalidInput, match="metric is given with cosine; allowed is it only with"):
        replay(cosine, [1.0], clock="epoch", steps_per_epoch=1)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (
            {"kind": "product", "factors": [{"kind": "plateau"}, {"kind": "manual"}]},
            "holds plateau and manual; allowed is one adaptive schedule",
        ),
        (
            {"kind": "repeat", "inner": {"kind": "scale", "inner": {"kind": "greedy"}}},
            "has greedy inside repeat; allowed is it outside of repeat",
        ),
    ],
)
def test_a_second_or_repeated_adaptive_part_is_refused(spec: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        Experiment.parse(spec)
    with pytest.raises(InvalidInput, match=sentence):
        Decisions.of(Schedule.parse(spec))
