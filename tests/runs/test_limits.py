"""What the lab's owner allows each owner of runs, read anew whenever it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlab.errors import InvalidInput
from lrlab.runs import Store
from lrlab.runs.lab import Lab, lab
from lrlab.runs.limits import OverLimit, limits
from tests.runs.conftest import experiment
from tests.submitted import submit


def say(home: Path, text: str) -> None:
    (home / "lab.toml").write_text(text)


def test_an_owner_may_not_have_more_runs_waiting_than_allowed(home: Path, store: Store) -> None:
    say(home, "[limits]\nqueued = 2")
    first, _ = submit(store, experiment(), "ada"), submit(store, experiment(), "ada")
    with pytest.raises(OverLimit, match=r"owner is 'ada', .* 2 runs .*limits\.queued in lab\.toml"):
        submit(store, experiment(), "ada")
    submit(store, experiment(), "bob")
    store.pause(first)
    with pytest.raises(OverLimit):  # a paused run waits too
        submit(store, experiment(), "ada")
    store.cancel(first)
    submit(store, experiment(), "ada")


def test_a_limit_holds_from_the_moment_it_is_written(home: Path, store: Store) -> None:
    submit(store, experiment(), "ada")
    say(home, "[limits]\nqueued = 1")
    with pytest.raises(OverLimit):
        submit(store, experiment(), "ada")
    say(home, "[limits]\nqueued = 2")
    submit(store, experiment(), "ada")


def test_a_run_may_not_be_longer_than_allowed(home: Path, store: Store) -> None:
    say(home, "[limits]\nepochs = 2")
    submit(store, experiment(epochs=2))
    with pytest.raises(OverLimit, match=r"epochs is 3; .* allows 2 .*limits\.epochs"):
        submit(store, experiment(epochs=3))


def test_what_is_in_the_store_is_no_new_run(home: Path, store: Store) -> None:
    number = submit(store, experiment(), "ada")
    say(home, "[limits]\nqueued = 1\nepochs = 1")
    found = store.submit(experiment(), owner="ada")
    assert (found.run, found.fresh) == (number, False)


def test_an_owner_has_what_her_table_says_and_else_what_all_have(home: Path, store: Store) -> None:
    say(home, "[limits]\nqueued = 1\nepochs = 5\n[owners.ada]\nqueued = 2\npriority = 10")
    assert (limits("ada").queued, limits("ada").epochs, limits("bob").queued) == (2, 5, 1)
    mine = submit(store, experiment(), "ada")
    other = submit(store, experiment(), "bob")
    urgent = submit(store, experiment(), "ada", priority=20)
    runs = [store.run(each) for each in (mine, other, urgent)]
    assert [run and run.priority for run in runs] == [10, 0, 20]
    with pytest.raises(OverLimit):
        submit(store, experiment(), "bob")


def test_while_the_file_cannot_be_read_the_last_limits_hold(home: Path, store: Store) -> None:
    say(home, "[limits]\nqueued = 1")
    submit(store, experiment(), "ada")
    say(home, "[limits\nqueued = ")
    with pytest.raises(InvalidInput):
        lab()
    with pytest.raises(OverLimit):
        submit(store, experiment(), "ada")
    submit(store, experiment(), "bob")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[limits]\nqueued = 0", "lab.toml.limits.queued is 0; allowed is a whole number from 1"),
        ("[limits]\nqueued = true", "lab.toml.limits.queued is True; allowed is a whole number"),
        ("limits = 5", "lab.toml.limits is 5; allowed is a table."),
        ("[limits]\nrungs = 5", "lab.toml.limits.rungs is not a known field; allowed is queued or"),
        ("[owners]\nada = 5", "lab.toml.owners.ada is 5; allowed is a table."),
        ("owners = 5", "lab.toml.owners is 5; allowed is a table."),
        ("[owners.ada]\nbytes = 5", "lab.toml.owners.ada.bytes is not a known field; allowed is q"),
        ("[owners.ada]\npriority = 101", "allowed is a whole number from -100 to 100."),
        ("[retention]\ndays = 1.5", "lab.toml.retention.days is 1.5; allowed is a whole number"),
        ("[retention]\nqueued = 5", "is not a known field; allowed is days or runs or megabytes."),
    ],
)
def test_what_is_no_limit_is_one_sentence(home: Path, text: str, sentence: str) -> None:
    say(home, text)
    with pytest.raises(InvalidInput) as caught:
        lab()
    assert sentence in str(caught.value)


def test_a_lab_keeps_all_runs_and_bounds_their_checkpoints_by_itself() -> None:
    kept = Lab().retention
    assert (kept.days, kept.runs, kept.megabytes) == (None, None, 2000)


def test_an_owner_has_no_more_runs_at_work_than_her_own_limit(home: Path, store: Store) -> None:
    say(home, "[limits]\nrunning = 2\n[owners.ada]\nrunning = 1")
    for owner in ("ada", "ada", "bob", "bob", "bob"):
        submit(store, experiment(), owner)
    leases = [store.claim(f"worker {k}") for k in range(4)]
    taken = [store.run(each.claimed.claims[0].run).owner for each in leases if each]
    assert sorted(taken) == ["ada", "bob", "bob"]
