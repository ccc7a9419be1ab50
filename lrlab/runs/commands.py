"""What people tell a run to do, and when it took effect."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select, true, update

from lrlab.runs.database import now
from lrlab.runs.tables import command, run


class Kind(StrEnum):
    """Every command; the text is what the database and JSON hold."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    SET_LR = "set-lr"  # its argument is the rate, which holds until it is handed back
    HAND_BACK = "hand-back"  # the rate jumps to the schedule's
    HAND_BACK_SCALED = "hand-back-scaled"  # what is left of the schedule is scaled to the rate


RATE_KINDS = frozenset({Kind.SET_LR, Kind.HAND_BACK, Kind.HAND_BACK_SCALED})


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody told a run to do; `argument` is a rate.

    `applied_update`: the updates done when it took effect, None until then; `refusal`: why it
    had none.
    """

    seq: int
    kind: Kind
    argument: float | None
    at: float
    applied_update: int | None
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a command after `update` updates."""

    seq: int
    update: int
    refusal: str | None = None


def tell(connection: Connection, number: int, kind: Kind, argument: float | None = None) -> None:
    """Write a command down for a run."""
    seq = connection.scalars(
        update(run)
        .where(run.c.id == number)
        .values(command_seq=run.c.command_seq + 1)
        .returning(run.c.command_seq)
    ).one()
    values = {"run": number, "seq": seq, "kind": kind, "argument": argument, "at": now()}
    connection.execute(insert(command).values(**values))


def read_commands(
    connection: Connection, numbers: Collection[int], *, after: int = 0
) -> dict[int, list[Command]]:
    """Return what people told each of these runs past its command number `after`, in order."""
    found: dict[int, list[Command]] = {number: [] for number in numbers}
    query = select(command).where(command.c.run.in_(numbers), command.c.seq > after)
    for row in connection.execute(query.order_by(command.c.run, command.c.seq)):
        found[row.run].append(
            Command(row.seq, Kind(row.kind), row.argument, row.at, row.applied_update, row.refusal)
        )
    return found


def apply(connection: Connection, number: int, applied: Collection[Applied]) -> None:
    """Note what became of some of a run's commands."""
    for each in applied:
        connection.execute(
            update(command)
            .where(command.c.run == number, command.c.seq == each.seq)
            .values(applied_update=each.update, refusal=each.refusal)
        )


def answer(connection: Connection, number: int, kinds: Collection[Kind] | None = None) -> None:
    """Note the update at which open commands, all or these kinds, took effect: the last one."""
    last = select(run.c.last_update).where(run.c.id == number).scalar_subquery()
    connection.execute(
        update(command)
        .where(
            command.c.run == number,
            command.c.applied_update.is_(None),
            true() if kinds is None else command.c.kind.in_(kinds),
        )
        .values(applied_update=last)
    )
