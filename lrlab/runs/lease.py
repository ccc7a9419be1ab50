"""The right of one worker to write to the runs of a pack, until later claims take it.

A run that was lost touches no row and is let go of; once all are, `Fenced` says so. Nothing
of a lost run is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from math import isfinite
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, false, insert, or_, select, update

from lrlab.records import Evaluation, Head, Measure, Point, Record
from lrlab.runs import commands
from lrlab.runs.checkpoints import sparse
from lrlab.runs.claims import (
    LEASE_SECONDS,
    Claim,
    Claimed,
    back_to_queue,
    close_commands,
    ending,
    standing,
)
from lrlab.runs.commands import Applied, Command
from lrlab.runs.database import Database, now
from lrlab.runs.states import FINAL, State
from lrlab.runs.tables import RUNNING, checkpoint, evaluation, measure, pack, point, run


class Fenced(RuntimeError):
    """Every run of the lease is lost: it belongs to another worker, or has ended."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that branches may start from: its file below the lab's home."""

    update: int
    epoch: float
    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What one commit stores of a run: its head, the records since the last one, and more.

    `columns` are columns of the run and their values, `applied` what became of commands,
    `kept` a checkpoint for branches.
    """

    head: Head | None = None
    records: Sequence[Record] = ()
    columns: dict[str, Any] = field(default_factory=dict)
    applied: Sequence[Applied] = ()
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """What people want of a run: the state that it should be in, and new commands."""

    wanted: State | None
    commands: Sequence[Command] = ()


class Lease:
    """One claim's writes, by member. Every method raises StoreError where that cannot be done."""

    def __init__(self, database: Database, claimed: Claimed) -> None:
        self.claimed = claimed
        self.held = {claim.member: _Member(claim) for claim in claimed.claims}
        self.extended = monotonic()  # when the lease was last extended, for who extends it next
        self._database = database

    def commit(self, progress: Mapping[int, Progress]) -> None:
        """Store the members' progress and extend the lease, in one transaction. Raises Fenced.

        Records that are stored already, from before a worker was lost, are not stored again.
        Members that were lost are let go of.
        """
        self._write({member: (each, self._longer()) for member, each in progress.items()})

    def end(self, member: int, state: State, progress: Progress, error: str | None = None) -> None:
        """Store a member's progress and final state in one transaction, and let go of it."""
        self._write({member: (progress, ending(state, error))})
        self.held.pop(member, None)

    def pause(self, member: int, progress: Progress) -> bool:
        """Store a member's progress and that it waits for a person, and let go of it.

        One that nobody wants paused any more is left as it is; returns whether it was let go of.
        """
        with self._database.write() as connection:
            if self._unwanted(connection, member):
                return False
            done, lost = self._store(connection, {member: (progress, standing())})
        self._settle(done, lost)
        self.held.pop(member, None)
        return True

    def renew(self) -> None:
        """Extend the lease. Raises Fenced."""
        self._write({member: (Progress(), self._longer()) for member in self.held})

    def orders(self) -> dict[int, Orders]:
        """Return what people want of each member, and commands since the last look.

        Raises Fenced once no member is left.
        """
        columns = run.c.id, run.c.wanted, run.c.command_seq
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(self._mine())).all()
            if not rows:
                raise Fenced(self._lost())
            members = {each.claim.run: each for each in self.held.values()}
            news: dict[int, list[Command]] = {
                r.id: [] for r in rows if r.command_seq > members[r.id].command_seq
            }
            after = min((members[number].command_seq for number in news), default=0)
            news |= commands.read_commands(connection, news, after=after) if news else {}
        found = {}
        for row in rows:
            member = members[row.id]
            fresh = [each for each in news.get(row.id, ()) if each.seq > member.command_seq]
            member.command_seq = max(member.command_seq, row.command_seq)
            wanted = State(row.wanted) if row.wanted else None
            found[member.claim.member] = Orders(wanted, fresh)
        return found

    def valid(self) -> bool:
        """Return whether any run still is this claim's and its lease has not run out."""
        with self._database.read() as connection:
            query = select(run.c.id).where(self._mine(), run.c.lease_until >= now()).limit(1)
            return connection.scalar(query) is not None

    def release(self, reason: str, *, counted: bool = True) -> None:
        """Return the runs that are still held to the queue; see `back_to_queue`."""
        with self._database.write() as connection:
            back_to_queue(connection, self._mine(), reason=reason, counted=counted)

    def shrink(self, most: int) -> None:
        """Return all but the first members of a pack that has not begun to the queue."""
        self._leave([member for member in self.held if member >= most])
        kept = tuple(claim for claim in self.claimed.claims if claim.member < most)
        experiments = self.claimed.experiments[:most]
        self.claimed = replace(self.claimed, claims=kept, experiments=experiments)

    def dissolve(self) -> None:
        """Return all members to the queue, where each waits to go on by itself."""
        self._leave(list(self.held))

    def _leave(self, members: Sequence[int]) -> None:
        with self._database.write() as connection:
            which = or_(false(), *(self.held[member].mine for member in members))
            leave = update(run).where(which).values(pack=None).returning(run.c.id)
            gone = connection.scalars(leave).all()  # what was lost is another worker's pack now
            of_pack = and_(pack.c.name == self.claimed.pack, pack.c.run.in_(gone))
            connection.execute(delete(pack).where(of_pack))
            back_to_queue(connection, which, reason="its pack was too large", counted=False)
        for member in members:
            self.held.pop(member)

    def _mine(self) -> Any:
        # A copy: the guard looks while the training lets go of a member.
        return or_(false(), *(member.mine for member in list(self.held.values())))

    def _longer(self) -> dict[str, Any]:
        return {"lease_until": now() + LEASE_SECONDS}

    def _unwanted(self, connection: Connection, member: int) -> bool:
        """Return whether a member is held and not to be paused, till the transaction's end."""
        if member not in self.held:
            return False
        wanted = select(run.c.wanted).where(self.held[member].mine).with_for_update()
        row = connection.execute(wanted).first()
        return row is not None and row.wanted != State.PAUSED

    def _write(self, writes: Writes) -> None:
        with self._database.write() as connection:
            done, lost = self._store(connection, writes)
        self._settle(done, lost)

    def _store(self, connection: Connection, writes: Writes) -> tuple[list[Done], list[int]]:
        """Write what is still held; return that, and which members are lost."""
        done: list[Done] = []
        lost: list[int] = []
        for number, (progress, values) in writes.items():
            member = self.held.get(number)
            if member is None or not member.store(connection, progress, values):
                lost.append(number)
            else:
                done.append((member, progress))
        return done, lost

    def _settle(self, done: Sequence[Done], lost: Sequence[int]) -> None:
        """Take what was written for stored, once its transaction is through. Raises Fenced."""
        for member, progress in done:
            member.advance(progress)
        for number in lost:
            self.held.pop(number, None)
        if not done:
            raise Fenced(self._lost())
        self.extended = monotonic()

    def _lost(self) -> str:
        numbers = ", ".join(f"{each.run} (claim {each.token})" for each in self.claimed.claims)
        return f"No longer held: run {numbers}."


