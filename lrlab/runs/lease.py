"""The right of one worker to write to the runs of a pack, until later claims take it.

A run that was lost touches no row and is let go of; once all are, `Fenced` says so. Nothing
of a lost run is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from sqlalchemy import Connection, and_, delete, false, or_, select, update

from lrlab import reasons
from lrlab.runs import commands
from lrlab.runs.claims import LEASE_SECONDS, Claimed, back_to_queue, ending, standing
from lrlab.runs.commands import Command
from lrlab.runs.database import Database, now
from lrlab.runs.states import State
from lrlab.runs.tables import pack, run
from lrlab.runs.writing import Member, Progress


class Fenced(RuntimeError):
    """Every run of the lease is lost: it belongs to another worker, or has ended."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What people want of a run: the state that it should be in, and new commands."""

    wanted: State | None
    commands: Sequence[Command] = ()


Writes = Mapping[int, tuple[Progress, dict[str, Any]]]
Done = tuple[Member, Progress]


class Lease:
    """One claim's writes, by member. Every method raises StoreError where that cannot be done."""

    def __init__(self, database: Database, claimed: Claimed) -> None:
        self.claimed = claimed
        self.held = {claim.member: Member(claim) for claim in claimed.claims}
        self.extended = monotonic()  # when the lease was last extended, for who extends it next
        self._database = database

    @property
    def begun(self) -> bool:
        """Whether anything of these runs' training is stored."""
        return any(member.begun for member in list(self.held.values()))

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
            back_to_queue(connection, which, reason=reasons.TOO_LARGE, counted=False)
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
