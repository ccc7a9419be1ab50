"""One run of a lease: what a commit writes of it, and how far its records are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from math import isfinite
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, insert, select, update

from lrlab.records import Evaluation, Head, Measure, Point, Record
from lrlab.runs import commands
from lrlab.runs.checkpoints import sparse
from lrlab.runs.claims import Claim, close_commands
from lrlab.runs.commands import Applied
from lrlab.runs.states import FINAL
from lrlab.runs.tables import RUNNING, checkpoint, evaluation, measure, pace, point, run


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


class Member:
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

    @property
    def begun(self) -> bool:
        """Whether anything of the run's training is stored."""
        return self._last_update > 0 or self.claim.checkpoint is not None

    def store(self, connection: Connection, progress: Progress, values: dict[str, Any]) -> bool:
        """Write progress and columns; False, and nothing, where the run is lost."""
        points, evaluations, measures = self._new(progress.records)
        values = values | self._head_columns(progress.head)
        if evaluations:
            values["test_acc"] = evaluations[-1].test_acc
        if points:
            values["points"] = run.c.points + len(points)
        statement = update(run).where(self.mine).values(**_finite(values | progress.columns))
        if not connection.execute(statement).rowcount:
            return False
        number = self.claim.run
        _insert(connection, point, [self._row(each) for each in points])
        _insert(connection, evaluation, [self._row(each) for each in evaluations])
        _insert(connection, measure, self._numbered(measures))
        if evaluations and "seconds" in progress.columns:
            self._time(connection, evaluations[-1].update, progress.columns["seconds"])
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

    def _time(self, connection: Connection, at: int, seconds: float) -> None:
        connection.execute(insert(pace).values(run=self.claim.run, update=at, seconds=seconds))

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
