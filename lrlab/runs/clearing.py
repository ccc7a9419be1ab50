"""How runs, checkpoints and files go: in transactions of moments, beside workers at work.

Each transaction looks again at what runs that have not ended need, so that an old plan removes
less than it says, never more. A row goes before its file: what is interrupted leaves a file too
many, never a row without one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from threading import Thread
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, delete, false, select

from lrlab.paths import home
from lrlab.runs.claims import LOCK
from lrlab.runs.database import Database, alone
from lrlab.runs.keeping import Dropped, Plan, look, may_go
from lrlab.runs.needs import File, read_needed
from lrlab.runs.states import FINAL
from lrlab.runs.tables import checkpoint, run

BATCH = 10  # runs or checkpoints of one transaction
PAUSE_SECONDS = 0.01  # at least, between two of them: workers wait to commit
EVERY_SECONDS = 600.0  # between two rounds of a worker
ROUND_SECONDS = 20.0  # what a round does not get done in so long is for the next one

log = logging.getLogger(__name__)


def gc(database: Database, *, seconds: float = inf) -> Plan:
    """Let everything go that may go, for about so many seconds, and return what went."""
    return sweep(database, look(database), seconds=seconds)


def sweep(database: Database, plan: Plan, *, seconds: float = inf) -> Plan:
    """Let a plan's runs, checkpoints and files go, and return those that did."""
    until = monotonic() + seconds
    runs: list[int] = []
    checkpoints: list[Dropped] = []
    for batch in _batches(plan.runs, until):
        with database.write() as connection:
            runs += _remove_runs(connection, batch)
    for drops in _batches(plan.checkpoints, until):
        with database.write() as connection:
            checkpoints += _remove_checkpoints(connection, drops)
    return Plan(tuple(runs), tuple(checkpoints), tuple(_remove_files(database, plan.files)))


def _batches(things: Sequence[Any], until: float) -> Iterator[Sequence[Any]]:
    """Yield a few at a time, with as long a pause between them as they took."""
    for at in range(0, len(things), BATCH):
        began = monotonic()
        if began > until:
            return
        yield things[at : at + BATCH]
        sleep(max(PAUSE_SECONDS, monotonic() - began))


def _remove_runs(connection: Connection, numbers: Iterable[int]) -> list[int]:
    alone(connection, LOCK)  # nobody submits a branch of them meanwhile
    beside = read_needed(connection).beside
    child = run.alias()
    gone = []
    for number in numbers:
        which = run.c.id == number, run.c.state.in_(FINAL), run.c.starred == false()
        childless = ~select(child.c.id).where(child.c.parent == run.c.id).exists()
        removed = delete(run).where(*which, childless)
        if number not in beside and connection.execute(removed).rowcount:
            gone.append(number)
    return gone


def _remove_checkpoints(connection: Connection, drops: Iterable[Dropped]) -> list[Dropped]:
    alone(connection, LOCK)
    needed = read_needed(connection)
    gone = []
    for each in drops:
        here = checkpoint.c.run == each.run, checkpoint.c.update == each.update
        query = select(checkpoint, run.c.starred).join(run, run.c.id == checkpoint.c.run)
        row = connection.execute(query.where(*here)).first()
        if row is not None and may_go(row, needed):
            connection.execute(delete(checkpoint).where(*here))
            gone.append(each)
    return gone


def _remove_files(database: Database, files: Sequence[File]) -> list[File]:
    """Remove those that still nobody refers to."""
    if not files:
        return []
    with database.read() as connection:
        rows = connection.scalars(select(checkpoint.c.path).distinct())
        referred = {*rows} | read_needed(connection).paths
    gone = []
    for each in files:
        if each.path not in referred:
            (home() / each.path).unlink(missing_ok=True)
            gone.append(each)
    return gone


class Housekeeper:
    """A worker's gc: beside its work, in a thread, now and then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = 0.0
        self._thread: Thread | None = None

    def turn(self) -> None:
        """Begin a round if one is due, and return at once."""
        if monotonic() < self._next or (self._thread and self._thread.is_alive()):
            return
        self._next = monotonic() + EVERY_SECONDS
        # A daemon: what is left half done when the worker ends, the next round does.
        self._thread = Thread(target=self._round, name="housekeeper", daemon=True)
        self._thread.start()

    def _round(self) -> None:
        try:
            done = gc(self._database, seconds=ROUND_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, training goes on
            log.warning("housekeeping: %s: %s", type(error).__name__, error)
            return
        if done != Plan():
            counts = len(done.runs), len(done.checkpoints), len(done.files)
            log.info("housekeeping: %d runs, %d checkpoints, %d files gone", *counts)
