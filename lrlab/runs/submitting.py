"""How an experiment becomes a run: a new one, or one that is in the store already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, exists, func, insert, or_, select

from lrlab.errors import InvalidInput, shown
from lrlab.runs.claims import LOCK
from lrlab.runs.commands import RATE_KINDS
from lrlab.runs.database import alone, now
from lrlab.runs.lab import MOST_PRIORITY
from lrlab.runs.labels import LABEL_LENGTH
from lrlab.runs.limits import Limits, OverLimit, limits
from lrlab.runs.states import State
from lrlab.runs.tables import checkpoint, command, run, share

if TYPE_CHECKING:
    from lrlab.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants trained; `parent` is the run and update that it branches from."""

    experiment: Experiment
    owner: str
    name: str
    priority: int = 0
    parent: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """The run that answers a submission; not `fresh`: it was in the store already."""

    run: int
    fresh: bool


def submit(connection: Connection, wish: Wish, *, anew: bool) -> Submission:
    """Return the run that answers the wish. Raises InvalidInput; see `Store.submit`."""
    checked_priority(wish.priority)
    alone(connection, LOCK)
    if wish.parent:
        _check_branch(connection, wish.experiment, *wish.parent)
    known = None if anew else _answer(connection, wish)
    if known is not None:
        _share(connection, known, wish.owner)
        return Submission(known, fresh=False)
    allowed = limits(wish.owner)
    _check_limits(connection, wish, allowed)
    row = _row(wish) | {"priority": wish.priority or allowed.priority}
    statement = insert(run).values(**row).returning(run.c.id)
    return Submission(connection.scalars(statement).one(), fresh=True)


def checked_priority(priority: int) -> int:
    """Return the priority, or raise InvalidInput."""
    if not -MOST_PRIORITY <= priority <= MOST_PRIORITY:
        raise InvalidInput(
            "priority",
            "is {value}; allowed is a whole number from -{most_priority} to {most_priority}.",
            value=shown(priority),
            most_priority=MOST_PRIORITY,
        )
    return priority


def _answer(connection: Connection, wish: Wish) -> int | None:
    """Return the run that trains the same, or has done so with this engine, else None.

    What a hand has steered is another training. One that finished goes before one that waits.
    """
    from lrlab.experiment import ENGINE

    steered = exists().where(command.c.run == run.c.id, command.c.kind.in_(RATE_KINDS))
    at_hand = and_(run.c.state == State.FINISHED, run.c.engine == ENGINE)
    coming = run.c.state.in_([State.QUEUED, State.RUNNING])
    number, update = wish.parent or (None, None)
    query = (
        select(run.c.id)
        .where(
            run.c.identity == wish.experiment.identity,
            or_(at_hand, coming),
            or_(run.c.wanted.is_(None), run.c.wanted != State.CANCELLED),
            run.c.parent.is_(None) if number is None else run.c.parent == number,
            run.c.parent_update.is_(None) if update is None else run.c.parent_update == update,
            ~steered,
        )
        .order_by(run.c.state != State.FINISHED, run.c.id.desc())
        .limit(1)
    )
    return connection.scalar(query)


def _share(connection: Connection, number: int, owner: str) -> None:
    """Note that this owner asked for the run too."""
    mine = exists().where(run.c.id == number, run.c.owner == owner)
    noted = exists().where(share.c.run == number, share.c.owner == owner)
    if not connection.scalar(select(or_(mine, noted))):
        connection.execute(insert(share).values(run=number, owner=owner, at=now()))


def _check_branch(connection: Connection, child: Experiment, number: int, update: int) -> None:
    from lrlab.experiment import Experiment, check_branch

    text = connection.scalar(select(run.c.experiment).where(run.c.id == number))
    if text is None:
        raise InvalidInput(
            "parent", "is run {number}; allowed is the number of a run.", number=shown(number)
        )
    of_run = checkpoint.c.run == number
    updates = select(checkpoint.c.update).where(of_run).order_by(checkpoint.c.update)
    known = connection.scalars(updates).all()
    if update not in known:
        words = ", ".join(map(str, known)) or "none: run it until its first epoch's end"
        raise InvalidInput(
            "update",
            "is {value}; run {number} has checkpoints at updates {words}.",
            value=shown(update),
            number=number,
            words=words,
        )
    check_branch(Experiment.parse(text), child, update)


def _check_limits(connection: Connection, wish: Wish, allowed: Limits) -> None:
    epochs, most = allowed.epochs, allowed.queued
    if epochs is not None and wish.experiment.epochs > epochs:
        fault = f"is {wish.experiment.epochs}; this lab allows {epochs} in a run"
        raise OverLimit("epochs", fault, "epochs")
    if most is None:
        return
    waiting = run.c.state.in_([State.QUEUED, State.PAUSED])
    count = select(func.count()).where(waiting, run.c.owner == wish.owner)
    if (connection.scalar(count) or 0) >= most:
        fault = f"is {shown(wish.owner)}, who has {most} runs waiting; this lab allows no more"
        raise OverLimit("owner", fault, "queued")


def _row(wish: Wish) -> dict[str, Any]:
    """Return the columns of a run that nobody has touched yet."""
    experiment = wish.experiment
    row: dict[str, Any] = {
        "owner": wish.owner,
        "name": wish.name or experiment.title[:LABEL_LENGTH],
        "experiment": experiment.canonical(),
        "identity": experiment.identity,
        "shape": experiment.shape,
        "updates": experiment.updates,
        "epochs": experiment.epochs,
        "examples": experiment.epochs * experiment.train_examples,
        "submitted": now(),
        "state": State.QUEUED,
        "token": 0,
        "attempts": 0,
        "not_before": 0.0,
        "last_update": 0,
        "epoch": 0.0,
        "seconds": 0.0,
        "command_seq": 0,
    }
    if wish.parent:
        parent, update = wish.parent
        at = {"last_update": update, "epoch": update / experiment.steps_per_epoch}
        row |= {"parent": parent, "parent_update": update, **at}
    return row
