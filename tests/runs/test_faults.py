"""The faults of docs/RECOVERY.md that are not a killed worker: locks, disks, clocks, servers."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from lrlab.records import Evaluation, Point
from lrlab.runs import Run, State, Store, StoreError
from lrlab.runs.tables import run as run_table
from lrlab.training import train
from lrlab.training.device import prepare_threads
from tests.postgres import TEMPLATE, Server, places
from tests.runs.conftest import Homes, Workers, curve, experiment, until, until_update
from tests.runs.processes import wait_for
from tests.submitted import submit

SENT = experiment(epochs=3)
LOCKED_SECONDS = 10.0
Curve = tuple[list[Point], list[Evaluation]]


def found(store: Store, number: int) -> Run:
    run = store.run(number)
    assert run is not None
    return run


@pytest.fixture(scope="module")
def undisturbed() -> Curve:
    """The curve of the same training in this process, without a store."""
    prepare_threads()
    records = list(train(SENT, device="cpu"))
    return (
        [each for each in records if isinstance(each, Point)],
        [each for each in records if isinstance(each, Evaluation)],
    )


def test_a_store_that_is_locked_for_ten_seconds_costs_nothing_but_time(
    new_home: Homes, start: Workers, undisturbed: Curve
) -> None:
    home = new_home("locked")
    store = Store(f"sqlite:///{home}/lrlab.db")
    start(home).until_ready()
    number = submit(store, SENT)
    until_update(store, number, 60)
    other = sqlite3.connect(home / "lrlab.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    locked_until = time.monotonic() + LOCKED_SECONDS
    wait_for(lambda: time.monotonic() > locked_until, "the ten seconds to pass")
    stood = found(store, number).last_update  # readers go on
    other.execute("ROLLBACK")
    until(store, number, State.FINISHED)
    assert stood < found(store, number).updates
    assert curve(store, number) == undisturbed
    store.close()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount a file system of its own, where this may be done."""
    size = f"size={megabytes}m"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "lrlab", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("only root may mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        pages = iter(lambda: file.write(b"\0" * 4096), 0)
        with pytest.raises(OSError, match="No space left"):
            deque(pages, maxlen=0)


def test_a_full_disk_loses_nothing_and_training_goes_on_when_there_is_room(
    new_home: Homes, start: Workers, data: Path, undisturbed: Curve
) -> None:
    home = new_home("full")
    with small_disk(home, megabytes=12):
        (home / "data").symlink_to(data)
        store = Store(f"sqlite:///{home}/lrlab.db")
        worker = start(home).until_ready()
        number = submit(store, SENT)
        until_full(store, number, home / "filler", "cannot grow because the disk is full")
        for waiting in store.list(limit=1000, states=[State.QUEUED]):
            store.cancel(waiting.id)
        (home / "filler").unlink()
        until(store, number, State.FINISHED)
        assert curve(store, number) == undisturbed
        worker.end()
        store.close()


def test_a_full_disk_under_a_server_loses_nothing_and_training_goes_on_when_there_is_room(
    new_home: Homes, start: Workers, undisturbed: Curve, postgres: Server
) -> None:
    disk = Path(tempfile.mkdtemp(prefix="lrlab-", dir="/tmp"))  # where the server may go
    try:
        with small_disk(disk, megabytes=24), on_disk(postgres, disk) as url:
            store = Store(url)
            worker = start(new_home("full-server"), url=url).until_ready()
            number = submit(store, SENT)
            says = "cannot grow because its server's disk is full"
            until_full(store, number, disk / "filler", says)
            (disk / "filler").unlink()
            for waiting in store.list(limit=1000, states=[State.QUEUED]):
                store.cancel(waiting.id)
            until(store, number, State.FINISHED)
            assert curve(store, number) == undisturbed
            worker.end()
            store.close()
    finally:
        disk.rmdir()


@contextmanager
def on_disk(server: Server, disk: Path) -> Iterator[str]:
    """A database whose tables lie on that disk; the server's log and journal lie elsewhere."""
    folder = disk / "tables"
    folder.mkdir()
    disk.chmod(0o755)
    shutil.chown(folder, server.folder.owner(), server.folder.group())
    server.run(f"CREATE TABLESPACE small LOCATION '{folder}'")
    server.run(f"CREATE DATABASE on_disk TEMPLATE {TEMPLATE} TABLESPACE small")
    try:
        yield server.url("on_disk").render_as_string(hide_password=False)
    finally:
        server.run("DROP DATABASE on_disk WITH (FORCE)")
        server.run("DROP TABLESPACE small")


def until_full(store: Store, number: int, filler: Path, says: str) -> None:
    """Fill the disk under a training; a submission that needs room is refused in words."""
    until_update(store, number, 60)
    fill(filler)
    with pytest.raises(StoreError, match=says):
        submit_many(store)
    assert len(store.points(number)) >= 1, "what is stored can still be read"


def submit_many(store: Store) -> None:
    for _ in range(1000):
        submit(store, SENT)


def test_a_run_leased_by_a_clock_that_was_set_back_is_taken_over(store: Store) -> None:
    number = submit(store, SENT)
    lease = store.claim("before")
    assert lease is not None
    with store.database.write() as connection:  # the clock was an hour ahead when it was given
        ahead = run_table.c.lease_until + 3600
        connection.execute(update(run_table).values(lease_until=ahead))
    again = store.claim("after")
    assert again is not None
    assert again.claimed.claims[0].run == number
    assert again.claimed.claims[0].token == lease.claimed.claims[0].token + 1


def test_a_server_that_restarts_under_a_training_costs_nothing_but_time(
    new_home: Homes, start: Workers, undisturbed: Curve
) -> None:
    server = Server(next(each for each in places() if (each / "initdb").exists()))
    try:
        url = server.make().render_as_string(hide_password=False)
        store = Store(url)
        start(new_home("restarted"), url=url).until_ready()
        number = submit(store, SENT)
        for moment in (60, 170):
            until_update(store, number, moment)
            server.restart()
        until(store, number, State.FINISHED)
        assert curve(store, number) == undisturbed
        store.close()
    finally:
        server.stop()
