"""The database under the store: one context manager owns begin, commit and rollback.

SQLite in WAL mode or PostgreSQL, from the same statements. Neither PostgreSQL's driver nor
Alembic is loaded before it is needed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Double,
    Engine,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from lrlab.errors import InvalidInput, shown
from lrlab.paths import home
from lrlab.runs import faults, migrations
from lrlab.runs.lab import NAME, lab

BUSY_SECONDS = 5.0  # so long a writer waits for another one, and anybody for a connection
AGAIN_SECONDS = 0.01  # between two tries of what SQLite does not wait for itself
MIGRATION_LOCK = 0x6C726C62  # who makes or changes tables does so alone

DRIVER = "postgresql+psycopg"
# A server that is gone is noticed within seconds, not when the network's own patience ends.
CONNECTING = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 30,
    "application_name": "lrlab",
}
ALLOWED = "one like sqlite:////folder/lrlab.db or postgresql://user@host/name"

_WRITES = "lrlab_writes"


class StoreError(RuntimeError):
    """The store cannot be read or written now; its text is one sentence saying why."""


class NewerStoreError(StoreError):
    """A newer version of lrlab has brought the store up to date: this one must not use it."""


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
    """Return the database of this lab: `LRLAB_DATABASE_URL`, else `database_url` in `lab.toml`.

    With neither it is a file in the lab's home. Raises InvalidInput for what is no URL.
    """
    field, named = "LRLAB_DATABASE_URL", os.environ.get("LRLAB_DATABASE_URL")
    if not named:
        field, named = f"{NAME}.database_url", lab().database_url
    if not named:
        return URL.create("sqlite", database=str(home() / "lrlab.db"))
    try:
        return _with_driver(make_url(named), field)
    except (ArgumentError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        # The value may hold a password, so it is not repeated.
        raise InvalidInput(field, f"is not a database's URL; allowed is {ALLOWED}.") from None


def _with_driver(url: URL, field: str = "database") -> URL:
    """Return the URL with the driver that lrlab comes with."""
    kind = url.drivername
    if kind in ("postgresql", "postgres", DRIVER):
        return url.set(drivername=DRIVER)
    if kind not in ("sqlite", "sqlite+pysqlite"):
        raise InvalidInput(field, f"is a URL of {shown(kind)}; allowed is {ALLOWED}.")
    if not url.database or url.database == ":memory:":
        raise InvalidInput(field, f"is {shown(str(url))}; allowed is one with a file's name.")
    return url


class Database:
    """Short transactions on one database, whose tables are made or brought up to date.

    One that a PostgreSQL server takes away for a while is used again once it is back: only
    what is under way meanwhile raises StoreError.
    """

    def __init__(self, url: URL) -> None:
        self.url = _with_driver(url)
        self._engine = _engine(self.url)
        self._reader = self._engine
        if self.url.drivername == DRIVER:
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
        if self._revision() != migrations.HEAD:
            self._bring_up()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection whose reads all see one moment. Raises StoreError."""
        with self._sentences(), self._reader.begin() as connection:
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

    def _revision(self) -> str | None:
        try:
            with self.read() as connection:
                return migrations.revision(connection)
        except StoreError as error:
            if faults.no_such_table(error.__cause__):
                return None
            raise

    def _bring_up(self) -> None:
        try:
            with self.write() as connection:
                alone(connection, MIGRATION_LOCK)
                migrations.bring_up(connection)
        except migrations.NewerStore as error:
            raise NewerStoreError(faults.of(self.url, error.args[0])) from error

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Say what is wrong with the database in one sentence."""
        try:
            yield
        except IntegrityError:  # a fault of ours, not of the database
            raise
        except (DatabaseError, InterfaceError, PoolTimeout) as error:
            raise StoreError(faults.sentence(self.url, error)) from error


def alone(connection: Connection, lock: int) -> None:
    """Wait until no other transaction has this lock; SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(bindparam("lock", lock))))


def load_driver() -> None:
    """Import what speaks to this lab's database, without a connection."""
    _engine(database_url()).dispose()


def _engine(url: URL) -> Engine:
    if url.drivername == DRIVER:
        options = {name: value for name, value in CONNECTING.items() if name not in url.query}
        return create_engine(
            url,
            connect_args=options,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,  # a connection of before a restart of the server is replaced
            pool_timeout=BUSY_SECONDS,
        )
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    """Leave begin and commit to us, and set what SQLite forgets between connections."""
    connection.isolation_level = None
    _keep_journal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _keep_journal(connection: sqlite3.Connection) -> None:
    """Have the database write ahead.

    Of two programs that change a new one to that at the same moment, SQLite tells one at once
    that it is locked, where it would wait for anything else.
    """
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(AGAIN_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """Take the writer's lock at the start, so that no transaction fails half-way for want of it."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
