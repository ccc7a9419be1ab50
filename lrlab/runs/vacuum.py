"""Giving the room of what was removed back to the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import DBAPIError

from lrlab.errors import InvalidInput
from lrlab.runs import faults
from lrlab.runs.database import BUSY_SECONDS, Database, StoreError
from lrlab.runs.tables import RUNNING, run


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The bytes of a database before and after."""

    before: int
    after: int


def vacuum(database: Database) -> Shrunk:
    """Write the database anew without its gaps.

    Raises StoreError, and InvalidInput while a run trains: its worker could not commit meanwhile.
    """
    with database.read() as connection:
        busy = connection.scalar(select(run.c.id).where(RUNNING).limit(1))
    if busy is not None:
        raise InvalidInput("vacuum", f"would hold up run {busy}; allowed is it while none trains.")
    sqlite = database.url.get_backend_name() == "sqlite"
    wait = {"timeout": BUSY_SECONDS} if sqlite else {}
    # An engine of its own: this cannot be done within a transaction.
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT", connect_args=wait)
    try:
        with engine.connect() as connection:
            return _sqlite(connection, database) if sqlite else _postgresql(connection)
    except DBAPIError as error:
        raise StoreError(faults.sentence(database.url, error)) from error
    finally:
        engine.dispose()


def _sqlite(connection: Connection, database: Database) -> Shrunk:
    before = _files(str(database.url.database))
    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.exec_driver_sql("VACUUM")
    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Shrunk(before, _files(str(database.url.database)))


def _files(name: str) -> int:
    """Return the bytes of a SQLite database and its log."""
    paths = [Path(name), Path(f"{name}-wal")]
    return sum(path.stat().st_size for path in paths if path.exists())


def _postgresql(connection: Connection) -> Shrunk:
    size = "SELECT pg_database_size(current_database())"
    before = connection.exec_driver_sql(size).scalar_one()
    connection.exec_driver_sql("VACUUM FULL ANALYZE")
    return Shrunk(before, connection.exec_driver_sql(size).scalar_one())
