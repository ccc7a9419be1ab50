"""The queue's fair order, and what a waiting person may expect from it.

Higher priorities go first, then runs that were interrupted; then nobody's second run before
everybody's first, those at work counted too, and among equals the owner whose last start is
longest ago. Claims and what people read of their place go by this one order.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import inf, isfinite
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select

from lrlab.runs.run import Place, work_left
from lrlab.runs.tables import QUEUED, RUNNING, run

DISSOLVE = 2  # after so many claims without progress a pack's members go on alone: one may be why
# The most runs in one pack. On a CPU four are computed side by side: more would take as much
# longer, be slower to be steered, and lose more with a process that is lost.
MOST = {"cpu": 4, "cuda": 512}

# A run that no worker has stored anything of, that starts from nothing and does not keep failing.
_FRESH = and_(
    run.c.last_update == 0, run.c.checkpoint_path.is_(None), run.c.pack.is_(None),
    run.c.parent.is_(None), run.c.attempts < DISSOLVE, run.c.shape != "",
)  # fmt: skip
_GROUP = case(
    (and_(run.c.pack.is_not(None), run.c.attempts < DISSOLVE), "pack " + run.c.pack),
    (_FRESH, "shape " + run.c.shape),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued run: `work` is the number of examples it has still to train on.

    Those of one `group` can start together, as a pack; None: it starts alone.
    """

    id: int
    owner: str
    interrupted: bool
    work: float
    priority: int = 0
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """How many runs of an owner are at work, and when the latest one was started."""

    running: int = 0
    last_start: float = 0.0


def fair_order(waiting: Iterable[Waiting], owners: Mapping[str, Owner]) -> list[Waiting]:
    """Return the waiting runs in the order in which they are claimed."""
    seen: Counter[str] = Counter()
    keys = {}
    for each in sorted(waiting, key=lambda one: (-one.priority, one.id)):
        owner = owners.get(each.owner, Owner())
        turn = owner.running + seen[each.owner]
        seen[each.owner] += not each.interrupted
        first = (-each.priority, not each.interrupted)
        rest = (0, 0.0) if each.interrupted else (turn, owner.last_start)
        keys[each] = (*first, *rest, each.id)
    return sorted(keys, key=keys.__getitem__)


def read_order(connection: Connection) -> list[Waiting]:
    """Return every queued run of the store in the order in which they are claimed."""
    queued = connection.execute(
        select(
            run.c.id, run.c.owner, run.c.started, run.c.priority,
            run.c.examples, run.c.last_update, run.c.updates, _GROUP.label("group"),
        ).where(QUEUED)
    ).all()  # fmt: skip
    waiting = [
        Waiting(row.id, row.owner, row.started is not None, work_left(row), row.priority, row.group)
        for row in queued
    ]
    return fair_order(waiting, _read_owners(connection, {row.owner for row in queued}))


def _read_owners(connection: Connection, names: set[str]) -> dict[str, Owner]:
    running = select(run.c.owner, func.count()).where(RUNNING).group_by(run.c.owner)
    at_work: dict[str, int] = {row[0]: row[1] for row in connection.execute(running)}
    # One seek in an index for each owner, however many runs each has had.
    last = {
        name: connection.scalar(select(func.max(run.c.started)).where(run.c.owner == name))
        for name in names
    }
    return {name: Owner(at_work.get(name, 0), last[name] or 0.0) for name in names}


def places(
    order: Sequence[Waiting], *, busy: Sequence[float], speed: float | None, most: int = 1
) -> dict[int, Place]:
    """Return each waiting run's place.

    `busy` holds for each device at work the seconds until it is free (none at work: one is
    free now; inf: nobody can tell); `speed` is in examples/s, None if none was measured yet.
    A device takes the next run, and up to `most` of its group with it.
    """
    free = list(busy) or [0.0]
    heapify(free)
    groups: defaultdict[Any, deque[Waiting]] = defaultdict(deque)
    for each in order:
        groups[each.group or each.id].append(each)
    starts_in: dict[int, float] = {}
    for each in order:
        if each.id in starts_in:
            continue
        at, beside = free[0], groups[each.group or each.id]
        together = [beside.popleft() for _ in range(min(most, len(beside)))]
        starts_in |= dict.fromkeys((one.id for one in together), at)
        work = max(one.work for one in together)  # each is as fast as `speed` says
        heapreplace(free, at + (work / speed if speed else inf))
    return {
        each.id: Place(position, at if isfinite(at := starts_in[each.id]) else None)
        for position, each in enumerate(order, start=1)
    }


def read_places(connection: Connection, speed: float | None) -> dict[int, Place]:
    """Return the place of every queued run of the store."""
    running = connection.execute(select(run).where(RUNNING)).all()
    busy: dict[str, float] = {}  # worker → seconds until the last run of its pack has ended
    for row in running:
        left = _seconds_left(row, speed)
        busy[row.worker] = max(left, busy.get(row.worker, 0.0))
    newest = connection.scalar(_newest_with_speed(run.c.device)) or "cpu"
    most = MOST["cuda" if newest.startswith("cuda") else "cpu"]
    return places(read_order(connection), busy=list(busy.values()), speed=speed, most=most)


def read_speed(connection: Connection) -> float | None:
    """Return the examples/s of the newest run that measured them."""
    return connection.scalar(_newest_with_speed(run.c.examples_per_second))


def _newest_with_speed(column: ColumnElement[Any]) -> Select[Any]:
    measured = run.c.examples_per_second.is_not(None)
    return select(column).where(measured).order_by(run.c.id.desc()).limit(1)


def read_short_work(
    connection: Connection, numbers: Collection[int], *, seconds: float, times: float
) -> float | None:
    """Return the most examples of a run to which these give way; see `Store.short_work`."""
    rows = connection.execute(select(run).where(run.c.id.in_(numbers), RUNNING)).all()
    if not rows or not all(row.examples_per_second for row in rows):
        return None
    speed = sum(row.examples_per_second for row in rows)
    return min(seconds * speed, sum(map(work_left, rows)) / times)


def _seconds_left(row: Row[Any], speed: float | None) -> float:
    rate = row.examples_per_second or speed
    return work_left(row) / rate if rate else inf
