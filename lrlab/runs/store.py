"""The store: what pages, the stream and the command line ask about runs, and tell them.

Short methods over one context manager (database.py). Knows nothing of torch.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, make_url, select, true, update

from lrlab.errors import InvalidInput, shown
from lrlab.records import Evaluation, Measure, Point
from lrlab.runs import claims
from lrlab.runs.database import Database, database_url, now
from lrlab.runs.lease import Lease
from lrlab.runs.reads import (
    Command,
    Cursors,
    Position,
    Update,
    read_commands,
    read_evaluations,
    read_measures,
    read_points,
    read_runs,
    read_updates,
)
from lrlab.runs.run import Run
from lrlab.runs.states import State
from lrlab.runs.tables import command, run

if TYPE_CHECKING:
    from lrlab.experiment import Experiment

LABEL_LENGTH = 120  # the longest owner's or run's name

# `Store.list` hides the built-in type inside the class.
Runs = list[Run]
Points = list[Point]
Evaluations = list[Evaluation]
Measures = list[Measure]
Commands = list[Command]


class Store:
    """The runs of a lab. Every method raises StoreError where the database cannot be used."""

    def __init__(self, url: str | None = None) -> None:
        """Open the database at `url`, else that of the environment (see `database_url`)."""
        self.database = Database(make_url(url) if url else database_url())

    def submit(self, experiment: Experiment, owner: str = "", name: str = "") -> int:
        """Queue an experiment and return its run's number. Raises InvalidInput."""
        row = {
            "owner": _label("owner", owner),
            "name": _label("name", name or experiment.title[:LABEL_LENGTH]),
            "experiment": experiment.canonical(),
            "identity": experiment.identity,
            "updates": experiment.updates,
            "epochs": experiment.epochs,
            "examples": experiment.epochs * experiment.train_examples,
        }
        statement = insert(run).values(**_FRESH, **row, submitted=now()).returning(run.c.id)
        with self.database.write() as connection:
            return int(connection.scalars(statement).one())

    def run(self, number: int) -> Run | None:
        """Return one run, or None if there is no such run."""
        with self.database.read() as connection:
            return read_runs(connection, run.c.id == number, limit=1).get(number)

    def list(self, limit: int = 50, states: Collection[State] | None = None) -> Runs:
        """Return the newest runs, newest first, of all states or of these."""
        chosen = true() if states is None else run.c.state.in_(states)
        with self.database.read() as connection:
            return [*read_runs(connection, chosen, limit=limit).values()]

    def points(self, number: int, after: int = 0) -> Points:
        """Return a run's points past update `after`, in order."""
        with self.database.read() as connection:
            return read_points(connection, {number: Position(update=after)}).get(number, [])

    def evaluations(self, number: int, after: int = 0) -> Evaluations:
        """Return a run's evaluations past epoch `after`, in order."""
        with self.database.read() as connection:
            at = Position(epoch=after)
            return read_evaluations(connection, {number: at}).get(number, [])

    def measures(self, number: int) -> Measures:
        """Return a run's measures, in the order in which they were stored."""
        with self.database.read() as connection:
            found = read_measures(connection, {number: Position()}).get(number, [])
        return [each.measure for each in found]

    def commands(self, number: int) -> Commands:
        """Return what people told a run to do, in order."""
        with self.database.read() as connection:
            return read_commands(connection, number)

    def since(self, cursors: Cursors) -> dict[int, Update]:
        """Return what is past each run's cursor.

        One read of one moment for all of them; a run that does not exist is left out.
        """
        with self.database.read() as connection:
            return read_updates(connection, cursors)

    def cancel(self, number: int) -> State:
        """Tell a run to end, and return the state it is in now.

        One that nobody trains ends at once; one in training ends when its worker reads it,
        within moments. One that has ended stays as it is. Raises InvalidInput if there is none.
        """
        with self.database.write() as connection:
            row = connection.execute(
                select(run.c.state, (run.c.lease_until >= now()).label("held"), run.c.command_seq)
                .where(run.c.id == number)
                .with_for_update()
            ).first()
            if row is None:
                raise InvalidInput("run", f"is {shown(number)}; allowed is the number of a run.")
            state = State(row.state)
            if state.final:
                return state
            _tell(connection, number, row.command_seq + 1, kind="cancel")
            if state is State.RUNNING and row.held:
                _set(connection, number, {"wanted": State.CANCELLED})
                return state
            _set(connection, number, claims.ending(State.CANCELLED))
            claims.answer_commands(connection, number)
            return State.CANCELLED

    def claim(self, worker: str) -> Lease | None:
        """Take the next run of the queue for a worker of that name, or return None."""
        claimed = claims.claim(self.database, worker)
        return None if claimed is None else Lease(self.database, claimed)

    def reclaim(self, worker: str) -> None:
        """Return what a dead worker of that name holds to the queue without waiting."""
        claims.reclaim(self.database, worker)

    def busy(self) -> bool:
        """Return whether any run is queued or running."""
        query = select(run.c.id).where(run.c.state.in_([State.QUEUED, State.RUNNING])).limit(1)
        with self.database.read() as connection:
            return connection.scalar(query) is not None

    def close(self) -> None:
        """Close the connections that wait for their next use."""
        self.database.close()


# The columns of a run that nobody has touched yet.
_FRESH = {
    "state": State.QUEUED,
    "token": 0,
    "attempts": 0,
    "not_before": 0.0,
    "last_update": 0,
    "epoch": 0.0,
    "seconds": 0.0,
    "command_seq": 0,
}


def _label(field: str, value: str) -> str:
    """Return an owner's or a run's name as it is kept: one line, trimmed."""
    text = " ".join(value.split())
    if len(text) > LABEL_LENGTH:
        raise InvalidInput(field, f"is {shown(value)}; allowed are {LABEL_LENGTH} characters.")
    return text


def _tell(connection: Connection, number: int, seq: int, *, kind: str) -> None:
    values = {"run": number, "seq": seq, "kind": kind, "at": now()}
    connection.execute(insert(command).values(**values))
    _set(connection, number, {"command_seq": seq})


def _set(connection: Connection, number: int, values: dict[str, Any]) -> None:
    connection.execute(update(run).where(run.c.id == number).values(**values))
