"""The queue does in any order of events what its model does, and loses nothing."""

from __future__ import annotations

import os
import random
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Head
from lrlab.runs import State, Store, submitting
from lrlab.runs.commands import Kind
from lrlab.runs.lease import Fenced, Lease
from lrlab.runs.tables import (
    checkpoint,
    command,
    evaluation,
    measure,
    pack,
    point,
    run,
    share,
    tag,
)
from lrlab.runs.writing import Progress
from tests.runs.conftest import experiment
from tests.runs.hand import Hand
from tests.runs.model import EXAMPLES, FINAL, PER_EPOCH, PER_POINT, Model, Row

pytestmark = pytest.mark.databases("sqlite", "postgresql")

# LRLAB_MACHINE_EXAMPLES=1000 searches for longer, and tries the long test on PostgreSQL too.
LONG = "LRLAB_MACHINE_EXAMPLES" in os.environ
TRIES = int(os.environ.get("LRLAB_MACHINE_EXAMPLES", "12"))
STEPS = 40
# To find the shortest example takes minutes: LRLAB_MACHINE_SHRINK=1 asks for it.
PHASES = [
    each for each in Phase if each is not Phase.shrink or "LRLAB_MACHINE_SHRINK" in os.environ
]
EDGES = {
    "queued": {"running", "paused", *FINAL},
    "running": {"queued", "paused", *FINAL},
    "paused": {"queued", "running", "cancelled"},
}
PLAIN = (
    "owner", "priority", "state", "wanted", "token", "attempts", "worker", "pack", "member",
    "error",
)  # fmt: skip

owners = st.sampled_from("abc")
shapes, seeds = st.sampled_from([3, 1]), st.integers(0, 1)  # a shape is so many epochs
priorities = st.sampled_from([0, 0, 0, 1])
wishes = st.tuples(owners, shapes, seeds)
picks = st.integers(0, 30)
spans = st.sampled_from([0, 1, 5, 10, 10, 13])  # updates, often to an epoch's end


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases and back-offs last until the test ends them, however slow the machine is."""
    monkeypatch.setattr("lrlab.runs.claims.LEASE_SECONDS", 25.0)  # more counts as a clock set back
    monkeypatch.setattr("lrlab.runs.lease.LEASE_SECONDS", 25.0)
    monkeypatch.setattr("lrlab.runs.claims.BACK_OFF_SECONDS", {2: 1e6, 3: 1e6, 4: 1e6})


def wish(epochs: int, seed: int) -> Experiment:
    return experiment(train_examples=EXAMPLES, epochs=epochs, seed=seed)


def change(store: Store, which: Any, **values: Any) -> None:
    """Change rows as the passing of time would."""
    with store.database.write() as connection:
        connection.execute(update(run).where(which).values(**values))


Stored = dict[int, dict[str, Any]]


def read(store: Store) -> tuple[Stored, dict[str, list[int]]]:
    """Return everything that the database holds of each run, and the packs' members."""
    with store.database.read() as connection:
        found: Stored = {
            row.id: {
                **{name: getattr(row, name) for name in PLAIN},
                "reached": row.last_update,
                "checkpoint": row.checkpoint_path and (row.checkpoint_path, row.checkpoint_update),
                "parent": row.parent and (row.parent, row.parent_update),
                "started": row.started,
                "points": [], "evaluations": [], "measures": [], "told": [], "kept": {},
                "shares": set(), "tags": set(),
            }
            for row in connection.execute(select(run).order_by(run.c.id))
        }  # fmt: skip
        for row in connection.execute(select(point).order_by(point.c.update)):
            found[row.run]["points"].append((row.update, row.train_loss))
        for row in connection.execute(select(evaluation).order_by(evaluation.c.epoch)):
            found[row.run]["evaluations"].append((row.epoch, row.update, row.test_loss))
        for row in connection.execute(select(measure).order_by(measure.c.seq)):
            found[row.run]["measures"].append((row.seq, row.update, row.name, row.value))
        for row in connection.execute(select(command).order_by(command.c.seq)):
            found[row.run]["told"].append((row.seq, row.kind, row.applied_update))
        for row in connection.execute(select(checkpoint)):
            found[row.run]["kept"][row.update] = row.path
        for table, name, value in ((share, "shares", share.c.owner), (tag, "tags", tag.c.tag)):
            for number, word in connection.execute(select(table.c.run, value)):
                found[number][name].add(word)
        packs: dict[str, list[int]] = defaultdict(list)
        for row in connection.execute(select(pack).order_by(pack.c.name, pack.c.member)):
            packs[row.name].append(row.run)
    return found, dict(packs)


