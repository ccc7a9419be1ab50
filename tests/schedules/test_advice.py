"""Advice finds what was not meant, and its mend takes it away."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrlab import Experiment, Schedule
from lrlab.errors import InvalidInput
from lrlab.schedules.advice import Advice, advise
from tests.schedules.strategies import specs

WARMUP = {"kind": "warmup", "length": 5, "inner": {"kind": "cosine", "length": 25}}


def advice(spec: dict[str, Any], **fields: Any) -> dict[str, Advice[Experiment]]:
    """Return the advice by its code."""
    return {one.code: one for one in advise(Experiment.parse({"schedule": spec, **fields}))}


@pytest.mark.parametrize(
    ("code", "spec", "fields"),
    [
        ("climbs_at_end", {"kind": "cosine_waves"}, {}),
        ("climbs_at_end", {"kind": "cosine_restarts", "period": 10}, {"epochs": 25}),
        ("climbs_at_end", {"kind": "cyclic"}, {"epochs": 25}),
        ("climbs_at_end",
         {"kind": "repeat", "period": 8, "inner": {"kind": "cosine", "length": 8}}, {}),
        ("jump_at_join", {**WARMUP, "mode": "constant", "begin_lr": 0.01}, {}),
        ("jump_at_join",
         {"kind": "sequence", "parts": [{"schedule": {"kind": "cosine", "length": 10},
                                         "length": 10}, {"schedule": {"kind": "cosine"}}]}, {}),
        ("ends_above_base", {"kind": "cosine", "base_lr": 0.1, "final_lr": 0.3}, {}),
        ("ends_above_base", {"kind": "cooldown", "final_lr": 0.5}, {}),
        ("milestones_not_reached", {"kind": "multistep", "milestones": [15, 30]}, {}),
        ("milestones_not_reached", {"kind": "multistep", "milestones": [40, 50]}, {}),
        ("warmup_too_long", {**WARMUP, "length": 30}, {}),
        ("warmup_too_long", {"kind": "wsd", "warmup": 40}, {}),
        ("shorter_than_run", {"kind": "cosine", "length": 20}, {}),
        ("longer_than_run", {"kind": "polynomial", "length": 60}, {}),
        ("longer_than_run", {**WARMUP, "inner": {"kind": "cosine", "length": None}}, {}),
        ("clock_mixed", {"kind": "cosine", "length": 20}, {"clock": "step"}),
        ("clock_mixed", {"kind": "cosine", "length": 7050}, {}),
        ("clock_mixed", {"kind": "noam"}, {"clock": "progress"}),
        ("factor_above_one", {"kind": "exponential", "factor": 1.1}, {}),
        ("factor_above_one", {"kind": "cosine_restarts", "peak_factor": 2}, {}),
        ("zero_for_an_epoch", WARMUP, {}),
        ("zero_for_an_epoch", WARMUP, {"lag": 1}),
        ("zero_for_an_epoch", WARMUP, {"lag": 1, "initial_lr": 0.0}),
        ("zero_for_an_epoch", {"kind": "wsd", "warmup": 3}, {}),
    ],
)  # fmt: skip
def test_a_fault_is_found_with_its_reason_and_a_mend(
    code: str, spec: dict[str, Any], fields: dict[str, Any]
) -> None:
    found = advice(spec, **fields)
    assert code in found, list(found)
    one = found[code]
    assert one.sentence.endswith(".")
    assert one.reason.endswith(".")
    assert one.mend
    assert one.mend_label
    assert code not in {other.code for other in advise(one.mend)}


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        ({"kind": "constant"}, {}),
        ({"kind": "cosine", "length": None}, {}),
        ({"kind": "cosine", "length": 29}, {}),
        ({"kind": "inverse_power"}, {"clock": "step"}),
        ({"kind": "noam"}, {"clock": "step"}),
        ({**WARMUP, "begin_lr": 0.01}, {}),
        (WARMUP, {"clock": "progress"}),
        ({"kind": "cosine_restarts"}, {}),
        ({"kind": "one_cycle"}, {}),
        ({"kind": "sweep"}, {"epochs": 1, "clock": "step"}),
        ({"kind": "plateau"}, {}),
        ({"kind": "noise", "std": 1, "inner": {"kind": "constant"}}, {"clock": "step"}),
        ({"kind": "sequence", "parts": [
            {"schedule": {"kind": "polynomial", "base_lr": 0.03, "final_lr": 0.3, "length": 5},
             "length": 5},
            {"schedule": {"kind": "cosine", "length": 25}}]}, {}),
    ],
)  # fmt: skip
def test_a_sound_schedule_gets_no_advice(spec: dict[str, Any], fields: dict[str, Any]) -> None:
    assert advice(spec, **fields) == {}


def test_a_jump_names_its_ratio_and_its_time() -> None:
    parts = [
        {"schedule": {"kind": "constant", "base_lr": 0.1}, "length": 10},
        {"schedule": {"kind": "cosine", "base_lr": 0.3, "length": 20}},
    ]
    (one,) = advise(Experiment.parse({"schedule": {"kind": "sequence", "parts": parts}}))
    assert one.sentence == "At epoch 10 the rate jumps from 0.1 to 0.3, 3 times as much."
    assert one.place == ("schedule", "parts", 1, "schedule")


def test_a_peak_above_a_stable_rate_is_scaled_down() -> None:
    experiment = Experiment.parse({"schedule": {"kind": "constant", "base_lr": 1.0}})
    (one,) = advise(experiment, stable_lr=0.4)
    assert one.code == "above_stable"
    assert one.mend
    assert one.mend.rates().max() == pytest.approx(0.4)
    assert advise(one.mend, stable_lr=0.4) == []
    assert advise(experiment) == []


def test_steps_of_a_preview_may_differ_from_the_experiments() -> None:
    experiment = Experiment.parse(
        {"schedule": {"kind": "cosine", "length": 300}, "clock": "step", "epochs": 30}
    )
    assert [one.code for one in advise(experiment)] == ["shorter_than_run"]
    assert advise(experiment, steps_per_epoch=10) == []


def test_a_mend_travels_as_json() -> None:
    found = advice({"kind": "cosine", "length": 20})["shorter_than_run"].as_json()
    assert set(found) == {"code", "place", "sentence", "reason", "mend", "mend_label"}
    assert found["place"] == ["schedule", "length"]
    assert Experiment.parse(found["mend"]).schedule == Schedule.parse(
        {"kind": "cosine", "length": None}
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    specs(2),
    st.sampled_from(["epoch", "step", "progress"]),
    st.sampled_from([0, 1]),
    st.sampled_from([1, 5, 30]),
    st.sampled_from([None, 0.01, 1.0]),
)
def test_advice_never_fails_and_a_mend_takes_it_away(
    spec: dict[str, Any], clock: str, lag: int, epochs: int, stable: float | None
) -> None:
    fields = {"clock": clock, "lag": lag, "epochs": epochs, "train_examples": 5120}
    try:
        experiment = Experiment.parse({"schedule": spec, **fields})
    except InvalidInput:
        return
    for one in advise(experiment, stable):
        if one.mend:
            left = {(other.code, other.place) for other in advise(one.mend, stable)}
            assert (one.code, one.place) not in left
