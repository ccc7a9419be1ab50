"""A hand on a training's rate: repeated after a resumption, worked out again, put into steps."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Diverged, Evaluation, Point, Record
from lrlab.steering import Intervention, applied_rates, as_piecewise
from lrlab.training import Training
from tests.training.few import few_test_images  # noqa: F401
from tests.training.plain import finish
from tests.training.test_resume import untimed

SMALL = {"model": "mlp", "epochs": 3, "train_examples": 40, "batch_size": 16}  # 16, 16, 8
UPDATES = 9
COSINE = {"kind": "cosine", "base_lr": 0.1, "length": 3}
SCHEDULES: list[dict[str, Any]] = [
    {"kind": "plateau", "base_lr": 0.1, "factor": 0.5, "patience": 0, "threshold": 0.5},
    {"kind": "greedy", "base_lr": 0.05, "patience": 0},
    {"kind": "warmup", "length": 1, "inner": COSINE},
    {"kind": "manual"},
]
runs = st.builds(
    lambda schedule, clock: Experiment.parse({"schedule": schedule, "clock": clock, **SMALL}),
    st.sampled_from(SCHEDULES),
    st.sampled_from(["epoch", "step", "progress"]),
)
hands = st.lists(
    st.builds(
        Intervention,
        st.integers(0, UPDATES),
        st.sampled_from(["set-lr", "set-lr", "hand-back", "hand-back-scaled"]),
        st.floats(0, 0.3),
    ),
    max_size=5,
).map(lambda made: sorted(made, key=lambda each: each.update))


@pytest.fixture(autouse=True)
def _a_point_an_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrlab.training.engine.POINT_EVERY", 1)


def act(training: Training, each: Intervention) -> None:
    if each.lr is not None and each.kind == "set-lr":
        training.steer(each.lr)
    else:
        training.hand_back(scaled=each.kind == "hand-back-scaled")


def steered(
    training: Training, waiting: list[Intervention], slices: int = -1
) -> tuple[list[Record], list[Intervention]]:
    """Advance under a hand, which acts where it can; return records and what was not refused."""
    records, done = list[Record](), list[Intervention]()
    while not training.done and slices != 0:
        while training.steerable and waiting and waiting[0].update == training.update:
            each = waiting.pop(0)
            with suppress(InvalidInput):
                act(training, each)
                done.append(each)
        records += training.advance()
        slices -= 1
    return records, done


def assert_same(one: Training, other: Training) -> None:
    left, right = one.weights(), other.weights()
    assert all(np.array_equal(left[name], right[name]) for name in left)


@settings(max_examples=15, deadline=None)
@given(run=runs, hand=hands, stop=st.integers(0, 25))
def test_a_steered_training_killed_anywhere_is_repeated_to_the_bit(run, hand, stop):
    training = Training([run], "cpu")
    records, done = steered(training, [*hand])
    killed = Training([run], "cpu")
    before, _ = steered(killed, [*hand], stop)
    again = Training([run], "cpu", killed.checkpoint())
    after, _ = steered(again, [each for each in hand if each.update >= again.update])
    told = list(dict.fromkeys(repr(untimed(record)) for record in before + after))
    assert told == [repr(untimed(record)) for record in records]
    assert_same(training, again)

    evaluations = [record for record in records if isinstance(record, Evaluation)]
    rates = applied_rates(run, done, evaluations)
    points = [record for record in records if isinstance(record, Point)]
    assert [point.lr for point in points] == rates.tolist()
    replayed = Training([as_piecewise(run, rates)], "cpu")
    assert [r for r in finish(replayed) if isinstance(r, Point)] == points
    assert_same(training, replayed)


def test_it_is_steerable_before_updates_alone():
    run = Experiment.parse({"schedule": COSINE, **SMALL})
    training = Training([run], "cpu")
    while not training.done:
        expected, update = training.steerable, training.update
        training.advance()
        assert (training.update > update) is expected
    assert not training.steerable
    training.steer(0.1)
    training.hand_back(scaled=True)


def test_a_training_that_says_its_end_again_is_not_steerable_yet():
    fields = {**SMALL, "model": "lenet", "batch_size": 8}
    schedules = COSINE, {"kind": "constant", "base_lr": 1e6}
    members = [Experiment.parse({"schedule": each, **fields}) for each in schedules]
    training, records = Training(members, "cpu"), list[Record]()
    while not any(isinstance(record, Diverged) for record in records):
        records = training.advance()
    resumed = Training(members, "cpu", training.checkpoint())
    assert not resumed.steerable
    resumed.advance()
    assert resumed.steerable


def test_a_hand_on_one_member_leaves_the_others_alone():
    members = [Experiment.parse({"schedule": COSINE, "seed": n, **SMALL}) for n in range(2)]
    training, plain = Training(members, "cpu"), Training(members, "cpu")
    training.steer(0.02, member=1)
    for each in (training, plain):
        each.advance()
    assert [training.head(member).lr for member in (0, 1)] == [0.1, 0.02]
    training.hand_back(member=1)
    training.advance()
    plain.advance()
    assert training.head(1).lr == plain.head(1).lr
    assert_same(training, plain)
