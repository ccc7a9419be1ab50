"""Whether a store is sound: its database, the files that it speaks of, its runs' states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    func,
    not_,
    or_,
    select,
)

from lrlab.errors import InvalidInput
from lrlab.paths import home
from lrlab.runs.database import Database
from lrlab.runs.needs import OPEN, below_home, orphaned, read_needed, stored_files
from lrlab.runs.states import FINAL, State
from lrlab.runs.tables import checkpoint, metadata, pack, point, run

MANY_ROWS = 1000  # read at one time


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it should be, in one sentence; of a run or a file where it is about one."""

    sentence: str
    run: int | None = None
    path: str | None = None


def check(database: Database) -> Iterator[Finding]:
    """Yield what is wrong with the store. Raises StoreError where it cannot be read at all."""
    files = dict(stored_files())  # before the rows: what comes later is nobody's fault
    with database.read() as connection:
        yield from _database(connection)
        yield from _states(connection)
        pointers = _pointers(connection)
        needed = read_needed(connection)
    yield from _files(database, pointers)
    referred = {path for path, _ in pointers}
    for file, age in files.items():
        if orphaned(file.path, age, referred, needed):
            yield Finding(f"File {file.path} belongs to no run; gc removes it.", path=file.path)


def _database(connection: Connection) -> Iterator[Finding]:
    """Let the database check itself; PostgreSQL has only a read of everything for that."""
    if connection.dialect.name != "sqlite":
        for table in metadata.sorted_tables:
            for _ in connection.execute(select(table)).partitions(MANY_ROWS):
                pass
        return
    for (words,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if words != "ok":
            yield Finding(f"The database is damaged: {' '.join(words.split())}.")
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Finding(f"Table {row[0]} has a row of {row[2]} that is not there.")


# What no run can be, as the end of a sentence.
_HELD = or_(run.c.worker.is_not(None), run.c.lease_until.is_not(None))
_BRANCH = run.c.parent.is_not(None)
IMPOSSIBLE: dict[str, ColumnElement[bool]] = {
    "is in no known state": run.c.state.not_in([*State]),
    "trains without a worker or a lease": and_(
        run.c.state == State.RUNNING, or_(run.c.worker.is_(None), run.c.lease_until.is_(None))
    ),
    "is held by a worker but does not train": and_(run.c.state != State.RUNNING, _HELD),
    "is told to change its state but does not train": and_(
        run.c.state != State.RUNNING, run.c.wanted.is_not(None)
    ),
    "has ended at no time": and_(run.c.state.in_(FINAL), run.c.finished.is_(None)),
    "has an end but has not ended": and_(run.c.state.in_(OPEN), run.c.finished.is_not(None)),
    "failed without a reason": and_(run.c.state == State.FAILED, run.c.error.is_(None)),
    "has done more updates than it has": run.c.last_update > run.c.updates,
    "branched from a run at no update": and_(_BRANCH, run.c.parent_update.is_(None)),
    "branched from a younger run": and_(_BRANCH, run.c.parent >= run.c.id),
    "goes on in a pack that does not know it": and_(
        run.c.state.in_(OPEN),
        run.c.pack.is_not(None),
        not_(
            select(pack.c.run)
            .where(pack.c.name == run.c.pack, pack.c.member == run.c.member, pack.c.run == run.c.id)
            .exists()
        ),
    ),
    "has points past its last update": run.c.last_update
    < select(func.max(point.c.update)).where(point.c.run == run.c.id).scalar_subquery(),
}


def _states(connection: Connection) -> Iterator[Finding]:
    for words, condition in IMPOSSIBLE.items():
        for number in connection.scalars(select(run.c.id).where(condition).order_by(run.c.id)):
            yield Finding(f"Run {number} {words}.", run=number)


def _pointers(connection: Connection) -> list[tuple[str, int]]:
    """Return each file that must be there, with the first run that needs it."""
    heads = select(run.c.checkpoint_path, run.c.id).where(
        run.c.state.in_(OPEN), run.c.checkpoint_path.is_not(None)
    )
    rows = select(checkpoint.c.path, checkpoint.c.run).order_by(checkpoint.c.run.desc())
    first = {below_home(row[0]): row[1] for row in connection.execute(rows)}
    first |= {below_home(row[0]): row[1] for row in connection.execute(heads)}
    return sorted(first.items(), key=lambda each: (each[1], each[0]))


def _files(database: Database, pointers: list[tuple[str, int]]) -> Iterator[Finding]:
    """Read every file that a row names: each holds the sum of its own bits."""
    if not pointers:
        return
    from lrlab.training import checkpoint as training  # late: torch

    for path, number in pointers:
        try:
            training.unpack((home() / path).read_bytes())
        except OSError as error:
            words = f"cannot be read: {error.strerror}"
        except InvalidInput as error:
            if training.DAMAGED not in str(error):  # one of another version is sound
                continue
            words = "is damaged"
        else:
            continue
        with database.read() as connection:  # a worker may have gone on meanwhile
            needed = (path, number) in _pointers(connection)
        if needed:
            yield Finding(f"File {path} of run {number} {words}.", number, path)
