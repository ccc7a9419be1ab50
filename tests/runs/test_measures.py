"""Measures in the store: each once and none lost, also in files and in older stores."""

from __future__ import annotations

import csv
import json
import math
from io import StringIO

import pytest
from sqlalchemy import text

from lrlab.records import Evaluation, Head, Measure, Point, Record
from lrlab.runs import Position, State, Store
from lrlab.runs.document import document
from lrlab.runs.export import as_csv
from lrlab.runs.lease import Fenced, Lease
from lrlab.runs.writing import Progress
from tests.runs.conftest import experiment
from tests.submitted import submit


def claimed(store: Store) -> Lease:
    lease = store.claim("worker")
    assert lease is not None
    return lease


def measure(update: int, name: str = "gradient_norm", value: float = 1.0) -> Measure:
    return Measure(update, update / 100, name, value)


def commit(lease: Lease, *records: Record) -> None:
    lease.commit({0: Progress(Head(100, 1.0, 0.1, 1.0, 0.5), records)})


def test_measures_are_kept_in_the_order_of_their_making(store: Store) -> None:
    run = submit(store, experiment())
    other = submit(store, experiment(seed=1))
    made = [measure(0, "distance/conv1", 0.0), measure(50), measure(50, "sharpness", 40.0)]
    commit(claimed(store), *made[:2], Point(50, 0.5, 0.1, 1.0, 0.5), made[2])
    commit(claimed(store), measure(70, "noise_scale"))
    assert store.measures(run) == made
    assert store.measures(other) == [measure(70, "noise_scale")]


def test_a_value_that_is_not_finite_is_kept_as_null(store: Store) -> None:
    run = submit(store, experiment())
    commit(claimed(store), measure(50, value=math.inf), measure(100, value=math.nan))
    assert [math.isnan(each.value) for each in store.measures(run)] == [True, True]
    with store.database.read() as connection:
        values = connection.execute(text("SELECT value FROM measure")).scalars().all()
    assert values == [None, None]


def test_a_worker_lost_between_two_measures_of_one_update_loses_and_repeats_none(
    store: Store,
) -> None:
    run = submit(store, experiment())
    first, second, third = measure(50), measure(100), measure(100, "sharpness")
    lease = claimed(store)
    commit(lease, first, second)
    lease.release("its process was killed")
    again = claimed(store)
    commit(again, first)
    commit(again, second, third)
    commit(again, third, measure(150))
    assert store.measures(run) == [first, second, third, measure(150)]


def test_a_cursor_at_an_update_misses_nothing_that_is_measured_there_later(store: Store) -> None:
    run = submit(store, experiment())
    lease = claimed(store)
    commit(lease, measure(100))
    known = Position(measure=store.since({run: Position()})[run].measures[-1].seq)
    commit(lease, measure(100, "sharpness"), measure(100, "distance/conv1"))
    news = store.since({run: known})[run].measures
    assert [each.measure.name for each in news] == ["sharpness", "distance/conv1"]
    assert store.since({run: Position(measure=news[-1].seq)})[run].measures == []


def test_numbers_go_on_where_a_lost_worker_left_them(store: Store) -> None:
    run = submit(store, experiment())
    for update in (50, 100, 150):
        lease = claimed(store)
        commit(lease, measure(update), measure(update, "sharpness"))
        lease.release("its process was killed")
    numbered = store.since({run: Position()})[run].measures
    assert [each.seq for each in numbered] == [1, 2, 3, 4, 5, 6]


def test_a_worker_whose_run_ended_stores_no_measure(store: Store) -> None:
    run = submit(store, experiment())
    lease = claimed(store)
    lease.end(0, State.FINISHED, Progress(records=[measure(50)]))
    with pytest.raises(Fenced):
        commit(lease, measure(100))
    assert store.measures(run) == [measure(50)]


def test_documents_and_tables_hold_the_measures(store: Store) -> None:
    run = submit(store, experiment())
    evaluation = Evaluation(1, 0.9, 0.6, 0.8, 0.7, 100)
    measures = [measure(50, value=math.nan), measure(100, "ema_test_acc", 0.7)]
    commit(claimed(store), measures[0], evaluation, measures[1], Point(150, 1.5, 0.1, 1.0, 0.5))
    whole = json.loads(json.dumps(document(store, run), allow_nan=False))
    assert whole["measures"] == [
        {"event": "measure", "update": 50, "epoch": 0.5, "name": "gradient_norm", "value": None},
        {"event": "measure", "update": 100, "epoch": 1.0, "name": "ema_test_acc", "value": 0.7},
    ]
    rows = list(csv.DictReader(StringIO(as_csv(store, run))))
    assert [row["event"] for row in rows] == ["measure", "evaluation", "measure", "point"]
    assert (rows[2]["name"], rows[2]["value"], rows[2]["lr"]) == ("ema_test_acc", "0.7", "")