def expected(row: Row, tags: Collection[str] = ()) -> dict[str, Any]:
    """Return what the database must hold of a run."""
    value = float(row.id)
    norms = [(each, "norm") for each in row.between(PER_EPOCH, row.reached)]
    tests = [(each, "test") for each in row.between(PER_EPOCH, row.evaluated)]
    return {
        **{name: getattr(row, name) for name in PLAIN},
        "reached": row.reached,
        "checkpoint": row.checkpoint,
        "parent": row.parent,
        "started": row.started,
        "points": [(each, value) for each in row.between(PER_POINT, row.reached)],
        "evaluations": [(each // PER_EPOCH, each, value) for each, _ in tests],
        "measures": [(k, *each, value) for k, each in enumerate(sorted([*norms, *tests]), 1)],
        "told": [(k, each.kind, each.applied) for k, each in enumerate(row.told, 1)],
        "kept": row.kept,
        "shares": row.shares,
        "tags": set(tags),
    }


class Machine(RuleBasedStateMachine):
    """People, workers and misfortunes, in any order."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.hands: list[Hand] = []
        self.tags: dict[int, set[str]] = {}
        self.claims: set[tuple[int, int]] = set()
        self.before: Stored = {}

    @initialize(sent=st.lists(wishes, min_size=3, max_size=8))
    def begin(self, sent: list[tuple[str, int, int]]) -> None:
        with self.store.database.write() as connection:
            connection.execute(delete(run))
        self.submit_several(sent)

    # People.

    @rule(owner=owners, epochs=shapes, seed=seeds, priority=priorities, anew=st.booleans())
    def submit(self, owner: str, epochs: int, seed: int, priority: int, anew: bool) -> None:
        self._submit(owner, epochs, seed, priority=priority, anew=anew)

    @rule(sent=st.lists(wishes, min_size=2, max_size=4))
    def submit_several(self, sent: list[tuple[str, int, int]]) -> None:
        for owner, epochs, seed in sent:
            self._submit(owner, epochs, seed, anew=True)

    @precondition(lambda self: any(row.kept for row in self.model.rows.values()))
    @rule(owner=owners, pick=picks, seed=seeds, anew=st.booleans())
    def branch(self, owner: str, pick: int, seed: int, anew: bool) -> None:
        kept = [(row, at) for row in self.model.rows.values() for at in sorted(row.kept)]
        row, at = kept[pick % len(kept)]
        if at < row.updates:
            self._submit(owner, row.epochs, seed, anew=anew, parent=(row.id, at))
            return
        with pytest.raises(InvalidInput):
            self.store.submit(wish(row.epochs, seed), owner, parent=(row.id, at))

    def _submit(
        self, owner: str, epochs: int, seed: int, *, anew: bool, priority: int = 0,
        parent: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        done = self.store.submit(
            wish(epochs, seed), owner, anew=anew, priority=priority, parent=parent
        )
        known = None if anew else self.model.answer(epochs, seed, parent, self.model.rows)
        assert done.fresh == (known is None)
        if known is None:
            assert done.run not in self.model.rows
            self.model.rows[done.run] = Row(done.run, owner, epochs, seed, priority, parent)
        else:
            assert done.run == known
            self.model.rows[known].shares |= {owner} - {self.model.rows[known].owner}

    @precondition(lambda self: self.model.rows)
    @rule(pick=picks, verb=st.sampled_from(["pause", "pause", "resume", "cancel"]))
    def tell(self, pick: int, verb: str) -> None:
        row = self._row(pick)
        if row.state in FINAL and verb != "cancel":
            with pytest.raises(InvalidInput):
                getattr(self.store, verb)(row.id)
            return
        getattr(self.model, verb)(row)
        assert getattr(self.store, verb)(row.id) == row.state

    @precondition(lambda self: self.model.of("paused"))
    @rule(pick=picks)
    def resume(self, pick: int) -> None:
        paused = self.model.of("paused")
        row = paused[pick % len(paused)]
        self.model.resume(row)
        assert self.store.resume(row.id) is State.QUEUED

    @precondition(lambda self: self.model.rows)
    @rule(pick=picks, back=st.booleans())
    def steer(self, pick: int, back: bool) -> None:
        row = self._row(pick)
        steer = self.store.hand_back if back else lambda number: self.store.set_lr(number, 0.01)
        if row.state in FINAL:
            with pytest.raises(InvalidInput):
                steer(row.id)
            return
        assert steer(row.id) == row.state
        row.tell("hand-back" if back else "set-lr")

    @precondition(lambda self: self.model.rows)
    @rule(pick=picks, priority=priorities, tags=st.sets(st.sampled_from("xy")))
    def label(self, pick: int, priority: int, tags: set[str]) -> None:
        row = self._row(pick)
        self.store.label(row.id, priority=priority, tags=tags)
        row.priority, self.tags[row.id] = priority, tags

    def _row(self, pick: int) -> Row:
        rows = list(self.model.rows.values())
        return rows[-1 - pick % len(rows)]

    # Workers.

    @rule(worker=st.sampled_from("uvw"), most=st.sampled_from([1, 4]),
          most_work=st.sampled_from([None, None, None, EXAMPLES]))  # fmt: skip
    def claim(self, worker: str, most: int, most_work: float | None) -> None:
        self._claim(worker, most, most_work)

    def _claim(self, worker: str, most: int, most_work: float | None = None) -> Hand | None:
        before = dict(self.model.packs)
        lease = self.store.claim(worker, most=most, most_work=most_work)
        taken = self.model.claim(worker, most=most, most_work=most_work)
        if lease is None:
            assert not taken
            return None
        claimed = lease.claimed
        assert [each.run for each in claimed.claims] == [row.id for row in taken]
        name = taken[0].pack
        assert claimed.pack == name
        whole = self.model.packs[name] if name else [taken[0].id]
        sent = [self.model.rows[number] for number in whole]
        assert list(claimed.experiments) == [wish(r.epochs, r.seed).canonical() for r in sent]
        assert len({row.epochs for row in sent}) == 1
        assert name in before or len(taken) <= most
        stored, _ = read(self.store)
        for each, row in zip(claimed.claims, taken, strict=True):
            row.started = row.started or stored[row.id]["started"]
            assert (each.run, each.token) not in self.claims
            self.claims.add((each.run, each.token))
            assert (each.token, each.last_update) == (row.token, row.reached)
            assert each.last_epoch == max(row.between(PER_EPOCH, row.evaluated), default=0) // 10
            assert each.member == (row.member if name else 0)
            place = each.checkpoint and (each.checkpoint.path, each.checkpoint.member)
            assert place == (row.checkpoint and (row.checkpoint[0], row.member))
            rates = [k for k, told in enumerate(row.told, 1) if told.kind in RATES]
            assert [told.seq for told in each.rates] == rates
        self.hands = [*self.hands[-3:], Hand(lease)]
        return self.hands[-1]

    @rule(most=st.sampled_from([1, 4]), updates=spans, save=st.booleans())
    def serve(self, most: int, updates: int, save: bool) -> None:
        """Claim, and train a while."""
        hand = self._claim("w", most)
        if hand is not None:
            self._commit(hand, updates, save=save)

    @precondition(lambda self: self.model.of("running") and self.hands)
    @rule(pick=picks, updates=spans)
    def take_over(self, pick: int, updates: int) -> None:
        """A worker that was stopped past its lease is woken when another has its runs."""
        hand = self._hand(pick)
        for row in self._mine(hand).values():
            self._expire(row)
        self._claim("another", 4)
        self._commit(hand, updates, save=True)

    @precondition(lambda self: self.hands)
    @rule(pick=picks, updates=spans, late=st.booleans(), save=st.booleans())
    def commit(self, pick: int, updates: int, late: bool, save: bool) -> None:
        self._commit(self._hand(pick), updates, late=late, save=save)

    def _commit(self, hand: Hand, updates: int, *, late: bool = False, save: bool = False) -> None:
        hand.train(updates, most=self._updates(hand), late=late)
        save = save and hand.evaluated == hand.at
        keep = save and hand.at % PER_EPOCH == 0 and hand.at > 0
        mine = self._mine(hand)
        members = list(hand.lease.held)
        progress = {k: hand.progress(k, save=save, keep=keep) for k in members}
        self._fenced(lambda: hand.lease.commit(progress), not mine)
        assert set(hand.lease.held) == set(mine)
        for member, row in mine.items():
            self._stored(hand, member, row, save=save, keep=keep)
        hand.stored()

    def _stored(self, hand: Hand, member: int, row: Row, *, save: bool, keep: bool) -> None:
        """Note what a commit was given of a run."""
        row.expired = False
        if hand.at > row.reached:
            row.reached, row.attempts = hand.at, 0
        row.evaluated = max(row.evaluated, hand.evaluated // PER_EPOCH * PER_EPOCH)
        for each in hand.applied(member):
            assert row.told[each.seq - 1].applied is None
            row.told[each.seq - 1].applied = each.update
        if save:
            row.checkpoint, row.member = (hand.path(), hand.at), member
        if keep:
            row.kept[hand.at] = hand.path("kept")

    @precondition(lambda self: self.hands)
    @rule(pick=picks)
    def look(self, pick: int) -> None:
        hand = self._hand(pick)
        mine = self._mine(hand)
        orders = self._fenced(hand.lease.orders, not mine) or {}
        assert set(orders) == set(mine)
        for member, row in mine.items():
            assert orders[member].wanted == row.wanted
            heard = [each.seq for each in orders[member].commands]
            assert heard == list(range(hand.seen[member] + 1, len(row.told) + 1))
            hand.hear(member, list(orders[member].commands))
        hand.wanted = {member: row.wanted for member, row in mine.items() if row.wanted}

    @precondition(lambda self: any(hand.wanted for hand in self.hands))
    @rule(pick=picks)
    def obey(self, pick: int) -> None:
        """Do what was wanted at the last look, though it may be wanted no longer."""
        hands = [hand for hand in self.hands if hand.wanted]
        hand = hands[pick % len(hands)]
        hand.train(0, most=hand.at)
        for member, wanted in hand.wanted.items():
            if member not in hand.lease.held:
                continue
            row = self._mine(hand).get(member)
            if wanted == "cancelled":
                self._end(hand, member, State.CANCELLED)
                continue
            progress = hand.progress(member, save=True, keep=True)
            progress.columns["checkpoint_path"] = hand.path("kept")
            self._fenced(lambda m=member, p=progress: hand.lease.pause(m, p), row is None)
            if row is not None and row.wanted == "paused":
                self._stored(hand, member, row, save=True, keep=True)
                row.checkpoint = (hand.path("kept"), hand.at)
                row.stand()
        hand.wanted = {}

    @precondition(lambda self: self.hands)
    @rule(pick=picks, again=st.booleans())
    def pause(self, pick: int, again: bool) -> None:
        """Pause a run that trains, or think better of it just before its worker obeys."""
        hand = self._hand(pick)
        for row in list(self._mine(hand).values())[:1]:
            self.model.pause(row)
            assert self.store.pause(row.id) == row.state
            self.look(pick)
            if again:
                self.model.resume(row)
                assert self.store.resume(row.id) == row.state
            if hand.wanted:
                self.obey([each for each in self.hands if each.wanted].index(hand))

    @precondition(lambda self: self.hands)
    @rule(pick=picks, member=st.integers(0, 3),
          state=st.sampled_from(["finished", "finished", "diverged", "failed"]))  # fmt: skip
    def end(self, pick: int, member: int, state: str) -> None:
        hand = self._hand(pick)
        held = list(hand.lease.held) or list(hand.tokens)
        if state == "finished":
            hand.train(self._updates(hand), most=self._updates(hand))
        self._end(hand, held[member % len(held)], State(state))

    def _end(self, hand: Hand, member: int, state: State) -> None:
        row = self._mine(hand).get(member)
        error = "it fell ill" if state in ("diverged", "failed") else None
        progress = hand.progress(member)
        self._fenced(lambda: hand.lease.end(member, state, progress, error=error), row is None)
        if row is not None:
            self._stored(hand, member, row, save=False, keep=False)
            row.end(str(state), error)

    @precondition(lambda self: self.hands)
    @rule(pick=picks, counted=st.booleans())
    def release(self, pick: int, counted: bool) -> None:
        hand = self._hand(pick)
        for row in self._mine(hand).values():
            row.lost("it had to", counted=counted)
        hand.lease.release("it had to", counted=counted)

    @precondition(lambda self: self.hands)
    @rule(pick=picks)
    def renew(self, pick: int) -> None:
        hand = self._hand(pick)
        mine = self._mine(hand)
        assert hand.lease.valid() == any(not row.expired for row in mine.values())
        self._fenced(hand.lease.renew, not mine)
        for row in mine.values():
            row.expired = False

    @precondition(lambda self: any(hand.lease.claimed.pack for hand in self.hands))
    @rule(pick=picks, most=st.integers(1, 3))
    def leave_pack(self, pick: int, most: int) -> None:
        """Too large for the memory: keep the first members, or none once it has begun."""
        hands = [hand for hand in self.hands if hand.lease.claimed.pack]
        hand = hands[pick % len(hands)]
        begun = any(each.checkpoint or each.last_update for each in hand.lease.claimed.claims)
        mine = self._mine(hand)
        if begun or hand.at:
            gone = list(mine)
            hand.lease.dissolve()
        else:
            gone = [member for member in mine if member >= most]
            hand.lease.shrink(most)
            hand.tokens = {k: v for k, v in hand.tokens.items() if k < most}
        self.model.leave_pack(hand.lease.claimed.pack, [mine[member] for member in gone])

    def _hand(self, pick: int) -> Hand:
        return self.hands[-1 - pick % len(self.hands)]

    def _mine(self, hand: Hand) -> dict[int, Row]:
        """Return by member what the lease holds of those that it has not let go of."""
        rows = {k: self.model.rows[hand.tokens[k][0]] for k in hand.lease.held}
        return {
            k: row
            for k, row in rows.items()
            if row.state == "running" and row.token == hand.tokens[k][1]
        }

    def _updates(self, hand: Hand) -> int:
        return self.model.rows[hand.lease.claimed.claims[0].run].updates

    def _fenced(self, write: Callable[[], Any], fenced: bool) -> Any:
        if not fenced:
            return write()
        with pytest.raises(Fenced):
            write()
        return None

    # Misfortunes, and the passing of time.

    @precondition(lambda self: self.hands)
    @rule(pick=picks)
    def kill(self, pick: int) -> None:
        """Nobody hears of the worker again, until its lease runs out."""
        self.hands.remove(self._hand(pick))

    @precondition(lambda self: self.model.of("running"))
    @rule(pick=picks)
    def expire(self, pick: int) -> None:
        running = self.model.of("running")
        row = running[pick % len(running)]
        for each in running:
            if each.id == row.id or (row.pack and each.pack == row.pack):
                self._expire(each)

    def _expire(self, row: Row) -> None:
        change(self.store, run.c.id == row.id, lease_until=1.0)
        row.expired = True

    @precondition(lambda self: any(row.backs_off for row in self.model.rows.values()))
    @rule()
    def wait(self) -> None:
        change(self.store, run.c.not_before > 0, not_before=1.0)
        for row in self.model.rows.values():
            row.backs_off = False

    @rule(worker=st.sampled_from("uvw"))
    def reclaim(self, worker: str) -> None:
        self.store.reclaim(worker)
        for row in self.model.of("running"):
            if row.worker == worker:
                row.lost("its worker was lost")

    def _train_to_the_end(self, pick: int) -> None:
        """Hear what people say to a worker's runs, and finish them."""
        if not self.hands:
            return  # what the claim took back has to wait first
        self.look(pick)
        hand = self._hand(pick)
        while hand.lease.held:
            self.end(pick, 0, "finished")
        self.hands.remove(hand)

    # What must hold.

    @invariant()
    def nothing_differs(self) -> None:
        found, packs = read(self.store)
        for number, row in self.model.rows.items():
            assert found[number] == expected(row, self.tags.get(number, ()))
        assert set(found) == set(self.model.rows)
        assert packs == {name: runs for name, runs in self.model.packs.items() if runs}
        for number, was in self.before.items():
            self._follows(was, found[number])
        self.before = found

    def _follows(self, was: dict[str, Any], now: dict[str, Any]) -> None:
        """Only what may change has changed."""
        said = {"priority": 0, "tags": (), "shares": (), "kept": 0}
        if was["state"] in FINAL:
            assert was | said == now | said
        elif was["state"] != now["state"]:
            assert now["state"] in EDGES[was["state"]]
        assert now["token"] >= was["token"]
        for name in ("points", "evaluations", "measures"):
            assert now[name][: len(was[name])] == was[name]
        for one, other in zip(was["told"], now["told"], strict=False):
            assert one == other or (one[2] is None and one[:2] == other[:2])
        applied = [at for _, kind, at in now["told"] if kind in RATES and at is not None]
        assert applied == sorted(applied)
        moves = [kind for _, kind, _ in now["told"] if kind in ("pause", "resume")]
        assert now["state"] != "paused" or moves[-1] == "pause"

    def teardown(self) -> None:
        """An ideal worker empties the queue."""
        if sys.exc_info()[0]:
            return  # it has failed already
        self.hands.clear()
        for row in self.model.of("running"):
            self._expire(row)
        while self.model.of("queued", "running"):
            self.wait()
            hand = self._claim("ideal", 1 + 3 * (len(self.claims) % 2))
            if hand is None or len(self.hands) > 1:  # two train at a time
                self._train_to_the_end(0 if hand is None else 1)
            self.nothing_differs()
        self.nothing_differs()
        for row in self.model.rows.values():
            assert row.state in (*FINAL, "paused")
            assert row.state != "finished" or row.reached == row.evaluated == row.updates


RATES = {Kind.SET_LR, Kind.HAND_BACK}


def test_in_any_order_of_events_the_queue_does_what_its_model_does(store: Store) -> None:
    machine = type("Machine", (Machine,), {"store": store})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=TRIES, stateful_step_count=STEPS, deadline=None,
            suppress_health_check=[*HealthCheck], report_multiple_bugs=False, phases=PHASES,
        ),
    )  # fmt: skip


