"""What may be wrong with a database, and what a person reads then."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from lrlab.errors import InvalidInput
from lrlab.runs import Store, StoreError
from tests.runs.conftest import experiment
from tests.runs.processes import wait_for


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the writer's lock, as another program would."""
    connection = sqlite3.connect(home / "lrlab.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def test_a_submit_waits_while_the_database_is_locked(store: Store, home: Path) -> None:
    thread = threading.Thread(target=store.submit, args=(experiment(),))
    with locked(home):
        thread.start()
        assert store.list() == [], "readers do not wait"
    thread.join(10)
    assert len(store.list()) == 1


def test_a_database_locked_for_too_long_is_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrlab.runs.database.BUSY_SECONDS", 0.1)
    store = Store()
    with locked(home), pytest.raises(StoreError) as caught:
        store.submit(experiment())
    place = home / "lrlab.db"
    assert str(caught.value) == (
        f"The store {place} is locked by another program: try again in a moment."
    )
    assert store.submit(experiment()) == 1, "nothing was stored half-way"


def test_a_missing_folder_is_one_sentence() -> None:
    with pytest.raises(StoreError, match=r"cannot be opened: check that its folder exists"):
        Store("sqlite:////nowhere/at/all/lrlab.db")


def test_a_file_that_is_no_database_is_one_sentence(home: Path) -> None:
    (home / "lrlab.db").write_text("These are my notes, not a database.\n" * 100)
    with pytest.raises(StoreError, match=r"lrlab\.db is not a database: move that file away"):
        Store()


def submit_many(store: Store) -> None:
    for _ in range(100):
        store.submit(experiment())


def test_a_full_disk_is_one_sentence_and_keeps_what_is_stored(home: Path) -> None:
    Store().submit(experiment())

    def fill(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # as many as there are already

    event.listen(Engine, "connect", fill)
    try:
        store = Store()
        with pytest.raises(StoreError, match=r"cannot grow because the disk is full"):
            submit_many(store)
    finally:
        event.remove(Engine, "connect", fill)
    assert len(Store().list(limit=1000)) >= 1


def test_an_address_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRLAB_DATABASE_URL", "my database")
    with pytest.raises(InvalidInput, match=r"^LRLAB_DATABASE_URL is not a database's URL"):
        Store()


def test_a_password_is_never_shown() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        Store("postgresql://ada:secret@127.0.0.1:1/lrlab")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_many_processes_may_open_an_empty_home_at_once(home: Path) -> None:
    code = "from lrlab.runs import Store; Store()"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6


def test_many_threads_submit_at_once_and_no_run_is_lost(store: Store) -> None:
    threads = [threading.Thread(target=store.submit, args=(experiment(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(store.list()) == 8, "all eight runs")
    assert [run.id for run in store.list()] == list(range(8, 0, -1))
