"""Moves a whole store from one database to another, through a file (see archive.py).

An export reads one moment, whoever writes meanwhile; an import happens whole or not at all.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj, disk_usage
from tempfile import TemporaryDirectory
from typing import IO, Any

from sqlalchemy import Connection, Table, func, insert, select, text, true, update
from sqlalchemy.exc import IntegrityError

from lrlab import reasons
from lrlab.errors import InvalidInput, shown
from lrlab.paths import home
from lrlab.runs import faults
from lrlab.runs.archive import MANIFEST, PATHS, Archive, Manifest, Row, is_inside
from lrlab.runs.claims import back_to_queue
from lrlab.runs.database import Database, StoreError
from lrlab.runs.tables import RUNNING, checkpoint, metadata, point, run

BATCH = 1000  # rows that are read or written at one time

Tell = Callable[[str, int], None]  # what was moved, and how many of it


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved; `missing` are checkpoints that are named but were not there."""

    rows: dict[str, int] = field(default_factory=dict)
    checkpoints: int = 0
    missing: int = 0


def export_store(
    database: Database, path: Path, *, checkpoints: bool = True, tell: Tell = lambda *_: None
) -> Moved:
    """Write the whole store into a new file, which is there whole or not at all.

    Raises InvalidInput where the file cannot be made, StoreError.
    """
    if path.exists():
        raise InvalidInput("FILE", f"is {shown(str(path))}; allowed is one that is not there yet.")
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file, database.read() as connection:
            moved = _write(file, connection, checkpoints=checkpoints, tell=tell)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as error:
        fault = f"is {shown(str(path))}; allowed is a place that can be written ({error.strerror})."
        raise InvalidInput("FILE", fault) from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return moved


def import_store(database: Database, path: Path, *, tell: Tell = lambda *_: None) -> Moved:
    """Fill an empty store with what a file holds; runs that were in training wait again.

    Raises InvalidInput for a file that cannot be used or a store with runs, StoreError.
    """
    with Archive(path) as archive:
        try:
            if archive.size() > disk_usage(home()).free:
                raise StoreError(f"The folder {home()} has too little room: free some space.")
            with TemporaryDirectory(dir=home(), prefix=".importing-") as folder:
                return _fill(database, archive, Path(folder), tell)
        except OSError as error:
            raise StoreError(f"The folder {home()} cannot be used: {error.strerror}.") from error


def _write(file: IO[bytes], connection: Connection, *, checkpoints: bool, tell: Tell) -> Moved:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        # First, and those in training before all: their files are soon replaced.
        names = _files(connection) if checkpoints else []
        there = [name for name in names if _add_file(archive, name)]
        tell("checkpoints", len(there))
        rows = {}
        for table in metadata.sorted_tables:
            rows[table.name] = _add_table(archive, connection, table)
            tell(table.name, rows[table.name])
        manifest = Manifest(rows=rows, last=_last_numbers(connection), files=len(there))
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return Moved(rows, len(there), len(names) - len(there))


def _files(connection: Connection) -> list[str]:
    """Return the names below the home of all checkpoints that rows speak of, each once."""
    heads = select(run.c.checkpoint_path).where(run.c.checkpoint_path.is_not(None))
    kept = select(checkpoint.c.path).order_by(checkpoint.c.path)
    found = [
        *connection.scalars(heads.order_by(RUNNING.desc(), run.c.id)),
        *connection.scalars(kept),
    ]
    return [name for name in dict.fromkeys(map(_below_home, found)) if is_inside(name)]


def _below_home(path: str) -> str:
    """Return a checkpoint's name below the home, where it lies there; others stay as they are."""
    with suppress(ValueError):
        return Path(path).relative_to(home()).as_posix()
    return path


def _add_file(archive: zipfile.ZipFile, name: str) -> bool:
    """Copy a checkpoint into the archive, unless it is gone; weights hardly get any smaller."""
    try:
        file = (home() / name).open("rb")
    except FileNotFoundError:
        return False
    with file, archive.open(zipfile.ZipInfo(f"files/{name}"), "w", force_zip64=True) as member:
        copyfileobj(file, member, 1 << 20)
    return True


def _add_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> int:
    query = select(table).order_by(*table.primary_key)
    rows = connection.execution_options(yield_per=BATCH).execute(query).mappings()
    path, count = PATHS.get(table.name), 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as member:
        for found in rows:
            row = dict(found)
            if path and row[path] is not None:
                row[path] = _below_home(row[path])
            member.write(json.dumps(row, allow_nan=False).encode() + b"\n")
            count += 1
    return count


