"""Paused, steered, branched: by commands in the store, on a real worker, to the same bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lrlab.errors import InvalidInput
from lrlab.runs import Run, State, Store
from lrlab.runs.commands import Command, Kind
from lrlab.runs.lineage import branched, replayed
from tests.runs.conftest import curve, experiment, until, until_update
from tests.runs.kept import home, store, worker
from tests.runs.processes import Worker, wait_for
from tests.submitted import submit

__all__ = ["home", "store", "worker"]  # fixtures

SENT = experiment(epochs=5, train_examples=1600, clock="step",
                  schedule={"kind": "cosine", "length": 250})  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(store: Store, worker: Worker) -> tuple[list[Any], list[Any]]:
    number = submit(store, SENT)
    until(store, number, State.FINISHED)
    return curve(store, number)


def found(store: Store, number: int) -> Run:
    run = store.run(number)
    assert run is not None
    return run


def applied(store: Store, number: int) -> list[Command]:
    """Wait until every command of the run has been applied, and return them."""

    def all_of_them() -> list[Command]:
        commands = store.commands(number)
        return commands if all(c.applied_update is not None for c in commands) else []

    return wait_for(all_of_them, "the commands to be applied")


def repeat(store: Store, number: int) -> int:
    """Train the rates that a run really applied as a schedule of their own."""
    again = submit(store, replayed(store, number))
    until(store, again, State.FINISHED)
    return again


def test_a_paused_run_stands_still_and_goes_on_to_the_same_curve(
    store: Store, undisturbed: tuple[list[Any], list[Any]]
) -> None:
    number = submit(store, SENT)
    until_update(store, number, 70)
    assert store.pause(number) is State.RUNNING
    assert found(store, number).wanted is State.PAUSED
    until(store, number, State.PAUSED)
    stood = found(store, number)
    assert stood.last_update >= 70
    assert store.claim("nobody has to train it") is None
    assert store.resume(number) is State.QUEUED
    until(store, number, State.FINISHED)
    assert curve(store, number) == undisturbed
    kinds = [(c.kind, c.applied_update) for c in store.commands(number)]
    assert kinds == [(Kind.PAUSE, stood.last_update), (Kind.RESUME, stood.last_update)]


def test_a_rate_set_by_hand_holds_is_kept_and_can_be_replayed_to_the_same_bits(
    store: Store, worker: Worker
) -> None:
    number = submit(store, SENT.model_copy(update={"epochs": 15}))
    until_update(store, number, 60)
    store.set_lr(number, 0.0625)
    (command,) = applied(store, number)
    assert command.applied_update is not None
    assert command.applied_update >= 60
    until_update(store, number, command.applied_update + 55)
    store.hand_back(number, scaled=True)
    until(store, number, State.FINISHED)
    held, back = (c.applied_update or 0 for c in store.commands(number))
    rates = {point.update: point.lr for point in store.points(number)}
    assert {rates[u] for u in rates if held < u <= back} == {0.0625}
    again = repeat(store, number)
    assert curve(store, again) == curve(store, number)


def test_a_steered_run_that_is_killed_again_and_again_keeps_its_curve(
    store: Store, worker: Worker
) -> None:
    number = submit(store, SENT)
    for update, lr in ((20, 0.02), (80, 0.3), (130, 0.01)):
        until_update(store, number, update)
        store.set_lr(number, lr)
        worker.kill_training()  # before it saw the command, or just after
    until_update(store, number, 180)
    store.hand_back(number)
    applied(store, number)
    worker.kill_training()
    until(store, number, State.FINISHED)
    assert len(applied(store, number)) == 4
    assert curve(store, repeat(store, number)) == curve(store, number)


def test_what_is_told_to_a_run_that_waits_acts_at_its_first_update(
    store: Store, worker: Worker
) -> None:
    blocker = submit(store, experiment(epochs=300))
    until_update(store, blocker, 1)
    number = submit(store, SENT)
    store.set_lr(number, 0.05)
    assert store.pause(number) is State.PAUSED
    store.cancel(blocker)
    store.resume(number)
    until(store, number, State.FINISHED)
    (command,) = [c for c in store.commands(number) if c.kind is Kind.SET_LR]
    assert command.applied_update == 0
    assert {point.lr for point in store.points(number)} == {0.05}


def test_a_command_that_cannot_be_done_is_refused_with_a_sentence_and_changes_nothing(
    store: Store, worker: Worker
) -> None:
    zero = experiment(epochs=4, schedule={"kind": "multistep", "base_lr": 0.1, "milestones": [0],
                                          "factor": 0.0})  # fmt: skip
    number = submit(store, zero)
    store.set_lr(number, 0.05)
    applied(store, number)
    store.hand_back(number, scaled=True)
    *_, refused = applied(store, number)
    assert refused.refusal is not None
    assert "where the schedule's rate is 0" in refused.refusal
    until(store, number, State.FINISHED)
    assert {point.lr for point in store.points(number)} == {0.05}
    for tell in (store.pause, store.resume, store.hand_back):
        with pytest.raises(InvalidInput, match=rf"^run is {number}, which has finished; "):
            tell(number)
    with pytest.raises(InvalidInput, match=r"^lr is -1\.0; allowed is a number from 0 to"):
        store.set_lr(number, -1.0)


def test_a_branch_with_nothing_changed_is_its_parent_bit_for_bit(
    store: Store, undisturbed: tuple[list[Any], list[Any]]
) -> None:
    parent = submit(store, SENT)
    until(store, parent, State.FINISHED)
    assert [each.update for each in store.checkpoints(parent)] == [50, 100, 150, 200, 250]
    number = submit(store, SENT, parent=(parent, 100))
    assert found(store, number).last_update == 100
    until(store, number, State.FINISHED)
    points, evaluations = curve(store, number)
    assert points == [each for each in undisturbed[0] if each.update > 100]
    assert evaluations == [each for each in undisturbed[1] if each.update > 100]
    family = [run.id for run in store.family(number)]
    assert family == [parent, number] == [run.id for run in store.family(parent)]


def test_a_branch_follows_its_own_schedule_from_where_it_began(
    store: Store, worker: Worker
) -> None:
    parent = submit(store, SENT)
    until(store, parent, State.FINISHED)
    child = branched(SENT, {"schedule": {"kind": "constant", "base_lr": 0.02}, "epochs": 6})
    number = submit(store, child, parent=(parent, 150))
    until_update(store, number, 170)
    worker.kill_training()  # it goes on from its own checkpoint, or from the parent's again
    until(store, number, State.FINISHED)
    points, evaluations = curve(store, number)
    assert [p.update for p in points] == [200, 250, 300]
    assert {p.lr for p in points} == {0.02}
    assert [e.epoch for e in evaluations] == [4, 5, 6]
    again = submit(store, branched(child, {"epochs": 8}), parent=(number, 300))
    until(store, again, State.FINISHED)
    assert [p.update for p in store.points(again)] == [350, 400]


def test_a_branch_that_cannot_be_is_refused_with_a_sentence(store: Store, worker: Worker) -> None:
    parent = submit(store, SENT)
    until(store, parent, State.FINISHED)
    with pytest.raises(InvalidInput, match=r"^update is 70; run \d+ has checkpoints at updates"):
        submit(store, SENT, parent=(parent, 70))
    with pytest.raises(InvalidInput, match=r"^parent is run 99999; allowed is the number of a run"):
        submit(store, SENT, parent=(99999, 100))
    with pytest.raises(InvalidInput, match=r"^model is 'mlp'; "):
        submit(store, branched(SENT, {"model": "mlp"}), parent=(parent, 100))


def test_a_branch_whose_checkpoint_has_gone_fails_with_what_to_do(
    store: Store, worker: Worker, home: Path
) -> None:
    parent = submit(store, SENT)
    until(store, parent, State.FINISHED)
    for path in (home / "kept").glob(f"{parent}-*"):
        path.unlink()
    number = submit(store, SENT, parent=(parent, 100))
    until(store, number, State.FAILED)
    assert found(store, number).error == (
        f"parent is run {parent}, whose checkpoint is gone; branch from another one."
    )
