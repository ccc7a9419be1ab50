"""Only the holder of the latest claim writes, and every record is stored once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lrlab.records import Evaluation, Head, Point
from lrlab.runs import State, Store
from lrlab.runs.claims import ATTEMPTS
from lrlab.runs.lease import Fenced, Lease
from lrlab.runs.writing import Progress
from tests.runs.conftest import experiment
from tests.runs.processes import wait_for
from tests.submitted import submit


def claimed(store: Store, worker: str = "worker") -> Lease:
    lease = store.claim(worker)
    assert lease is not None
    return lease


def progress(update: int) -> Progress:
    head = Head(update, update / 100, 0.1, 1.0, 0.5)
    points = [Point(u, u / 100, 0.1, float(u), 0.5) for u in range(50, update + 1, 50)]
    epochs = [Evaluation(e, 1.0, 0.5, 1.0, 0.5, 100 * e) for e in range(1, update // 100 + 1)]
    return Progress(head, [*points, *epochs])


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every claim's lease run out at once."""
    monkeypatch.setattr("lrlab.runs.claims.LEASE_SECONDS", 0.0)


@pytest.mark.usefixtures("short_leases")
def test_a_worker_whose_run_was_taken_over_writes_nothing(store: Store) -> None:
    run = submit(store, experiment())
    stale = claimed(store, "first")
    held = wait_for(lambda: store.claim("second"), "the run to be taken over")
    assert held.claimed.claims[0].token == stale.claimed.claims[0].token + 1
    before = store.run(run)
    for write in (
        lambda: stale.commit({0: progress(150)}),
        lambda: stale.end(0, State.FINISHED, progress(150)),
        stale.renew,
        stale.orders,
    ):
        with pytest.raises(Fenced, match=rf"^No longer held: run {run} \(claim 1\)\.$"):
            write()
    stale.release("it is late")
    assert store.run(run) == before
    assert (store.points(run), store.evaluations(run)) == ([], [])
    held.commit({0: progress(50)})
    assert len(store.points(run)) == 1


def test_records_are_stored_once_however_often_a_resumed_worker_repeats_them(
    store: Store,
) -> None:
    run = submit(store, experiment())
    lease = claimed(store)
    lease.commit({0: progress(120)})
    lease.release("its process was killed")
    again = claimed(store)
    assert (again.claimed.claims[0].last_point, again.claimed.claims[0].last_epoch) == (100, 1)
    again.commit({0: progress(110)})
    found = store.run(run)
    assert found is not None
    assert found.last_update == 120, "the head does not go back while updates are repeated"
    again.commit({0: progress(200)})
    assert [p.update for p in store.points(run)] == [50, 100, 150, 200]
    assert [e.epoch for e in store.evaluations(run)] == [1, 2]


def test_an_evaluation_after_the_last_stored_update_of_its_epoch_is_not_lost(
    store: Store,
) -> None:
    run = submit(store, experiment())
    lease = claimed(store)
    lease.commit({0: Progress(Head(100, 1.0, 0.1, 1.0, 0.5))})
    lease.release("its process was killed")
    claimed(store).commit({0: progress(100)})
    assert [e.epoch for e in store.evaluations(run)] == [1]


def test_a_run_whose_process_dies_again_and_again_without_progress_fails(store: Store) -> None:
    run = submit(store, experiment())
    for _ in range(ATTEMPTS):
        wait_for(lambda: store.claim("worker"), "an attempt").release(
            "its process was ended by SIGKILL"
        )
    found = store.run(run)
    assert found is not None
    assert found.state is State.FAILED
    assert found.error == (
        "Training ended 5 times without progress, the last time because "
        "its process was ended by SIGKILL."
    )


def test_progress_makes_earlier_deaths_forgotten(store: Store) -> None:
    run = submit(store, experiment())
    for update in range(1, 3 * ATTEMPTS):
        lease = claimed(store)  # at once: no waiting after progress
        lease.commit({0: progress(update)})
        lease.release("its process was ended by SIGKILL")
    found = store.run(run)
    assert found is not None
    assert found.state is State.QUEUED


def test_being_stopped_with_the_worker_is_no_failed_attempt(store: Store) -> None:
    run = submit(store, experiment())
    for _ in range(2 * ATTEMPTS):
        claimed(store).release("its worker was stopped", counted=False)
    for _ in range(ATTEMPTS - 1):
        wait_for(lambda: store.claim("worker"), "an attempt").release("its process was killed")
    last = wait_for(lambda: store.claim("worker"), "the last attempt")
    last.release("its worker was stopped", counted=False)
    found = store.run(run)
    assert found is not None
    assert (found.state, found.attempts) == (State.QUEUED, ATTEMPTS - 1)


@pytest.mark.usefixtures("short_leases")
def test_cancelling_a_run_whose_worker_is_lost_ends_it_at_once(store: Store) -> None:
    run = submit(store, experiment())
    lease = claimed(store)
    wait_for(lambda: not lease.valid(), "the lease to run out")
    assert store.cancel(run) is State.CANCELLED
    with pytest.raises(Fenced):
        lease.renew()


def test_a_cancelled_run_whose_worker_dies_before_it_sees_it_is_cancelled(store: Store) -> None:
    run = submit(store, experiment())
    lease = claimed(store)
    store.cancel(run)
    lease.release("its process was ended by SIGKILL")
    found = store.run(run)
    assert found is not None
    assert found.state is State.CANCELLED
    assert [c.applied_update for c in store.commands(run)] == [0]


def test_a_new_worker_takes_back_what_its_predecessor_of_the_same_name_held(
    store: Store,
) -> None:
    mine, other = (submit(store, experiment(), owner=owner) for owner in "ab")
    claimed(store, "mine")
    claimed(store, "other")
    store.reclaim("mine")
    states = {run.id: run.state for run in store.list()}
    assert states == {mine: State.QUEUED, other: State.RUNNING}


def test_a_pause_that_is_taken_back_before_the_worker_obeys_has_no_effect(store: Store) -> None:
    run = submit(store, experiment())
    lease = claimed(store)
    store.pause(run)
    assert lease.orders()[0].wanted is State.PAUSED
    store.resume(run)
    assert not lease.pause(0, progress(50)), "it has been let go on meanwhile"
    lease.commit({0: progress(50)})
    found = store.run(run)
    assert found is not None
    assert (found.state, found.wanted, found.last_update) == (State.RUNNING, None, 50)


def test_a_member_that_was_paused_goes_on_alone_where_it_stood(store: Store) -> None:
    runs = [submit(store, experiment(seed=seed)) for seed in range(2)]
    lease = store.claim("worker", most=2)
    assert lease is not None
    at = {"checkpoint_path": "checkpoints/1.1-1-50.safetensors", "checkpoint_update": 50}
    lease.commit({member: replace(progress(50), columns=at) for member in (0, 1)})
    store.pause(runs[1])
    lease.release("its process was killed")
    store.resume(runs[1])
    numbers = [[c.run for c in claimed(store).claimed.claims] for _ in runs]
    assert numbers == [[runs[0]], [runs[1]]]


def test_a_stale_lease_leaves_the_pack_of_its_successor_whole(store: Store) -> None:
    for seed in range(2):
        submit(store, experiment(seed=seed))
    stale = store.claim("worker", most=2)
    store.reclaim("worker")
    assert stale is not None
    stale.shrink(1)
    assert len(claimed(store).claimed.experiments) == 2