def _fill(database: Database, archive: Archive, folder: Path, tell: Tell) -> Moved:
    """Store everything in one transaction; the checkpoints are in place before it is through."""
    for number, name in enumerate(archive.files):
        archive.unpack(name, folder / str(number))
    placed: list[Path] = []
    try:
        with database.write() as connection:
            _only_empty(connection, database)
            rows = {}
            for table in metadata.sorted_tables:
                rows[table.name] = _insert(connection, table, archive.rows(table))
                tell(table.name, rows[table.name])
            _continue_numbers(connection, archive.manifest.last)
            _count_points(connection)
            missing = set(_files(connection)) - set(archive.files)
            back_to_queue(connection, true(), reason=reasons.MOVED, counted=False)
            _place(archive.files, folder, placed)
    except BaseException as error:
        for path in placed:
            path.unlink(missing_ok=True)
        if isinstance(error, IntegrityError):
            raise InvalidInput(
                "FILE", "holds rows that do not fit together; allowed is a file of export-store."
            ) from None
        raise
    tell("checkpoints", len(archive.files))
    return Moved(rows, len(archive.files), len(missing))


def _only_empty(connection: Connection, database: Database) -> None:
    """Refuse a store that holds anything, and keep others from filling it meanwhile."""
    for table in metadata.sorted_tables:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE'))
        if connection.execute(select(table).limit(1)).first() is not None:
            place = faults.place(database.url)
            raise InvalidInput("the store", f"{place} holds runs; allowed is an empty one.")


def _count_points(connection: Connection) -> None:
    """Count each run's points: a file of an older version does not say how many there are."""
    found = select(func.count()).where(point.c.run == run.c.id).scalar_subquery()
    connection.execute(update(run).values(points=found))


def _insert(connection: Connection, table: Table, rows: Iterable[Row]) -> int:
    count = 0
    for batch in _batches(rows):
        connection.execute(insert(table), batch)
        count += len(batch)
    return count


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give the rows in lists; all of a list name the same columns, as one statement must."""
    batch: list[Row] = []
    for row in rows:
        if batch and (row.keys() != batch[0].keys() or len(batch) == BATCH):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _place(names: Iterable[str], folder: Path, placed: list[Path]) -> None:
    """Move the checkpoints to where rows look for them, noting each; one alike stays."""
    for number, name in enumerate(names):
        unpacked, target = folder / str(number), home() / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            unpacked.rename(target)
            placed.append(target)
        elif not _alike(unpacked, target):
            fault = f"{target} is there with other contents; allowed is a home without it."
            raise InvalidInput("the file", fault)


def _alike(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while block := first.read(1 << 20):
            if block != second.read(1 << 20):
                return False
    return True


def _numbered() -> dict[str, Table]:
    """Return the tables whose rows get their numbers from the database."""
    return {
        table.name: table
        for table in metadata.sorted_tables
        if table.autoincrement_column is not None
    }


def _last_numbers(connection: Connection) -> dict[str, int]:
    """Return the highest number that each table ever gave, to a row that was deleted too."""
    if connection.dialect.name == "postgresql":
        query = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, :column)::regclass)"
    else:
        query = "SELECT seq FROM sqlite_sequence WHERE name = :table AND :column = :column"
    found = {}
    for name, table in _numbered().items():
        column = table.autoincrement_column
        assert column is not None
        given = connection.scalar(text(query), {"table": name, "column": column.name})
        there = connection.scalar(select(func.max(column)))
        found[name] = max(given or 0, there or 0)
    return found


def _continue_numbers(connection: Connection, last: dict[str, int]) -> None:
    """Let each table go on after the highest number that it ever gave, here or there."""
    for name, table in _numbered().items():
        column = table.autoincrement_column
        assert column is not None
        highest = max(last.get(name, 0), connection.scalar(select(func.max(column))) or 0)
        values: dict[str, Any] = {"table": name, "last": highest}
        if highest < 1:
            continue
        if connection.dialect.name == "postgresql":
            query = "SELECT setval(pg_get_serial_sequence(:table, :column)::regclass, :last)"
            connection.execute(text(query), values | {"column": column.name})
        else:
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), values)
            query = "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"
            connection.execute(text(query), values)
