"""The store: what pages, the stream and the command line ask about runs, and tell them.

Short methods over one context manager (database.py). Knows nothing of torch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, make_url, select, true, update

from lrlab.errors import InvalidInput, shown
from lrlab.records import Evaluation, Measure, Point
from lrlab.runs import claims, submitting
from lrlab.runs.commands import RATE_KINDS, Command, Kind, answer, read_commands, tell
from lrlab.runs.database import Database, database_url, now
from lrlab.runs.labels import one_line, text_of, write_tags
from lrlab.runs.lease import Lease
from lrlab.runs.queue import read_short_work
from lrlab.runs.reads import (
    Branchable,
    Cursors,
    Position,
    Update,
    read_checkpoints,
    read_evaluations,
    read_family,
    read_measures,
    read_pace,
    read_points,
    read_runs,
    read_updates,
)
from lrlab.runs.run import Run
from lrlab.runs.states import State
from lrlab.runs.submitting import Submission
from lrlab.runs.tables import run
from lrlab.schedules.parameters import MAX_RATE

if TYPE_CHECKING:
    from lrlab.experiment import Experiment

# `Store.list` hides the built-in type inside the class.
Runs = list[Run]
Points = list[Point]
Evaluations = list[Evaluation]
Measures = list[Measure]
Commands = list[Command]
Checkpoints = list[Branchable]
Updates = list[int]
Seconds = list[float]


class Store:
    """The runs of a lab. Every method raises StoreError where the database cannot be used."""

    def __init__(self, url: str | None = None) -> None:
        """Open the database at `url`, else that of the environment (see `database_url`)."""
        self.database = Database(make_url(url) if url else database_url())

    def submit(
        self,
        experiment: Experiment,
        owner: str = "",
        name: str = "",
        *,
        anew: bool = False,
        priority: int = 0,
        parent: tuple[int, int] | None = None,
    ) -> Submission:
        """Queue an experiment, unless a run of the same one answers it, and return which run.

        That is one that this engine finished, or one that waits or trains; `anew` queues it all
        the same. parent: the run and update whose checkpoint it branches from. Runs of higher
        `priority` go first. Raises InvalidInput, for what an owner may not have too.
        """
        wish = submitting.Wish(experiment, one_line("owner", owner), one_line("name", name),
                               priority, parent)  # fmt: skip
        with self.database.write() as connection:
            return submitting.submit(connection, wish, anew=anew)

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

    def pace(self, number: int) -> tuple[Updates, Seconds]:
        """Return updates of a run, in order, and how many seconds it had trained at each."""
        with self.database.read() as connection:
            return read_pace(connection, number)

    def commands(self, number: int) -> Commands:
        """Return what people told a run to do, in order."""
        with self.database.read() as connection:
            return read_commands(connection, [number])[number]

    def checkpoints(self, number: int) -> Checkpoints:
        """Return the checkpoints of a run that a branch may start from, in order."""
        with self.database.read() as connection:
            return read_checkpoints(connection, number)

    def family(self, number: int) -> Runs:
        """Return a run with those that it branched from and that branch from it, oldest first."""
        with self.database.read() as connection:
            return read_family(connection, number)

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
        with self._open(number) as (connection, row, state):
            if state.final:
                return state
            tell(connection, number, Kind.CANCEL)
            if state is State.RUNNING and row.held:
                _set(connection, number, {"wanted": State.CANCELLED})
                return state
            _set(connection, number, claims.ending(State.CANCELLED))
            claims.close_commands(connection, number, State.CANCELLED)
            return State.CANCELLED

    def pause(self, number: int) -> State:
        """Tell a run to stand still until it is resumed; see `cancel`.

        Raises InvalidInput if it has ended.
        """
        with self._open(number) as (connection, row, state):
            _check_open(number, state, "pause")
            if state is State.PAUSED or row.wanted is not None:
                return state
            tell(connection, number, Kind.PAUSE)
            if state is State.RUNNING and row.held:
                _set(connection, number, {"wanted": State.PAUSED})
                return state
            _set(connection, number, claims.standing())
            claims.close_commands(connection, number, State.PAUSED)
            return State.PAUSED

    def resume(self, number: int) -> State:
        """Let a paused run go on: it is queued again, before those that have not begun.

        Raises InvalidInput if it has ended.
        """
        with self._open(number) as (connection, row, state):
            _check_open(number, state, "resume")
            if state is not State.PAUSED and row.wanted != State.PAUSED:
                return state
            tell(connection, number, Kind.RESUME)
            back = {"state": State.QUEUED, "not_before": 0.0} if state is State.PAUSED else {}
            _set(connection, number, {"wanted": None, **back})
            answer(connection, number, [Kind.PAUSE, Kind.RESUME])
            return State.QUEUED if back else state

    def set_lr(self, number: int, lr: float) -> State:
        """Set the rate of a run by hand, from the next update on until it is handed back.

        One that waits or is paused takes it when it trains. Raises InvalidInput for a rate that
        cannot be used and for a run that has ended.
        """
        if not 0 <= lr <= MAX_RATE:
            raise InvalidInput(
                "lr",
                "is {value}; allowed is a number from 0 to {most:g}.",
                value=shown(lr),
                most=MAX_RATE,
            )
        return self._steer(number, Kind.SET_LR, lr)

    def hand_back(self, number: int, *, scaled: bool = False) -> State:
        """Let a run follow its schedule again: at once, or what is left of it scaled to the rate.

        Raises InvalidInput for a run that has ended.
        """
        return self._steer(number, Kind.HAND_BACK_SCALED if scaled else Kind.HAND_BACK)

    def label(
        self,
        number: int,
        *,
        name: str | None = None,
        note: str | None = None,
        starred: bool | None = None,
        tags: Collection[str] | None = None,
        priority: int | None = None,
    ) -> None:
        """Change what people say of a run; what is None stays. Raises InvalidInput."""
        said = {
            "name": name and one_line("name", name),
            "note": note if note is None else text_of("note", note),
            "starred": starred,
            "priority": None if priority is None else submitting.checked_priority(priority),
        }
        with self._open(number) as (connection, _, _):
            changed = {column: value for column, value in said.items() if value is not None}
            if changed:
                _set(connection, number, changed)
            if tags is not None:
                write_tags(connection, number, tags)

    def _steer(self, number: int, kind: Kind, argument: float | None = None) -> State:
        assert kind in RATE_KINDS
        with self._open(number) as (connection, _, state):
            _check_open(number, state, "steer")
            tell(connection, number, kind, argument)
            return state

    @contextmanager
    def _open(self, number: int) -> Iterator[tuple[Connection, Row[Any], State]]:
        """Give a transaction on one run, with its row. Raises InvalidInput if there is none."""
        held = (run.c.lease_until >= now()).label("held")
        query = select(run.c.state, run.c.wanted, held).where(run.c.id == number).with_for_update()
        with self.database.write() as connection:
            row = connection.execute(query).first()
            if row is None:
                raise InvalidInput(
                    "run", "is {value}; allowed is the number of a run.", value=shown(number)
                )
            yield connection, row, State(row.state)

    def short_work(self, numbers: Collection[int], *, seconds: float, times: float) -> float | None:
        """Return how many examples a run may have to train on, for these to give way to it.

        It takes at most so many seconds, at their speed, and their work left is so many times
        as much. None where they need not.
        """
        with self.database.read() as connection:
            return read_short_work(connection, numbers, seconds=seconds, times=times)

    def claim(self, worker: str, *, most: int = 1, most_work: float | None = None) -> Lease | None:
        """Take what is next in the queue for a worker of that name, or return None.

        See `claims.claim`.
        """
        claimed = claims.claim(self.database, worker, most=most, most_work=most_work)
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


def _check_open(number: int, state: State, verb: str) -> None:
    if state.final:
        raise InvalidInput(
            "run",
            "is {number}, which has {state}; one to {verb} has not ended.",
            number=number,
            state=state,
            verb=verb,
        )


def _set(connection: Connection, number: int, values: dict[str, Any]) -> None:
    connection.execute(update(run).where(run.c.id == number).values(**values))
