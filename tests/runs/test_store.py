"""The store as pages and the command line use it."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest

from lrlab.errors import InvalidInput
from lrlab.records import Evaluation, Head, Point
from lrlab.runs import Position, State, Store
from lrlab.runs.writing import Progress
from tests.runs.conftest import experiment
from tests.submitted import submit


def point(update: int, loss: float = 1.0) -> Point:
    return Point(update, update / 100, 0.1, loss, 0.5)


def test_a_submitted_run_waits_with_its_whole_experiment(store: Store) -> None:
    sent = experiment(seed=7)
    run = store.run(submit(store, sent, owner="ada", name="first try"))
    assert run is not None
    assert (run.state, run.owner, run.name) == (State.QUEUED, "ada", "first try")
    assert run.experiment == sent
    assert run.identity == sent.identity
    assert (run.updates, run.epochs, run.last_update) == (300, 3, 0)


def test_a_run_without_a_name_is_named_after_its_experiment(store: Store) -> None:
    run = store.run(submit(store, experiment()))
    assert run is not None
    assert run.name == experiment().title


def test_a_name_too_long_is_refused_in_one_sentence(store: Store) -> None:
    with pytest.raises(InvalidInput, match=r"^name is 'x+….* allowed are 120 characters\.$"):
        submit(store, experiment(), name="x" * 121)
    assert store.list() == []


def test_runs_are_listed_newest_first_and_by_state(store: Store) -> None:
    first, second, third = (submit(store, experiment(seed=seed)) for seed in range(3))
    store.cancel(second)
    assert [run.id for run in store.list()] == [third, second, first]
    assert [run.id for run in store.list(limit=1)] == [third]
    assert [run.id for run in store.list(states=[State.CANCELLED])] == [second]
    assert store.list(states=[]) == []


def test_a_run_that_does_not_exist_is_none_and_cannot_be_cancelled(store: Store) -> None:
    assert store.run(99) is None
    assert store.since({99: Position()}) == {}
    with pytest.raises(InvalidInput, match=r"^run is 99; allowed is the number of a run\.$"):
        store.cancel(99)


def test_a_queued_run_is_cancelled_at_once(store: Store) -> None:
    run = submit(store, experiment())
    assert store.cancel(run) is State.CANCELLED
    assert store.claim("worker") is None
    assert [(c.kind, c.applied_update) for c in store.commands(run)] == [("cancel", 0)]


def test_a_run_in_training_is_cancelled_by_its_worker(store: Store) -> None:
    run = submit(store, experiment())
    lease = store.claim("worker")
    assert lease is not None
    assert store.cancel(run) is State.RUNNING
    assert lease.orders()[0].wanted is State.CANCELLED
    lease.end(0, State.CANCELLED, Progress(head=Head(3, 0.03, 0.1, 2.0, 0.2)))
    ended = store.run(run)
    assert ended is not None
    assert (ended.state, ended.last_update) == (State.CANCELLED, 3)
    assert [c.applied_update for c in store.commands(run)] == [3]


def test_cancelling_a_run_that_has_ended_changes_nothing(store: Store) -> None:
    run = submit(store, experiment())
    lease = store.claim("worker")
    assert lease is not None
    lease.end(0, State.FINISHED, Progress())
    before = store.run(run)
    assert store.cancel(run) is State.FINISHED
    assert store.run(run) == before
    assert store.commands(run) == []


def test_readers_get_what_is_past_their_cursor(store: Store) -> None:
    runs = [submit(store, experiment(seed=seed)) for seed in range(2)]
    for _ in runs:
        lease = store.claim("worker")
        assert lease is not None
        evaluation = Evaluation(1, 0.9, 0.6, 0.8, 0.7, 100)
        records = [point(50), point(100), evaluation, point(150)]
        lease.commit({0: Progress(Head(160, 1.6, 0.1, 0.7, 0.8), records)})
    news = store.since({runs[0]: Position(50, 0), runs[1]: Position(150, 1)})
    assert [p.update for p in news[runs[0]].points] == [100, 150]
    assert news[runs[0]].evaluations == [evaluation]
    assert (news[runs[1]].points, news[runs[1]].evaluations) == ([], [])
    assert news[runs[1]].run.last_update == 160
    assert store.points(runs[0], after=100) == [point(150)]
    assert store.evaluations(runs[0], after=1) == []


def test_figures_that_are_not_finite_are_kept_and_the_status_is_still_json(store: Store) -> None:
    run = submit(store, experiment())
    lease = store.claim("worker")
    assert lease is not None
    head = Head(50, 0.5, 0.1, math.nan, 0.1)
    lease.end(0, State.DIVERGED, Progress(head, [point(50, math.inf)]), error="It diverged.")
    assert math.isnan(store.points(run)[0].train_loss)
    found = store.run(run)
    assert found is not None
    status = json.loads(json.dumps(found.status(), allow_nan=False))
    assert (status["state"], status["train_loss"], status["error"]) == (
        "diverged",
        None,
        "It diverged.",
    )


def test_a_running_run_tells_how_long_it_will_take(store: Store) -> None:
    run = submit(store, experiment())
    lease = store.claim("worker")
    assert lease is not None
    head = Head(100, 1.0, 0.1, 1.0, 0.5)
    lease.commit({0: Progress(head, columns={"examples_per_second": 640.0, "seconds": 5.0})})
    found = store.run(run)
    assert found is not None
    # 200 updates of 32 examples are left.
    assert found.eta_seconds == pytest.approx(200 * 32 / 640)
    assert found.status()["eta_seconds"] == found.eta_seconds


def test_the_store_loads_no_torch() -> None:
    code = "import sys, lrlab.runs; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
