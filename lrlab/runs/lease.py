"""The right of one worker to write to one run, until a later claim takes it.

A worker that lost its lease touches no row, is told so by `Fenced`, and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, select, update

from lrlab.records import Evaluation, Head, Point, Record
from lrlab.runs.claims import LEASE_SECONDS, Claim, answer_commands, back_to_queue, ending
from lrlab.runs.database import Database, now
from lrlab.runs.states import State
from lrlab.runs.tables import RUNNING, evaluation, point, run


class Fenced(RuntimeError):
    """The lease is lost: the run belongs to another worker, or has ended."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one commit stores: the head, the records since the last one, and measures.

    `measures` are further columns of the run and their values.
    """

    head: Head | None = None
    records: Sequence[Record] = ()
    measures: dict[str, Any] = field(default_factory=dict)


class Lease:
    """One claim's writes. Every method raises StoreError where the database cannot be used."""

    def __init__(self, database: Database, claim: Claim) -> None:
        self.claim = claim
        self._database = database
        self._last_update = claim.last_update
        self._last_point = claim.last_point
        self._last_epoch = claim.last_epoch
        self.extended = monotonic()  # when the lease was last extended, for who extends it next
        self._mine = and_(run.c.id == claim.run, run.c.token == claim.token, RUNNING)

    def commit(self, progress: Progress) -> None:
        """Store progress and extend the lease, in one transaction. Raises Fenced.

        Records that are stored already, from before a worker was lost, are not stored again.
        """
        self._write(progress, {"lease_until": now() + LEASE_SECONDS})

    def end(self, state: State, progress: Progress, *, error: str | None = None) -> None:
        """Store progress and the run's final state, in one transaction. Raises Fenced."""
        self._write(progress, ending(state, error))

    def renew(self) -> None:
        """Extend the lease. Raises Fenced."""
        with self._database.write() as connection:
            self._update(connection, {"lease_until": now() + LEASE_SECONDS})

    def wanted(self) -> State | None:
        """Return the state that somebody wants the run to be in. Raises Fenced."""
        with self._database.read() as connection:
            row = connection.execute(select(run.c.wanted).where(self._mine)).first()
        if row is None:
            raise Fenced(self._lost())
        return State(row.wanted) if row.wanted else None

    def held(self) -> bool:
        """Return whether the lease is still this claim's and has not run out."""
        with self._database.read() as connection:
            query = select(run.c.id).where(self._mine, run.c.lease_until >= now())
            return connection.scalar(query) is not None

    def release(self, reason: str, *, counted: bool = True) -> None:
        """Return the run to the queue if it is still held; see `back_to_queue`."""
        with self._database.write() as connection:
            back_to_queue(connection, self._mine, reason=reason, counted=counted)

    def _write(self, progress: Progress, values: dict[str, Any]) -> None:
        points = [
            record
            for record in progress.records
            if isinstance(record, Point) and record.update > self._last_point
        ]
        evaluations = [
            record
            for record in progress.records
            if isinstance(record, Evaluation) and record.epoch > self._last_epoch
        ]
        values = values | self._head_columns(progress.head)
        if evaluations:
            values["test_acc"] = evaluations[-1].test_acc
        with self._database.write() as connection:
            self._update(connection, _finite(values | progress.measures))
            self._insert(connection, point, points)
            self._insert(connection, evaluation, evaluations)
            if "state" in values:
                answer_commands(connection, self.claim.run)
        self._advance(progress.head, points, evaluations)

    def _update(self, connection: Connection, values: dict[str, Any]) -> None:
        statement = update(run).where(self._mine).values(**values)
        if not connection.execute(statement).rowcount:
            raise Fenced(self._lost())
        self.extended = monotonic()

    def _insert(
        self, connection: Connection, table: Table, records: Sequence[Point | Evaluation]
    ) -> None:
        rows = [_finite(asdict(record)) | {"run": self.claim.run} for record in records]
        for row in rows:
            row.pop("member")
        if rows:
            connection.execute(insert(table), rows)

    def _head_columns(self, head: Head | None) -> dict[str, Any]:
        """Return the head's columns; while stored updates are repeated, the head stands still."""
        if head is None or head.update <= self._last_update:
            return {}
        values = asdict(head)
        return {"last_update": values.pop("update"), "attempts": 0, **values}

    def _advance(
        self, head: Head | None, points: list[Point], evaluations: list[Evaluation]
    ) -> None:
        self._last_update = max(self._last_update, head.update if head else 0)
        self._last_point = points[-1].update if points else self._last_point
        self._last_epoch = evaluations[-1].epoch if evaluations else self._last_epoch

    def _lost(self) -> str:
        return f"Run {self.claim.run} is no longer held by claim {self.claim.token}."


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with null for what is not finite, as SQLite would keep a NaN anyway."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in values.items()
    }
