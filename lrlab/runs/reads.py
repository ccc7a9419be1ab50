"""From rows of the tables to runs and records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, or_, select

from lrlab.records import Evaluation, Point
from lrlab.runs.queue import read_places, read_speed
from lrlab.runs.run import Run, from_row
from lrlab.runs.states import State
from lrlab.runs.tables import command, evaluation, point, run

Cursors = Mapping[int, tuple[int, int]]  # run → (last point's update, last evaluation's epoch)


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody told a run to do; `applied_update` is None until it took effect."""

    seq: int
    kind: str
    argument: float | None
    at: float
    applied_update: int | None


def read_runs(connection: Connection, which: ColumnElement[bool], limit: int) -> dict[int, Run]:
    """Return the newest runs that fit, by number, newest first."""
    query = select(run).where(which).order_by(run.c.id.desc()).limit(limit)
    rows = connection.execute(query).all()
    if not any(row.state == State.QUEUED for row in rows):
        return {row.id: from_row(row, place=None, speed=None) for row in rows}
    speed = read_speed(connection)
    places = read_places(connection, speed)
    return {row.id: from_row(row, place=places.get(row.id), speed=speed) for row in rows}


def read_points(connection: Connection, cursors: Cursors) -> dict[int, list[Point]]:
    """Return each run's points past its cursor, in order."""
    past = or_(
        false(), *(and_(point.c.run == n, point.c.update > c[0]) for n, c in cursors.items())
    )
    found = defaultdict(list)
    for row in connection.execute(select(point).where(past).order_by(point.c.run, point.c.update)):
        found[row.run].append(_point(row))
    return found


def read_evaluations(connection: Connection, cursors: Cursors) -> dict[int, list[Evaluation]]:
    """Return each run's evaluations past its cursor, in order."""
    past = or_(
        false(),
        *(and_(evaluation.c.run == n, evaluation.c.epoch > c[1]) for n, c in cursors.items()),
    )
    query = select(evaluation).where(past).order_by(evaluation.c.run, evaluation.c.epoch)
    found = defaultdict(list)
    for row in connection.execute(query):
        found[row.run].append(_evaluation(row))
    return found


def read_commands(connection: Connection, number: int) -> list[Command]:
    """Return what people told a run to do, in order."""
    query = select(command).where(command.c.run == number).order_by(command.c.seq)
    return [
        Command(row.seq, row.kind, row.argument, row.at, row.applied_update)
        for row in connection.execute(query)
    ]


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


def _figure(value: float | None) -> float:
    """Return a stored figure; null is kept for what was not finite."""
    return nan if value is None else value
