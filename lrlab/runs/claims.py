"""How runs are taken from the queue and how they come back to it.

Each claim raises the run's token, which fences every earlier claim on it. Runs that can share
a pack are claimed together; a pack that was interrupted goes on as the pack that it was, so
that its curves are those of one that never stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    case,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from lrlab import reasons
from lrlab.runs import commands
from lrlab.runs.checkpoints import FOLDER, KEPT, keep
from lrlab.runs.commands import RATE_KINDS, Command, Kind
from lrlab.runs.database import Database, alone, now
from lrlab.runs.picking import READY, next_rows, order_of_data
from lrlab.runs.states import State
from lrlab.runs.tables import RUNNING, checkpoint, evaluation, measure, pack, point, run

LEASE_SECONDS = 3.0
ATTEMPTS = 5  # so many claims in a row without one new update end a run as failed
TICK = 1e-6  # seconds between two starts in one claim, which a double still tells apart
BACK_OFF_SECONDS = {2: 0.25, 3: 0.5, 4: 1.0}  # after so many such claims; none after the first
LOCK = 0x6C726C61  # what looks at the whole queue before it writes comes one after the other


@dataclass(frozen=True, slots=True)
class Place:
    """A run's state in a file below the lab's home: its member of the checkpoint there."""

    path: str
    member: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim on one run, small enough to be sent to the process that trains it.

    `last_point` and `last_epoch` are the last stored point's update and evaluation's epoch,
    `last_measures` each measure's last update by name, and `last_seq` the number of measures.
    `checkpoint` is where it stood, None before there is one; a branch then starts at `origin`.
    `rates` are the commands that steer its rate, `command_seq` the last one that is known.
    """

    run: int
    token: int
    experiment: str
    last_update: int
    last_point: int
    last_epoch: int
    member: int = 0
    checkpoint: Place | None = None
    origin: Place | None = None
    parent: int | None = None
    rates: tuple[Command, ...] = ()
    command_seq: int = 0
    last_measures: dict[str, int] = field(default_factory=dict)
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one worker holds: one run, or the runs of a pack that still train.

    `experiments` are those of all the pack's members in order, as canonical JSON: what has
    left it is computed on, so that the others' bits stay what they were.
    """

    claims: tuple[Claim, ...]
    experiments: tuple[str, ...]
    pack: str | None = None


def claim(
    database: Database, worker: str, *, most: int = 1, most_work: float | None = None
) -> Claimed | None:
    """Take the next run of the queue for `worker`, or return None if none waits.

    Up to `most` runs that can share its pack come with it. most_work: only runs that nobody
    has begun and that have at most so many examples to train on.
    """
    with database.read() as connection:  # the cheap look that an idle worker takes all day
        if not connection.scalar(_ANYTHING):
            return None
    with database.write() as connection:
        alone(connection, LOCK)
        back_to_queue(connection, _EXPIRED, reason=reasons.LOST)
        rows = next_rows(connection, most, most_work)
        return _take(connection, rows, worker) if rows else None


def reclaim(database: Database, worker: str) -> None:
    """Return what a dead predecessor of the same name still holds to the queue at once."""
    with database.write() as connection:
        back_to_queue(connection, run.c.worker == worker, reason=reasons.LOST)


def back_to_queue(
    connection: Connection, which: ColumnElement[bool], *, reason: str, counted: bool = True
) -> None:
    """Take running runs from their worker: cancelled or paused if so wanted, failed if out of
    attempts.

    `reason` ends the sentence that a person reads in the latter case. An attempt that is
    not counted (the worker was asked to stop) is forgotten.
    """
    failed = reasons.SPENT.format(attempts=ATTEMPTS, reason=reason)
    spent = run.c.attempts >= ATTEMPTS if counted else false()
    for condition, values in (
        (run.c.wanted == State.CANCELLED, ending(State.CANCELLED)),
        (run.c.wanted == State.PAUSED, standing()),
        (spent, ending(State.FAILED, failed)),
        (true(), _waiting(counted=counted)),
    ):
        taken = update(run).where(RUNNING, which, condition).values(**values)
        for number in connection.scalars(taken.returning(run.c.id)).all():
            close_commands(connection, number, values["state"])
            if values["state"] is State.PAUSED:
                _set_aside(connection, number)


def _set_aside(connection: Connection, number: int) -> None:
    """Keep a paused run's checkpoint where it is its pack's, which removes its own in time."""
    path = connection.scalar(select(run.c.checkpoint_path).where(run.c.id == number))
    if path is None or path.startswith((KEPT, f"{FOLDER}/{number}-")):
        return
    with suppress(OSError):  # gone, or another machine's: it starts again
        kept, _ = keep(path)
        connection.execute(update(run).where(run.c.id == number).values(checkpoint_path=kept))


def leaving(state: State) -> dict[str, Any]:
    """Return the columns that a run takes when its worker lets go of it."""
    return {"state": state, "wanted": None, "worker": None, "lease_until": None}


def standing() -> dict[str, Any]:
    """Return the columns of a run that is paused: it goes on alone, its pack without it."""
    return leaving(State.PAUSED) | {"pack": None}


def ending(state: State, error: str | None = None) -> dict[str, Any]:
    """Return the columns that a run takes when it ends."""
    return leaving(state) | {"error": error, "finished": now()}


def close_commands(connection: Connection, number: int, state: State) -> None:
    """Note that what asked for this state has taken effect; an ended run has no open ones."""
    if state.final:
        commands.answer(connection, number)
    elif state is State.PAUSED:
        commands.answer(connection, number, [Kind.PAUSE, Kind.RESUME])


_EXPIRED = or_(
    run.c.lease_until < now(),
    # Nobody is given so long a lease: the clock was set back.
    run.c.lease_until > now() + 10 * LEASE_SECONDS,
)
_ANYTHING = select(or_(exists().where(READY), exists().where(RUNNING, _EXPIRED)))


def _take(connection: Connection, rows: Sequence[Row[Any]], worker: str) -> Claimed:
    """Claim the rows in the fair order, as which of them started first counts for the next."""
    name, places = rows[0].pack, {row.id: row.member for row in rows}
    if name is None:
        places = {row.id: place for place, row in enumerate(sorted(rows, key=order_of_data))}
        if len(rows) > 1:
            name = f"{rows[0].id}.{rows[0].token + 1}"
            members = [{"name": name, "member": k, "run": run} for run, k in places.items()]
            connection.execute(insert(pack), members)
    claims = [
        _claim(connection, row, worker, pack=name, member=places[row.id], turn=turn)
        for turn, row in enumerate(rows)
    ]
    claims.sort(key=lambda claim: claim.member)
    return Claimed(tuple(claims), _experiments(connection, name, rows), name)


def _experiments(
    connection: Connection, name: str | None, rows: Sequence[Row[Any]]
) -> tuple[str, ...]:
    if name is None:
        return (rows[0].experiment,)
    whole = select(run.c.experiment).join(pack, pack.c.run == run.c.id)
    return tuple(connection.scalars(whole.where(pack.c.name == name).order_by(pack.c.member)))


def _claim(
    connection: Connection, row: Row[Any], worker: str, *, pack: str | None, member: int, turn: int
) -> Claim:
    from lrlab.experiment import ENGINE  # late: who only reads runs needs no schedules

    taken = connection.execute(
        update(run)
        .where(run.c.id == row.id)
        .values(
            state=State.RUNNING,
            token=run.c.token + 1,
            attempts=run.c.attempts + 1,
            worker=worker,
            lease_until=now() + LEASE_SECONDS,
            # A database's clock may stand still through a transaction, and turns still differ.
            started=func.coalesce(run.c.started, now() + turn * TICK),
            engine=ENGINE,
            pack=pack,
            # A run that trains alone keeps its place in the file that its pack left it.
            member=run.c.member if pack is None else member,
        )
        .returning(run)
    ).one()
    told = commands.read_commands(connection, [row.id])[row.id]
    path = taken.checkpoint_path
    return Claim(
        run=taken.id,
        token=taken.token,
        experiment=taken.experiment,
        last_update=taken.last_update,
        member=member,
        checkpoint=None if path is None else Place(path, taken.member),
        origin=_origin(connection, taken),
        parent=taken.parent,
        rates=tuple(each for each in told if each.kind in RATE_KINDS and not each.refusal),
        command_seq=taken.command_seq,
        **_stored(connection, taken.id),
    )


def _stored(connection: Connection, number: int) -> dict[str, Any]:
    """Return how far a run's records are stored."""
    points = select(func.max(point.c.update)).where(point.c.run == number)
    epochs = select(func.max(evaluation.c.epoch)).where(evaluation.c.run == number)
    measures = (
        select(measure.c.name, func.max(measure.c.update).label("last"))
        .where(measure.c.run == number)
        .group_by(measure.c.name)
    )
    seqs = select(func.max(measure.c.seq)).where(measure.c.run == number)
    return {
        "last_point": connection.scalar(points) or 0,
        "last_epoch": connection.scalar(epochs) or 0,
        "last_measures": {each.name: each.last for each in connection.execute(measures)},
        "last_seq": connection.scalar(seqs) or 0,
    }


def _origin(connection: Connection, row: Row[Any]) -> Place | None:
    """Return the checkpoint that a branch starts from, None where it is gone."""
    if row.parent is None:
        return None
    query = select(checkpoint.c.path, checkpoint.c.member).where(
        checkpoint.c.run == row.parent, checkpoint.c.update == row.parent_update
    )
    found = connection.execute(query).first()
    return found and Place(found.path, found.member)


def _waiting(*, counted: bool) -> dict[str, Any]:
    """Return the columns of a run that is back in the queue; one that keeps dying waits longer."""
    values = {"state": State.QUEUED, "worker": None, "lease_until": None}
    if not counted:
        return values | {"attempts": case((run.c.attempts > 0, run.c.attempts - 1), else_=0)}
    return values | {"not_before": now() + case(BACK_OFF_SECONDS, value=run.c.attempts, else_=0.0)}
