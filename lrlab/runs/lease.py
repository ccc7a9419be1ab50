"""The right of one worker to write to one run, until a later claim takes it.

A worker that lost its lease touches no row, is told so by `Fenced`, and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from math import isfinite
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, select, update

from lrlab.records import Evaluation, Head, Measure, Point, Record
from lrlab.runs.claims import LEASE_SECONDS, Claim, answer_commands, back_to_queue, ending
from lrlab.runs.database import Database, now
from lrlab.runs.states import State
from lrlab.runs.tables import RUNNING, evaluation, measure, point, run


class Fenced(RuntimeError):
    """The lease is lost: the run belongs to another worker, or has ended."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one commit stores: the head, the records since the last one, and further columns.

    `columns` are columns of the run and their values.
    """

    head: Head | None = None
    records: Sequence[Record] = ()
    columns: dict[str, Any] = field(default_factory=dict)


class Lease:
    """One claim's writes. Every method raises StoreError where the database cannot be used."""

    def __init__(self, database: Database, claim: Claim) -> None:
        self.claim = claim
        self._database = database
        self._last_update = claim.last_update
        self._last_point = claim.last_point
        self._last_epoch = claim.last_epoch
        self._last_measures = dict(claim.last_measures)
        self._last_seq = claim.last_seq
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
        points, evaluations, measures = self._new(progress.records)
        values = values | self._head_columns(progress.head)
        if evaluations:
            values["test_acc"] = evaluations[-1].test_acc
        with self._database.write() as connection:
            self._update(connection, _finite(values | progress.columns))
            self._insert(connection, point, [self._row(each) for each in points])
            self._insert(connection, evaluation, [self._row(each) for each in evaluations])
            self._insert(connection, measure, self._numbered(measures))
            if "state" in values:
                answer_commands(connection, self.claim.run)
        self._advance(progress.head, points, evaluations)
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

    def _update(self, connection: Connection, values: dict[str, Any]) -> None:
        statement = update(run).where(self._mine).values(**values)
        if not connection.execute(statement).rowcount:
            raise Fenced(self._lost())
        self.extended = monotonic()

    def _insert(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            connection.execute(insert(table), rows)

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