@pytest.mark.databases("sqlite", *["postgresql"] * LONG)
def test_a_thousand_runs_of_forty_owners_are_served_fairly_through_fifty_losses(
    store: Store,
) -> None:
    chance = random.Random(7)
    model = queued(store, 1000, owners=40, chance=chance)
    losses = set(chance.sample(range(250), 50))
    at_work: deque[Lease] = deque()
    stale: list[Lease] = []
    for turn in count():
        if not model.of("queued"):
            break
        most = chance.choice([1, 4, 4])
        lease = store.claim(f"worker {turn % 4}", most=most)
        taken = model.claim(f"worker {turn % 4}", most=most)
        numbers = [row.id for row in taken]
        assert ([each.run for each in lease.claimed.claims] if lease else []) == numbers
        note_starts(store, model, numbers)
        if lease is None:  # what was lost twice waits a while
            change(store, run.c.not_before > 0, not_before=1.0)
            for row in model.rows.values():
                row.backs_off = False
        elif turn in losses:
            change(store, run.c.id.in_(numbers), lease_until=1.0)
            for row in taken:
                row.expired = True
            stale.append(lease)
        else:
            at_work.append(lease)
        if len(at_work) > 3:
            finish(model, at_work.popleft())
    for lease in at_work:
        finish(model, lease)
    assert len(stale) == 50
    for lease in stale:
        with pytest.raises(Fenced):
            lease.renew()
    found, _ = read(store)
    assert found.keys() == model.rows.keys()
    for number, row in model.rows.items():
        assert (found[number]["state"], found[number]["reached"]) == ("finished", row.updates)
        assert found[number]["token"] == row.token


def queued(store: Store, runs: int, *, owners: int, chance: random.Random) -> Model:
    """Queue so many runs of two shapes in one transaction."""
    model = Model()
    with store.database.write() as connection:
        for _ in range(runs):
            owner = f"owner {int(owners * chance.random() ** 2)}"  # some have many more
            epochs, seed = chance.choice([1, 3]), chance.choice([0, 1])
            sent = submitting.Wish(wish(epochs, seed), owner, "")
            number = submitting.submit(connection, sent, anew=True).run
            model.rows[number] = Row(number, owner, epochs, seed)
    return model


def note_starts(store: Store, model: Model, numbers: Collection[int]) -> None:
    with store.database.read() as connection:
        query = select(run.c.id, run.c.started).where(run.c.id.in_(numbers))
        for number, started in connection.execute(query):
            model.rows[number].started = started


def finish(model: Model, lease: Lease) -> None:
    for member, held in list(lease.held.items()):
        row = model.rows[held.claim.run]
        row.reached, row.attempts = row.updates, 0
        head = Head(row.updates, row.epochs, 0.1, 1.0, 0.5)
        lease.end(member, State.FINISHED, Progress(head))
        row.end("finished")
