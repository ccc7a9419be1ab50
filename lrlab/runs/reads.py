"""From rows of the tables to runs and records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, false, or_, select

from lrlab.records import Evaluation, Measure, Point
from lrlab.runs.commands import Command, read_commands
from lrlab.runs.queue import read_places, read_speed
from lrlab.runs.run import Run, from_row
from lrlab.runs.states import State
from lrlab.runs.tables import checkpoint, evaluation, measure, pace, point, run, tag


class Position(NamedTuple):
    """How far a run was read: its last point's update, evaluation's epoch and measure's number."""

    update: int = 0
    epoch: int = 0
    measure: int = 0


Cursors = Mapping[int, Position]

MOST_FAMILY = 1000


class Branchable(NamedTuple):
    """A checkpoint that a branch may start from; `bytes` is its size."""

    update: int
    epoch: float
    bytes: int


class Numbered(NamedTuple):
    """A measure and its number: from 1 over all measures of its run, in the order of storing."""

    seq: int
    measure: Measure


@dataclass(frozen=True, slots=True)
class Update:
    """What is new about a run past a cursor: its status and records; and all its commands."""

    run: Run
    points: list[Point]
    evaluations: list[Evaluation]
    measures: list[Numbered]
    commands: list[Command] = field(default_factory=list)


def read_updates(connection: Connection, cursors: Cursors) -> dict[int, Update]:
    """Return what is past each run's cursor; a run that does not exist is left out."""
    runs = read_runs(connection, run.c.id.in_(cursors), limit=len(cursors))
    points = read_points(connection, cursors)
    evaluations = read_evaluations(connection, cursors)
    measures = read_measures(connection, cursors)
    commands = _read_commands(connection, runs)
    return {
        number: Update(
            each,
            points.get(number, []),
            evaluations.get(number, []),
            measures.get(number, []),
            commands.get(number, []),
        )
        for number, each in runs.items()
    }


def _read_commands(connection: Connection, runs: Mapping[int, Run]) -> dict[int, list[Command]]:
    """Return the commands of those runs that somebody has told anything: few, most turns none."""
    told = [number for number, each in runs.items() if each.command_seq]
    return read_commands(connection, told) if told else {}


def read_runs(
    connection: Connection,
    which: ColumnElement[bool],
    limit: int,
    order: Sequence[ColumnElement[Any]] = (run.c.id.desc(),),
) -> dict[int, Run]:
    """Return the first runs that fit, by number, in an order: the newest first."""
    query = select(run).where(which).order_by(*order).limit(limit)
    rows = connection.execute(query).all()
    tags = _read_tags(connection, [row.id for row in rows])
    speed, places = None, {}
    if any(row.state == State.QUEUED for row in rows):
        speed = read_speed(connection)
        places = read_places(connection, speed)
    return {
        row.id: from_row(row, place=places.get(row.id), speed=speed, tags=tuple(tags[row.id]))
        for row in rows
    }


def _read_tags(connection: Connection, numbers: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(tag).where(tag.c.run.in_(numbers)).order_by(tag.c.tag)
    for row in connection.execute(query):
        found[row.run].append(row.tag)
    return found


def read_points(connection: Connection, cursors: Cursors) -> dict[int, list[Point]]:
    """Return each run's points past its cursor, in order."""
    past = _past(point.c.update, {number: at.update for number, at in cursors.items()})
    found = defaultdict(list)
    for row in connection.execute(past):
        found[row.run].append(_point(row))
    return found


def read_evaluations(connection: Connection, cursors: Cursors) -> dict[int, list[Evaluation]]:
    """Return each run's evaluations past its cursor, in order."""
    past = _past(evaluation.c.epoch, {number: at.epoch for number, at in cursors.items()})
    found = defaultdict(list)
    for row in connection.execute(past):
        found[row.run].append(_evaluation(row))
    return found


def read_measures(connection: Connection, cursors: Cursors) -> dict[int, list[Numbered]]:
    """Return each run's measures past its cursor, in the order in which they were stored."""
    past = _past(measure.c.seq, {number: at.measure for number, at in cursors.items()})
    found = defaultdict(list)
    for row in connection.execute(past):
        found[row.run].append(Numbered(row.seq, _measure(row)))
    return found


def read_pace(connection: Connection, number: int) -> tuple[list[int], list[float]]:
    """Return the updates of a run whose time is known, and its seconds of training until then.

    The last of them is where the run stands; runs of before it was kept know no other.
    """
    past = select(pace.c.update, pace.c.seconds).where(pace.c.run == number).order_by(pace.c.update)
    here = select(run.c.last_update, run.c.seconds).where(run.c.id == number)
    known: dict[int, float] = {}
    for update, seconds in connection.execute(past):
        known[update] = seconds
    for update, seconds in connection.execute(here):
        if update > max(known, default=0):
            known[update] = max(seconds, *known.values(), 0.0)
    return [*known], [*known.values()]


def read_checkpoints(connection: Connection, number: int) -> list[Branchable]:
    """Return a run's checkpoints for branches, in order."""
    query = select(checkpoint).where(checkpoint.c.run == number).order_by(checkpoint.c.update)
    return [Branchable(row.update, row.epoch, row.bytes) for row in connection.execute(query)]


def read_family(connection: Connection, number: int) -> list[Run]:
    """Return a run, all that it descends from and all that descends from those, oldest first."""
    up = select(run.c.id, run.c.parent).where(run.c.id == number).cte("up", recursive=True)
    up = up.union(select(run.c.id, run.c.parent).join(up, run.c.id == up.c.parent))
    down = select(up.c.id).cte("down", recursive=True)
    down = down.union(select(run.c.id).join(down, run.c.parent == down.c.id))
    found = read_runs(connection, run.c.id.in_(select(down.c.id)), limit=MOST_FAMILY)
    return sorted(found.values(), key=lambda each: each.id)


def _past(column: Column[int], known: Mapping[int, int]) -> Select[Any]:
    """Return the query for each run's rows past the value of `column` that is known, in order."""
    table = column.table
    past = (and_(table.c.run == number, column > at) for number, at in known.items())
    return select(table).where(or_(false(), *past)).order_by(table.c.run, column)


def _point(row: Row[Any]) -> Point:
    return Point(row.update, row.epoch, row.lr, _figure(row.train_loss), _figure(row.train_acc))


def _evaluation(row: Row[Any]) -> Evaluation:
    return Evaluation(
        epoch=row.epoch,
        test_loss=_figure(row.test_loss),
        test_acc=_figure(row.test_acc),
        train_loss=_figure(row.train_loss),
        train_acc=_figure(row.train_acc),
        update=row.update,
    )


def _measure(row: Row[Any]) -> Measure:
    return Measure(row.update, row.epoch, row.name, _figure(row.value))


def _figure(value: float | None) -> float:
    """Return a stored figure; null is kept for what was not finite."""
    return nan if value is None else value
