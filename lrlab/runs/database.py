"""The database under the store: one context manager owns begin, commit and rollback.

SQLite in WAL mode or PostgreSQL, from the same statements.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Double, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, InterfaceError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from lrlab.errors import InvalidInput, shown
from lrlab.paths import home
from lrlab.runs.tables import metadata

BUSY_SECONDS = 5.0  # so long a writer waits for another one

_WRITES = "lrlab_writes"


class StoreError(RuntimeError):
    """The store cannot be read or written now; its text is one sentence saying why."""


class now(FunctionElement[float]):
    """The database's own clock in seconds since 1970: the only one that counts for leases."""

    type = Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: Any, **options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now)
def _now(element: now, compiler: Any, **options: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"


def database_url() -> URL:
    """Return the database of this lab: `LRLAB_DATABASE_URL`, else a file in its home.

    Raises InvalidInput if the variable holds no URL.
    """
    named = os.environ.get("LRLAB_DATABASE_URL")
    if not named:
        return URL.create("sqlite", database=str(home() / "lrlab.db"))
    try:
        return make_url(named)
    except ArgumentError as error:
        # The value may hold a password, so it is not repeated.
        raise InvalidInput(
            "LRLAB_DATABASE_URL",
            "is not a database's URL; allowed is one like sqlite:////folder/lrlab.db "
            "or postgresql://user@host/name.",
        ) from error


class Database:
    """Short transactions on one database; its tables are made if they are missing."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = _engine(url)
        with self.write() as connection:
            metadata.create_all(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection whose reads all see one moment. Raises StoreError."""
        with self._sentences(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that may write: committed at the end, rolled back on any error.

        Raises StoreError, after a wait of `BUSY_SECONDS` where another writer is at work.
        """
        with self._sentences(), self._engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close the connections that wait for their next use."""
        self._engine.dispose()

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Say what is wrong with the database in one sentence."""
        try:
            yield
        except IntegrityError:  # a fault of ours, not of the database
            raise
        except (DatabaseError, InterfaceError) as error:
            raise StoreError(_sentence(self.url, error)) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if not url.database or url.database == ":memory:":
        raise InvalidInput("database", f"is {shown(str(url))}; allowed is one with a file's name.")
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    """Leave begin and commit to us, and set what SQLite forgets between connections."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    """Take the writer's lock at the start, so that no transaction fails half-way for want of it."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_CAUSES = {
    "locked": "is locked by another program: try again in a moment",
    "full": "cannot grow because the disk is full: free some space and try again",
    "unable to open": "cannot be opened: check that its folder exists and may be written",
    "readonly": "may not be written: check its permissions",
    "not a database": "is not a database: move that file away or name another",
    "malformed": "is damaged: restore a copy or move that file away",
    "disk i/o": "cannot be read or written: check its disk",
    "no such column": "was written by another version of lrlab",
}


def _sentence(url: URL, error: DatabaseError | InterfaceError) -> str:
    """Return what is wrong in words for a person; a password in the URL is never shown."""
    place = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
    detail = str(error.orig).strip().split("\n")[0]
    for mark, cause in _CAUSES.items():
        if mark in detail.lower():
            return f"The store {place} {cause}."
    return f"The store {place} cannot be used: {detail}."
