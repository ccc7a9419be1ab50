"""Which of the runs that wait are next: one, or those that make up a pack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import inf
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from lrlab.runs.database import now
from lrlab.runs.lab import in_force
from lrlab.runs.queue import DISSOLVE, Waiting, read_order
from lrlab.runs.tables import QUEUED, RUNNING, run

READY = and_(QUEUED, run.c.not_before <= now())


def next_rows(connection: Connection, most: int, most_work: float | None) -> list[Row[Any]]:
    """Return the rows of the runs that are next: one, or those of one pack in their order."""
    allowed = READY if most_work is None else and_(READY, run.c.started.is_(None))
    ready = set(connection.scalars(select(run.c.id).where(allowed)))
    order = [each for each in read_order(connection) if each.id in ready]
    if most_work is not None:
        order = [each for each in order if each.work <= most_work]
    order = _within_limits(connection, order)
    if not order:
        return []
    first = order[0]
    (row,) = _rows(connection, [first.id])
    if row.pack is not None:
        return _interrupted(connection, row)
    if first.group is None:
        return [row]
    alike = [each.id for each in order if each.group == first.group]
    return _rows(connection, alike[:most])


def _rows(connection: Connection, numbers: Sequence[int]) -> list[Row[Any]]:
    """Return the rows of these runs, in this order."""
    found = {row.id: row for row in connection.execute(select(run).where(run.c.id.in_(numbers)))}
    return [found[number] for number in numbers]


def _within_limits(connection: Connection, order: list[Waiting]) -> list[Waiting]:
    """Return those whose owners may have one more run at work."""
    lab = in_force()  # read once, however many owners wait
    most = {owner: lab.limits_of(owner).running for owner in {each.owner for each in order}}
    if not any(most.values()):
        return order
    query = select(run.c.owner, func.count()).where(RUNNING).group_by(run.c.owner)
    at_work: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    kept = []
    for each in order:
        running = at_work.get(each.owner, 0)
        if running < (most[each.owner] or inf):
            at_work[each.owner] = running + 1
            kept.append(each)
    return kept


def _interrupted(connection: Connection, first: Row[Any]) -> list[Row[Any]]:
    """Return what waits of an interrupted pack; where it keeps failing, its first run alone."""
    if first.attempts < DISSOLVE:
        query = select(run).where(QUEUED, run.c.pack == first.pack).order_by(run.c.member)
        return list(connection.execute(query).all())
    apart = update(run).where(QUEUED, run.c.pack == first.pack).values(pack=None)
    connection.execute(apart)
    return _rows(connection, [first.id])


def order_of_data(row: Row[Any]) -> tuple[int, int]:
    """Sort those with one order of the data side by side, where they are computed as one."""
    fields = json.loads(row.experiment)
    seed = fields.get("order_seed")
    return (fields.get("seed", 0) if seed is None else seed, row.id)
