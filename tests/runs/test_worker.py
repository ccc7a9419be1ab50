"""A run's life in the hands of a real worker, with the real engine on the real data."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest

from lrlab.records import Evaluation, Finished, Point
from lrlab.runs import State, Store
from lrlab.runs.attempt import Attempt
from lrlab.runs.document import document
from lrlab.runs.export import as_csv
from lrlab.runs.guard import Guard
from lrlab.runs.tables import run as run_table
from lrlab.runs.worker import training
from lrlab.sweeping import curve as curve_of
from lrlab.sweeping import swept
from tests.runs.conftest import Homes, Workers, curve, experiment, until, until_update
from tests.runs.processes import Worker, wait_for
from tests.submitted import submit


@pytest.fixture(scope="module")
def store(new_home: Homes) -> Iterator[Store]:
    home = new_home("worker")
    store = Store(f"sqlite:///{home}/lrlab.db")
    yield store
    store.close()


@pytest.fixture(scope="module", autouse=True)
def worker(store: Store, start: Workers) -> Worker:
    from pathlib import Path

    home = Path(str(store.database.url.database)).parent
    return start(home).until_ready()


def test_a_run_is_trained_to_its_end_as_the_engine_alone_trains_it(store: Store) -> None:
    from lrlab.training import train
    from lrlab.training.device import prepare_threads

    sent = experiment()
    number = submit(store, sent)
    until(store, number, State.FINISHED)
    prepare_threads()
    records = list(train(sent))
    points, evaluations = curve(store, number)
    assert points == [r for r in records if isinstance(r, Point)]
    assert evaluations == [r for r in records if isinstance(r, Evaluation)]
    run, last = store.run(number), records[-1]
    assert run is not None
    assert isinstance(last, Finished)
    assert (run.train_loss, run.train_acc) == (last.train_loss, last.train_acc)
    assert (run.test_acc, run.device) == (last.test_acc, last.device)
    assert (run.last_update, run.epoch) == (300, 3.0)
    assert run.started is not None
    assert run.finished is not None
    assert run.submitted <= run.started < run.finished


def test_a_stored_range_test_finishes_with_its_curve_and_without_a_test_accuracy(
    store: Store,
) -> None:
    sent = swept(experiment(), end_lr=1e5, updates=100)
    number = submit(store, sent)
    until(store, number, State.FINISHED)
    found = document(store, number)
    assert 2 <= found["update"] < 100  # it stopped before its rate was at its highest
    tried = curve_of([*store.points(number), *store.measures(number)])
    assert tried.rates == sent.rates()[: found["update"]].tolist()
    assert [math.isfinite(loss) for loss in tried.losses[:-1]] == [True] * (found["update"] - 1)
    assert (found["test_acc"], found["evaluations"], found["error"]) == (None, [], None)
    assert json.loads(json.dumps(found, allow_nan=False))["state"] == "finished"
    assert len(as_csv(store, number).splitlines()) == 1 + 3 * found["update"]


def test_the_rate_of_every_point_is_the_previewed_one(store: Store) -> None:
    sent = experiment(clock="step", epochs=1)
    number = submit(store, sent)
    until(store, number, State.FINISHED)
    rates = sent.rates()
    assert [p.lr for p in store.points(number)] == [rates[49], rates[99]]


def test_a_run_is_seen_to_move_between_its_points(store: Store) -> None:
    number = submit(store, experiment(epochs=300))

    def moved() -> bool:
        run = store.run(number)
        return run is not None and 0 < run.last_update < 50 and run.train_loss is not None

    wait_for(moved, "a head before the first point")
    store.cancel(number)
    until(store, number, State.CANCELLED)


def test_a_run_cancelled_in_training_keeps_its_curve_and_leaves_no_process(
    store: Store, worker: Worker
) -> None:
    number = submit(store, experiment(epochs=300))
    until_update(store, number, 120)
    assert store.cancel(number) is State.RUNNING
    until(store, number, State.CANCELLED)
    wait_for(lambda: worker.training() is None, "the process to end")
    run = store.run(number)
    assert run is not None
    assert [p.update for p in store.points(number)][:2] == [50, 100]
    assert [c.applied_update for c in store.commands(number)] == [run.last_update]
    assert not list((worker.log.parent / "checkpoints").glob(f"{number}-*"))


def test_a_run_cancelled_while_it_waits_is_never_trained(store: Store) -> None:
    first = submit(store, experiment(epochs=300))
    second = submit(store, experiment())
    until_update(store, first, 1)
    assert store.cancel(second) is State.CANCELLED
    store.cancel(first)
    until(store, first, State.CANCELLED)
    run = store.run(second)
    assert run is not None
    assert (run.state, run.started) == (State.CANCELLED, None)


def test_a_run_that_diverges_says_where_and_keeps_its_curve(store: Store) -> None:
    late = {"kind": "piecewise", "times": [0, 120, 130], "rates": [0.05, 0.05, 1000.0]}
    number = submit(store, experiment(schedule=late, clock="step", epochs=3))
    until(store, number, State.DIVERGED, State.FINISHED)
    run = store.run(number)
    assert run is not None
    assert run.state is State.DIVERGED
    assert run.error is not None
    assert f"at update {run.last_update}" in run.error
    assert run.finished is not None


def test_an_experiment_that_this_version_does_not_know_fails_with_a_sentence(
    store: Store,
) -> None:
    blocker = submit(store, experiment(epochs=300))
    until_update(store, blocker, 1)
    number = submit(store, experiment())
    with store.database.write() as connection:
        changed = run_table.update().where(run_table.c.id == number)
        connection.execute(changed.values(experiment='{"schedule":{"kind":"unheard-of"}}'))
    store.cancel(blocker)
    until(store, number, State.FAILED)
    with store.database.read() as connection:
        row = connection.execute(run_table.select().where(run_table.c.id == number)).one()
    assert "unheard-of" in row.error
    assert "\n" not in row.error
    assert row.token == 1, "it is not tried again"


def test_a_data_set_whose_files_are_missing_fails_the_run_with_what_to_do(store: Store) -> None:
    number = submit(store, experiment(dataset="kmnist"))
    until(store, number, State.FAILED)
    run = store.run(number)
    assert run is not None
    assert run.error is not None
    assert run.error.startswith("dataset is 'kmnist', but ")
    assert "KMNIST/raw/train-images-idx3-ubyte is missing; put " in run.error
    assert run.error.endswith("download=True)'` does.")


def test_a_run_whose_last_record_is_stored_before_it_ends_still_ends(
    new_home: Homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home("last")
    monkeypatch.setenv("LRLAB_HOME", str(home))
    monkeypatch.setattr("lrlab.runs.attempt.COMMIT_SECONDS", 0.0)  # a commit after every slice
    store = Store(f"sqlite:///{home}/lrlab.db")
    number = submit(store, experiment(epochs=1))
    lease = store.claim("test")
    assert lease is not None
    Attempt(lease, Guard(lease), training(lease, "cpu")).run()
    run = store.run(number)
    assert run is not None
    assert (run.state, run.last_update) == (State.FINISHED, 100)
    assert [point.update for point in store.points(number)] == [50, 100]
    store.close()


def test_a_data_folder_that_cannot_be_written_fails_the_run_with_a_sentence(
    new_home: Homes, start: Workers
) -> None:
    home = new_home("damaged")
    (home / "data").unlink()
    (home / "data").write_text("not a folder")
    store = Store(f"sqlite:///{home}/lrlab.db")
    number = submit(store, experiment())
    start(home)
    until(store, number, State.FAILED)
    run = store.run(number)
    assert run is not None
    assert run.error is not None
    assert run.error.startswith("data file ")
    assert "cannot be written" in run.error
