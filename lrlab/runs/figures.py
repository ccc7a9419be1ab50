"""What a lab's monitoring reads of its store: a few sums, each from an index."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from sqlalchemy import Connection, case, func, select

from lrlab.runs.database import Database, now
from lrlab.runs.tables import QUEUED, run

NEWEST = 1000  # runs over which the wait for a worker is looked at


@dataclass(frozen=True, slots=True)
class Figures:
    """A store at one moment.

    runs: how many in each state. updates, points: all that are stored. claims_again: claims on
    runs past each one's first. waiting: seconds that the run waits which waits the longest.
    claim_seconds: from submission to first claim of the newest runs, sorted.
    """

    runs: dict[str, int]
    updates: int
    points: int
    claims_again: int
    waiting: float
    claim_seconds: list[float]

    def claim_quantile(self, part: float) -> float:
        """Return the wait that this part of the runs did not exceed. There must be one."""
        return self.claim_seconds[max(0, ceil(part * len(self.claim_seconds)) - 1)]


def read_figures(database: Database) -> Figures:
    """Return the store's figures now. Raises StoreError."""
    claimed = func.sum(case((run.c.token > 0, 1), else_=0))
    sums = select(
        run.c.state,
        func.count(),
        func.sum(run.c.token),
        claimed,
        func.sum(run.c.last_update),
        func.sum(run.c.points),
    ).group_by(run.c.state)
    with database.read() as connection:
        rows = connection.execute(sums).all()
        oldest = connection.scalar(select(now() - func.min(run.c.submitted)).where(QUEUED))
        return Figures(
            runs={row[0]: row[1] for row in rows},
            updates=sum(row[4] for row in rows),
            points=sum(row[5] for row in rows),
            claims_again=sum(row[2] - row[3] for row in rows),
            waiting=max(0.0, oldest or 0.0),
            claim_seconds=_claim_seconds(connection),
        )


def _claim_seconds(connection: Connection) -> list[float]:
    newest = select(run.c.started - run.c.submitted).order_by(run.c.id.desc()).limit(NEWEST)
    return sorted(each for each in connection.scalars(newest) if each is not None)
