"""Who is next, and what a waiting person is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lrlab.runs import State, Store
from lrlab.runs.queue import Owner, Place, Waiting, fair_order, places
from lrlab.runs.writing import Progress
from tests.runs.conftest import experiment
from tests.submitted import submit


def claim_owner(store: Store) -> str:
    """Claim the next run, end it, and return whose it was."""
    lease = store.claim("worker")
    assert lease is not None
    run = store.run(lease.claimed.claims[0].run)
    assert run is not None
    lease.end(0, State.FINISHED, Progress())
    return run.owner


def test_one_person_queues_four_and_another_two(store: Store) -> None:
    for owner in "aaaabb":
        submit(store, experiment(), owner=owner)
    assert [claim_owner(store) for _ in range(6)] == ["a", "b", "a", "b", "a", "a"]
    assert store.claim("worker") is None


def test_with_several_devices_nobody_gets_a_second_before_everybody_has_a_first(
    store: Store,
) -> None:
    runs = {submit(store, experiment(), owner=owner): owner for owner in "aaabc"}
    leases = [store.claim(f"worker {n}") for n in range(3)]
    assert [runs[lease.claimed.claims[0].run] for lease in leases if lease] == ["a", "b", "c"]


def test_who_has_a_run_in_training_lets_others_go_first(store: Store) -> None:
    submit(store, experiment(), owner="a")
    assert store.claim("worker 1") is not None  # and trains on
    submit(store, experiment(), owner="b")
    assert claim_owner(store) == "b"
    for owner in "ab":
        submit(store, experiment(), owner=owner)
    assert claim_owner(store) == "b", "though the last start of a is longer ago"


def test_an_interrupted_run_goes_on_before_others_start(store: Store) -> None:
    first = submit(store, experiment(), owner="a")
    submit(store, experiment(), owner="b")
    lease = store.claim("worker")
    assert lease is not None
    lease.release("its worker was stopped", counted=False)
    again = store.claim("worker")
    assert again is not None
    assert again.claimed.claims[0].run == first


def test_places_foretell_the_order_of_the_claims(store: Store) -> None:
    for owner in "aabcab":
        submit(store, experiment(), owner=owner)
    store.cancel(2)
    interrupted = store.claim("worker")
    assert interrupted is not None
    interrupted.release("its worker was stopped", counted=False)
    foretold = sorted((run.place.position, run.id) for run in store.list() if run.place)
    claimed = []
    while (lease := store.claim("worker")) is not None:
        claimed.append(lease.claimed.claims[0].run)
        lease.end(0, State.FINISHED, Progress())
    assert claimed == [run for _, run in foretold]


def test_waiting_times_add_up_the_runs_ahead(store: Store) -> None:
    runs = [submit(store, experiment(batch_size=size), owner="a") for size in (16, 32, 64)]
    lease = store.claim("worker")
    assert lease is not None
    lease.commit({0: Progress(columns={"examples_per_second": 960.0})})
    # Each run has 3 epochs of 3200 examples: 10 s at this speed.
    found = {run.id: run for run in store.list()}
    assert found[runs[1]].place == Place(1, 10.0)
    assert found[runs[2]].place == Place(2, 20.0)
    assert found[runs[2]].eta_seconds == 30.0
    assert found[runs[0]].place is None


def test_without_a_measured_speed_only_the_place_is_told(store: Store) -> None:
    for size in (16, 32):
        submit(store, experiment(batch_size=size))
    second, first = store.list()
    assert (first.place, first.eta_seconds) == (Place(1, 0.0), None)
    assert second.place == Place(2, None)


def test_several_devices_free_up_one_after_the_other() -> None:
    waiting = [Waiting(id, "a", False, 100.0) for id in range(3)]
    found = places(waiting, busy=[5.0, 1.0], speed=10.0)
    assert [found[id].starts_in for id in range(3)] == [1.0, 5.0, 11.0]


def test_those_that_can_share_a_pack_start_together_and_the_next_when_its_longest_ends() -> None:
    works = {0: 100.0, 1: 50.0, 2: 300.0, 3: 80.0, 4: 10.0}
    groups = {0: "one", 1: "other", 2: "one", 3: "one", 4: None}
    waiting = [Waiting(id, "a", False, work, group=groups[id]) for id, work in works.items()]
    found = places(waiting, busy=[], speed=10.0, most=2)
    assert [found[id].position for id in works] == [1, 2, 3, 4, 5]
    assert [found[id].starts_in for id in works] == [0.0, 30.0, 0.0, 35.0, 43.0]


def test_what_is_foretold_to_start_together_is_claimed_together(store: Store) -> None:
    for seed, size in enumerate([32, 64, 32, 32, 64, 32, 32]):
        submit(store, experiment(seed=seed, batch_size=size), owner="ab"[seed % 2])
    measured = store.claim("worker")
    assert measured is not None
    measured.end(0, State.FINISHED, Progress(columns={"examples_per_second": 100.0}))
    starts: dict[float, set[int]] = {}
    for run in store.list():
        if run.place:
            assert run.place.starts_in is not None
            starts.setdefault(run.place.starts_in, set()).add(run.id)
    claimed = []
    while (lease := store.claim("worker", most=4)) is not None:
        claimed.append({claim.run for claim in lease.claimed.claims})
        for member in list(lease.held):
            lease.end(member, State.FINISHED, Progress())
    assert claimed == [runs for _, runs in sorted(starts.items())]
    assert sorted(len(runs) for runs in claimed) == [2, 4]


owners = st.sampled_from("abcd")


@given(st.lists(owners, max_size=12), st.dictionaries(owners, st.floats(1, 9), max_size=4))
def test_no_owner_is_ever_two_starts_ahead_of_one_who_waits(
    line: list[str], last_start: dict[str, float]
) -> None:
    owners = {name: Owner(last_start=last) for name, last in last_start.items()}
    order = fair_order([Waiting(i, o, False, 1.0) for i, o in enumerate(line)], owners)
    assert sorted(each.id for each in order) == list(range(len(line)))
    for length in range(len(order) + 1):
        started = {owner: sum(e.owner == owner for e in order[:length]) for owner in line}
        waits = {e.owner for e in order[length:]}
        assert all(started[o] - started[w] <= 1 for o in started for w in waits)


def test_packs_take_from_all_owners_in_turn(store: Store) -> None:
    owners = "abcdef"
    for owner in owners:
        for seed in range(3):
            submit(store, experiment(seed=seed), owner=owner)
    started = dict.fromkeys(owners, 0)
    while (lease := store.claim("worker", most=4)) is not None:
        for claim in lease.claimed.claims:
            run = store.run(claim.run)
            assert run is not None
            started[run.owner] += 1
            lease.end(claim.member, State.FINISHED, Progress())
        assert max(started.values()) - min(started.values()) <= 1
    assert set(started.values()) == {3}
