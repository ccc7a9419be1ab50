"""How runs are taken from the queue and how they come back to it.

Each claim raises the run's token, which fences every earlier claim on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
    update,
)

from lrlab.runs.database import Database, now
from lrlab.runs.queue import fair_keys
from lrlab.runs.states import State
from lrlab.runs.tables import QUEUED, RUNNING, command, evaluation, measure, point, run

LEASE_SECONDS = 3.0
ATTEMPTS = 5  # so many claims in a row without one new update end a run as failed
BACK_OFF_SECONDS = {2: 0.25, 3: 0.5, 4: 1.0}  # after so many such claims; none after the first


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim on one run, small enough to be sent to the process that trains it.

    `last_point` and `last_epoch` are the last stored point's update and evaluation's epoch,
    `last_measures` each measure's last update by name, and `last_seq` the number of measures.
    """

    run: int
    token: int
    experiment: str
    last_update: int
    last_point: int
    last_epoch: int
    checkpoint_path: str | None
    last_measures: dict[str, int] = field(default_factory=dict)
    last_seq: int = 0


def claim(database: Database, worker: str) -> Claim | None:
    """Take the next run of the queue for `worker`, or return None if none waits."""
    with database.read() as connection:  # the cheap look that an idle worker takes all day
        if not connection.scalar(_ANYTHING):
            return None
    with database.write() as connection:
        back_to_queue(connection, _EXPIRED, reason="its worker was lost")
        number = connection.scalar(_NEXT)
        return None if number is None else _take(connection, number, worker)


def reclaim(database: Database, worker: str) -> None:
    """Return what a dead predecessor of the same name still holds to the queue at once."""
    with database.write() as connection:
        back_to_queue(connection, run.c.worker == worker, reason="its worker was lost")


def back_to_queue(
    connection: Connection, which: ColumnElement[bool], *, reason: str, counted: bool = True
) -> None:
    """Take running runs from their worker: cancelled if so wanted, failed if out of attempts.

    `reason` ends the sentence that a person reads in the latter case. An attempt that is
    not counted (the worker was asked to stop) is forgotten.
    """
    failed = f"Training ended {ATTEMPTS} times without progress, the last time because {reason}."
    spent = run.c.attempts >= ATTEMPTS if counted else false()
    for condition, values in (
        (run.c.wanted == State.CANCELLED, ending(State.CANCELLED)),
        (spent, ending(State.FAILED, failed)),
        (true(), _waiting(counted=counted)),
    ):
        taken = update(run).where(RUNNING, which, condition).values(**values)
        for number in connection.scalars(taken.returning(run.c.id)).all():
            if values["state"].final:
                answer_commands(connection, number)


def ending(state: State, error: str | None = None) -> dict[str, Any]:
    """Return the columns that a run takes when it ends."""
    return {
        "state": state,
        "error": error,
        "wanted": None,
        "worker": None,
        "lease_until": None,
        "finished": now(),
    }


def answer_commands(connection: Connection, number: int) -> None:
    """Note the update at which an ended run's open commands took effect: its last one."""
    last = select(run.c.last_update).where(run.c.id == number).scalar_subquery()
    connection.execute(
        update(command)
        .where(command.c.run == number, command.c.applied_update.is_(None))
        .values(applied_update=last)
    )


_EXPIRED = or_(
    run.c.lease_until < now(),
    # Nobody is given so long a lease: the clock was set back.
    run.c.lease_until > now() + 10 * LEASE_SECONDS,
)
_READY = and_(QUEUED, run.c.not_before <= now())
_ANYTHING = select(or_(exists().where(_READY), exists().where(RUNNING, _EXPIRED)))
_NEXT = (
    select(run.c.id)
    .where(_READY)
    .order_by(*fair_keys())
    .limit(1)
    .with_for_update(skip_locked=True, of=run)
)


def _take(connection: Connection, number: int, worker: str) -> Claim:
    row = connection.execute(
        update(run)
        .where(run.c.id == number)
        .values(
            state=State.RUNNING,
            token=run.c.token + 1,
            attempts=run.c.attempts + 1,
            worker=worker,
            lease_until=now() + LEASE_SECONDS,
            started=func.coalesce(run.c.started, now()),
        )
        .returning(run)
    ).one()
    points = select(func.max(point.c.update)).where(point.c.run == number)
    epochs = select(func.max(evaluation.c.epoch)).where(evaluation.c.run == number)
    measures = (
        select(measure.c.name, func.max(measure.c.update).label("last"))
        .where(measure.c.run == number)
        .group_by(measure.c.name)
    )
    seqs = select(func.max(measure.c.seq)).where(measure.c.run == number)
    return Claim(
        run=row.id,
        token=row.token,
        experiment=row.experiment,
        last_update=row.last_update,
        last_point=connection.scalar(points) or 0,
        last_epoch=connection.scalar(epochs) or 0,
        checkpoint_path=row.checkpoint_path,
        last_measures={each.name: each.last for each in connection.execute(measures)},
        last_seq=connection.scalar(seqs) or 0,
    )


def _waiting(*, counted: bool) -> dict[str, Any]:
    """Return the columns of a run that is back in the queue; one that keeps dying waits longer."""
    values = {"state": State.QUEUED, "worker": None, "lease_until": None}
    if not counted:
        return values | {"attempts": case((run.c.attempts > 0, run.c.attempts - 1), else_=0)}
    return values | {"not_before": now() + case(BACK_OFF_SECONDS, value=run.c.attempts, else_=0.0)}
