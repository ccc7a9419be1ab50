"""The queue's fair order, and what a waiting person may expect from it.

Runs that were interrupted go on first; then the owner whose last start is longest ago,
and among an owner's runs the oldest: nobody's second run goes before everybody's first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import zip_longest
from math import inf, isfinite
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, select

from lrlab.runs.run import Place, work_left
from lrlab.runs.states import State
from lrlab.runs.tables import QUEUED, RUNNING, run


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued run: `work` is the number of examples it has still to train on."""

    id: int
    owner: str
    interrupted: bool
    work: float


def fair_keys() -> tuple[ColumnElement[Any], ...]:
    """Return what a claim sorts queued runs by."""
    other = run.alias()
    at_work = other.c.state == literal_column(f"'{State.RUNNING}'")
    running = select(func.count()).where(other.c.owner == run.c.owner, at_work).scalar_subquery()
    last_start = (
        select(func.coalesce(func.max(other.c.started), 0.0))
        .where(other.c.owner == run.c.owner)
        .scalar_subquery()
    )
    return (run.c.started.is_(None), running, last_start, run.c.id)


def fair_order(waiting: Iterable[Waiting], last_start: Mapping[str, float]) -> list[Waiting]:
    """Return the waiting runs in the order in which one device will claim them.

    `last_start` holds when each owner's latest run was started; owners without one come first.
    """
    ordered = sorted(waiting, key=lambda each: each.id)
    interrupted = [each for each in ordered if each.interrupted]
    lines: dict[str, list[Waiting]] = defaultdict(list)
    for each in ordered:
        if not each.interrupted:
            lines[each.owner].append(each)
    owners = sorted(lines, key=lambda owner: (last_start.get(owner, 0.0), lines[owner][0].id))
    # One run of each owner a round: whoever has just started one is last in line again.
    rounds = zip_longest(*(lines[owner] for owner in owners))
    return interrupted + [each for line in rounds for each in line if each is not None]


def places(
    order: Sequence[Waiting], *, busy: Sequence[float], speed: float | None
) -> dict[int, Place]:
    """Return each waiting run's place.

    `busy` holds for each device at work the seconds until it is free (none at work: one is
    free now; inf: nobody can tell); `speed` is in examples/s, None if none was measured yet.
    """
    free = list(busy) or [0.0]
    heapify(free)
    result = {}
    for position, each in enumerate(order, start=1):
        starts_in = free[0]
        result[each.id] = Place(position, starts_in if isfinite(starts_in) else None)
        heapreplace(free, starts_in + (each.work / speed if speed else inf))
    return result


def read_places(connection: Connection, speed: float | None) -> dict[int, Place]:
    """Return the place of every queued run of the store."""
    queued = connection.execute(select(run).where(QUEUED)).all()
    running = connection.execute(select(run).where(RUNNING)).all()
    owners = {row.owner for row in queued}
    starts = connection.execute(
        select(run.c.owner, func.max(run.c.started).label("last"))
        .where(run.c.owner.in_(owners), run.c.started.is_not(None))
        .group_by(run.c.owner)
    )
    last_start = {row.owner: row.last for row in starts}
    waiting = [
        Waiting(row.id, row.owner, row.started is not None, work_left(row)) for row in queued
    ]
    busy = [_seconds_left(row, speed) for row in running]
    return places(fair_order(waiting, last_start), busy=busy, speed=speed)


def read_speed(connection: Connection) -> float | None:
    """Return the examples/s of the newest run that measured them."""
    return connection.scalar(
        select(run.c.examples_per_second)
        .where(run.c.examples_per_second.is_not(None))
        .order_by(run.c.id.desc())
        .limit(1)
    )


def _seconds_left(row: Row[Any], speed: float | None) -> float:
    rate = row.examples_per_second or speed
    return work_left(row) / rate if rate else inf