class _Member:
    """One run of a lease, and how far its records are stored."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.command_seq = claim.command_seq
        self.mine = and_(run.c.id == claim.run, run.c.token == claim.token, RUNNING)
        self._last_update = claim.last_update
        self._last_point = claim.last_point
        self._last_epoch = claim.last_epoch
        self._last_measures = dict(claim.last_measures)
        self._last_seq = claim.last_seq

    def store(self, connection: Connection, progress: Progress, values: dict[str, Any]) -> bool:
        """Write progress and columns; False, and nothing, where the run is lost."""
        points, evaluations, measures = self._new(progress.records)
        values = values | self._head_columns(progress.head)
        if evaluations:
            values["test_acc"] = evaluations[-1].test_acc
        statement = update(run).where(self.mine).values(**_finite(values | progress.columns))
        if not connection.execute(statement).rowcount:
            return False
        number = self.claim.run
        _insert(connection, point, [self._row(each) for each in points])
        _insert(connection, evaluation, [self._row(each) for each in evaluations])
        _insert(connection, measure, self._numbered(measures))
        commands.apply(connection, number, progress.applied)
        self._keep(connection, progress.kept)
        if "state" in values:
            close_commands(connection, number, values["state"])
        return True

    def advance(self, progress: Progress) -> None:
        """Take what was written for stored, once its transaction is through."""
        points, evaluations, measures = self._new(progress.records)
        head = progress.head
        self._last_update = max(self._last_update, head.update if head else 0)
        self._last_point = points[-1].update if points else self._last_point
        self._last_epoch = evaluations[-1].epoch if evaluations else self._last_epoch
        self._last_measures |= {each.name: each.update for each in measures}
        self._last_seq += len(measures)

    def _new(
        self, records: Sequence[Record]
    ) -> tuple[list[Point], list[Evaluation], list[Measure]]:
        """Return the points, evaluations and measures that are not stored yet.

        Each measure counts for itself: what is measured at one update may come in several
        commits, and a worker may be lost between them.
        """
        last = self._last_measures
        return (
            [r for r in records if isinstance(r, Point) and r.update > self._last_point],
            [r for r in records if isinstance(r, Evaluation) and r.epoch > self._last_epoch],
            [r for r in records if isinstance(r, Measure) and r.update > last.get(r.name, -1)],
        )

    def _row(self, record: Point | Evaluation | Measure) -> dict[str, Any]:
        row = _finite(asdict(record)) | {"run": self.claim.run}
        row.pop("member")
        return row

    def _numbered(self, measures: list[Measure]) -> list[dict[str, Any]]:
        seqs = count(self._last_seq + 1)
        return [self._row(each) | {"seq": next(seqs)} for each in measures]

    def _head_columns(self, head: Head | None) -> dict[str, Any]:
        """Return the head's columns; while stored updates are repeated, the head stands still."""
        if head is None or head.update <= self._last_update:
            return {}
        values = asdict(head)
        return {"last_update": values.pop("update"), "attempts": 0, **values}

    def _keep(self, connection: Connection, kept: Kept | None) -> None:
        """Note a checkpoint for branches; one of before a resume is the same, and replaced."""
        if kept is None:
            return
        here = and_(checkpoint.c.run == self.claim.run, checkpoint.c.update == kept.update)
        connection.execute(delete(checkpoint).where(here))
        whose = {"run": self.claim.run, "member": self.claim.member}
        connection.execute(insert(checkpoint).values(**whose, **asdict(kept)))
        thin(connection, self.claim.run)


Writes = Mapping[int, tuple[Progress, dict[str, Any]]]
Done = tuple[_Member, Progress]


def thin(connection: Connection, number: int) -> None:
    """Forget the checkpoints of a run that have become too many; their files go later.

    Those that a branch starts from stay until it has ended.
    """
    of_run = checkpoint.c.run == number
    begun = select(run.c.parent_update).where(run.c.parent == number, run.c.state.not_in(FINAL))
    needed = set(connection.scalars(begun))
    rows = connection.execute(select(checkpoint.c.update, checkpoint.c.epoch).where(of_run))
    epochs = {int(row.epoch): row.update for row in rows if row.epoch.is_integer()}
    gone = [update for epoch, update in epochs.items() if epoch not in sparse([*epochs])
            and update not in needed]  # fmt: skip
    connection.execute(delete(checkpoint).where(of_run, checkpoint.c.update.in_(gone)))


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with null for what is not finite, as SQLite would keep a NaN anyway."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in values.items()
    }
