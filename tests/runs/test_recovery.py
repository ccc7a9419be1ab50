"""Killed, stopped, taken over: the curve is the one of a run that nobody disturbed."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from lrlab.runs import State, Store
from tests.runs.conftest import Homes, Workers, curve, experiment, until, until_update
from tests.runs.kept import home, store, worker
from tests.runs.processes import Worker, wait_for
from tests.submitted import submit

__all__ = ["home", "store", "worker"]  # fixtures

LENGTH = {"epochs": 5, "train_examples": 1600}  # 250 updates


@pytest.fixture(scope="module")
def undisturbed(store: Store, worker: Worker) -> tuple[list[Any], list[Any]]:
    """The curve of a run of its own that was left alone."""
    number = submit(store, experiment(**LENGTH))
    until(store, number, State.FINISHED)
    return curve(store, number)


def test_a_run_whose_process_is_killed_at_several_moments_ends_with_the_same_curve(
    store: Store, worker: Worker, undisturbed: tuple[list[Any], list[Any]]
) -> None:
    number = submit(store, experiment(**LENGTH))
    worker.kill_training()  # while it starts, or just after
    for update in (1, 40, 70, 140, 245):
        until_update(store, number, update)
        worker.kill_training()
    until(store, number, State.FINISHED)
    assert curve(store, number) == undisturbed
    assert worker.said().count("ended by SIGKILL") >= 6


def test_a_damaged_checkpoint_costs_time_and_nothing_else(
    store: Store, worker: Worker, home: Path, undisturbed: tuple[list[Any], list[Any]]
) -> None:
    number = submit(store, experiment(**LENGTH))
    until_update(store, number, 130)
    for path in (home / "checkpoints").glob(f"{number}-*.safetensors"):
        path.write_bytes(path.read_bytes()[:1000])
    worker.kill_training()
    until(store, number, State.FINISHED)
    assert curve(store, number) == undisturbed


def test_a_worker_killed_leaves_no_process_and_the_next_one_takes_over(
    store: Store,
    start: Workers,
    home: Path,
    worker: Worker,
    undisturbed: tuple[list[Any], list[Any]],
) -> None:
    number = submit(store, experiment(**LENGTH))
    until_update(store, number, 80)
    worker.process.kill()
    worker.process.wait()
    wait_for(lambda: not worker.all_processes(), "all its processes to end")
    assert [run.id for run in store.list(states=[State.RUNNING])] == [number]
    (home / "test.log").unlink()
    successor = start(home).until_ready()
    until(store, number, State.FINISHED)
    assert curve(store, number) == undisturbed

    # Told to stop, it leaves the run in the queue where it stood, for the next worker.
    number = submit(store, experiment(**LENGTH))
    until_update(store, number, 80)
    successor.process.terminate()
    assert successor.process.wait(30) == 0
    wait_for(lambda: not successor.all_processes(), "all its processes to end")
    run = store.run(number)
    assert run is not None
    assert (run.state, run.attempts) == (State.QUEUED, 0)
    stood = run.last_update
    (home / "test.log").unlink()
    last = start(home)
    until(store, number, State.FINISHED)
    assert f"run {number}: claim 2 at update {stood}" in last.said()
    assert curve(store, number) == undisturbed


def test_a_worker_stopped_past_its_lease_is_taken_over_and_refused_when_it_wakes(
    store: Store,
    new_home: Homes,
    start: Workers,
    undisturbed: tuple[list[Any], list[Any]],
) -> None:
    shared = new_home("shared")
    url = f"sqlite:///{shared}/lrlab.db"
    store = Store(url)
    sleeper = start(new_home("sleeper"), url=url).until_ready()
    number = submit(store, experiment(**LENGTH))
    until_update(store, number, 50)
    sleeper.signal_all(signal.SIGSTOP)
    other = start(new_home("other"), url=url)
    wait_for(lambda: f"run {number}: claim 2" in other.said(), "the other to take over")
    sleeper.signal_all(signal.SIGCONT)
    refusal = f"No longer held: run {number} (claim 1)."
    wait_for(lambda: refusal in sleeper.said(), "the sleeper to be refused")
    until(store, number, State.FINISHED)
    assert curve(store, number) == undisturbed


def test_a_worker_that_is_older_than_its_store_ends_and_leaves_the_run_to_the_next(
    new_home: Homes, start: Workers
) -> None:
    home = new_home("older")
    store = Store(f"sqlite:///{home}/lrlab.db")
    worker = start(home).until_ready()
    with store.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    number = submit(store, experiment(**LENGTH))
    assert worker.process.wait(30) == 0
    assert "this worker is older than its store and ends" in worker.said()
    run = store.run(number)
    assert run is not None
    assert (run.state, run.attempts) == (State.QUEUED, 0)
    store.close()
