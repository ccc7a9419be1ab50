"""Runs of one shape train as one program, and yet each is its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

import pytest

from lrlab.experiment import Experiment
from lrlab.records import Point
from lrlab.runs import Run, State, Store
from lrlab.training import train
from lrlab.training.device import prepare_threads
from tests.runs.conftest import Homes, Workers, curve, experiment, until, until_update
from tests.runs.kept import home, store, worker
from tests.runs.processes import Worker, wait_for
from tests.submitted import submit

__all__ = ["home", "store", "worker"]  # fixtures

SENT = [experiment(train_examples=1600, seed=seed) for seed in range(4)]  # of 150 updates
BLOCKER = experiment(epochs=300, batch_size=64)  # of another shape


@pytest.fixture(scope="module")
def undisturbed(store: Store, worker: Worker) -> list[int]:
    """The runs of a pack that was left alone."""
    numbers = packed(store, SENT)
    ended(store, numbers)
    return numbers


def packed(store: Store, experiments: Sequence[Experiment]) -> list[int]:
    """Submit these so that one claim takes them all, and return their runs."""
    blocker = submit(store, BLOCKER)
    until_update(store, blocker, 1)
    numbers = [submit(store, each, f"owner {place}") for place, each in enumerate(experiments)]
    store.cancel(blocker)
    wait_for(lambda: all(found(store, n).pack for n in numbers), "a pack of them all")
    return numbers


def found(store: Store, number: int) -> Run:
    run = store.run(number)
    assert run is not None
    return run


def ended(store: Store, numbers: Sequence[int]) -> None:
    for number in numbers:
        until(store, number, State.FINISHED)


def curves(store: Store, numbers: Sequence[int]) -> list[object]:
    return [curve(store, number) for number in numbers]


def test_waiting_runs_of_one_shape_are_trained_as_one_program(
    store: Store, undisturbed: list[int]
) -> None:
    assert len({found(store, number).pack for number in undisturbed}) == 1
    for number in undisturbed:
        assert [p.update for p in store.points(number)] == [50, 100, 150]
        assert found(store, number).test_acc is not None
    accuracies = [found(store, number).train_loss for number in undisturbed]
    assert len(set(accuracies)) == 4, "each has its own seed"


def test_a_pack_whose_process_is_killed_goes_on_as_the_same_pack(
    store: Store, worker: Worker, undisturbed: list[int]
) -> None:
    numbers = packed(store, SENT)
    for update in (20, 70, 120):
        until_update(store, numbers[0], update)
        worker.kill_training()
    ended(store, numbers)
    assert curves(store, numbers) == curves(store, undisturbed)


def test_members_that_are_cancelled_or_paused_leave_the_others_what_they_were(
    store: Store, worker: Worker, undisturbed: list[int]
) -> None:
    numbers = packed(store, SENT)
    until_update(store, numbers[0], 60)
    store.cancel(numbers[1])
    store.pause(numbers[2])
    until(store, numbers[1], State.CANCELLED)
    until(store, numbers[2], State.PAUSED)
    worker.kill_training()
    ended(store, [numbers[0], numbers[3]])
    others = (0, 3)
    assert curves(store, [numbers[k] for k in others]) == curves(
        store, [undisturbed[k] for k in others]
    )
    stood = found(store, numbers[2]).last_update
    store.resume(numbers[2])
    ended(store, [numbers[2]])
    points, evaluations = curve(store, numbers[2])
    before, _ = curve(store, undisturbed[2])
    assert [p for p in points if p.update <= stood] == [p for p in before if p.update <= stood]
    assert [p.update for p in points] == [p.update for p in before]
    assert [e.epoch for e in evaluations] == [1, 2, 3]


def test_a_member_paused_while_its_process_is_lost_goes_on_where_it_stood(
    store: Store, worker: Worker, undisturbed: list[int]
) -> None:
    numbers = packed(store, [experiment(train_examples=1600, seed=k, epochs=6) for k in range(4)])
    until_update(store, numbers[0], 110)
    training = wait_for(worker.training, "the pack's process")
    os.kill(training, signal.SIGSTOP)
    store.pause(numbers[2])
    os.kill(training, signal.SIGKILL)
    until(store, numbers[2], State.PAUSED)
    ended(store, [numbers[k] for k in (0, 1, 3)])  # and with them the pack's own files
    said = len(worker.said())
    store.resume(numbers[2])
    ended(store, [numbers[2]])
    assert "No such file" not in worker.said()[said:], "it found nothing to go on from"
    points, evaluations = curve(store, numbers[2])
    assert [p.update for p in points] == [*range(50, 301, 50)]
    assert [e.epoch for e in evaluations] == [*range(1, 7)]


def test_members_are_steered_one_by_one(
    store: Store, worker: Worker, undisturbed: list[int]
) -> None:
    numbers = packed(store, SENT)
    until_update(store, numbers[0], 60)
    store.set_lr(numbers[1], 0.004)
    ended(store, numbers)
    (command,) = store.commands(numbers[1])
    rates = {p.lr for p in store.points(numbers[1]) if p.update > (command.applied_update or 0)}
    assert rates == {0.004}
    assert curves(store, numbers[2:]) == curves(store, undisturbed[2:])


def test_a_branch_may_start_from_a_member_of_a_pack(
    store: Store, worker: Worker, undisturbed: list[int]
) -> None:
    parent = undisturbed[2]
    number = submit(store, SENT[2], parent=(parent, 100))
    until(store, number, State.FINISHED)
    assert [p.update for p in store.points(number)] == [150]


def test_a_long_run_gives_way_to_a_short_one_and_goes_on_to_the_same_curve(
    new_home: Homes, start: Workers
) -> None:
    home = new_home("turns")
    store = Store(f"sqlite:///{home}/lrlab.db")
    worker = start(home, code=(
        "import lrlab.runs.supervisor as s; s.TURN_SECONDS = 0.5; s.CHECK_SECONDS = 0.1; s.main()"
    ))  # fmt: skip
    worker.until_ready()
    sent = experiment()
    long = submit(store, sent)
    until_update(store, long, 20)
    short = submit(store, experiment(train_examples=320, epochs=1), "somebody else")
    until(store, short, State.FINISHED)
    run = found(store, long)
    assert run.last_update < run.updates
    assert run.attempts <= 1, "giving way is no failure"
    until(store, long, State.FINISHED)
    prepare_threads()
    alone = [each for each in train(sent, device="cpu") if isinstance(each, Point)]
    assert store.points(long) == alone
    store.close()
