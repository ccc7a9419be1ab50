"""What may be wrong with a database, and what a person reads then."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, event, func, select, text, update

from lrlab.errors import InvalidInput
from lrlab.runs import Store, StoreError, database
from lrlab.runs.database import Database
from lrlab.runs.tables import run
from tests.postgres import Server, places
from tests.runs.conftest import experiment
from tests.runs.processes import wait_for
from tests.submitted import submit


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
        submit(store, experiment())
    place = home / "lrlab.db"
    assert str(caught.value) == (
        f"The store {place} is locked by another program: try again in a moment."
    )
    assert submit(store, experiment()) == 1, "nothing was stored half-way"


def test_a_missing_folder_is_one_sentence() -> None:
    with pytest.raises(StoreError, match=r"cannot be opened: check that its folder exists"):
        Store("sqlite:////nowhere/at/all/lrlab.db")


def test_a_file_that_is_no_database_is_one_sentence(home: Path) -> None:
    (home / "lrlab.db").write_text("These are my notes, not a database.\n" * 100)
    with pytest.raises(StoreError, match=r"lrlab\.db is not a database: move that file away"):
        Store()


def submit_many(store: Store) -> None:
    for _ in range(100):
        submit(store, experiment())


def test_a_full_disk_is_one_sentence_and_keeps_what_is_stored(home: Path) -> None:
    submit(Store(), experiment())

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


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:secret@127.0.0.1:1/lrlab",
        "postgresql://ada@/lrlab?host=/nowhere&password=secret",
        "postgresql://ada:secret@nowhere.invalid/lrlab",
    ],
)
def test_a_server_that_is_not_there_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(StoreError, match=r"cannot be reached: check the host and port") as caught:
        Store(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_does_not_answer_is_given_up_after_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(database.CONNECTING, "connect_timeout", 2)  # the driver's least
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/lrlab"
        with pytest.raises(StoreError, match=r"cannot be reached"):
            Store(url)


@pytest.fixture
def fails(postgres: Server) -> Callable[[URL], str]:
    """Open a store that cannot be opened and return the sentence."""

    def opened(url: URL) -> str:
        with pytest.raises(StoreError) as caught:
            Database(url)
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return opened


def test_a_wrong_password_and_an_unknown_user_are_one_sentence(
    postgres: Server, fails: Callable[[URL], str]
) -> None:
    postgres.run("CREATE ROLE ada LOGIN PASSWORD 'right'")
    wrong = postgres.url("postgres", "ada", "secret")
    for url in (wrong, postgres.url("postgres", "ada"), postgres.url("postgres", "nobody")):
        assert "refuses this user: check the name and the password" in fails(url)


def test_a_database_that_does_not_exist_is_one_sentence(
    postgres: Server, fails: Callable[[URL], str]
) -> None:
    assert "/missing does not exist: make it with createdb" in fails(postgres.url("missing"))


def test_a_user_who_may_not_use_the_tables_is_one_sentence(
    postgres: Server, fails: Callable[[URL], str]
) -> None:
    postgres.run("CREATE ROLE guest LOGIN")
    with postgres.database() as url:
        assert "may not be used by this user" in fails(url.set(username="guest"))


def test_too_many_connections_are_one_sentence(
    postgres: Server, fails: Callable[[URL], str]
) -> None:
    with postgres.database() as url:
        postgres.run(f"ALTER DATABASE {url.database} CONNECTION LIMIT 0")
        postgres.run("CREATE ROLE many LOGIN")
        assert "has no connection left" in fails(url.set(username="many"))


@pytest.mark.databases("postgresql")
def test_a_server_that_only_reads_is_one_sentence(store: Store, postgres: Server) -> None:
    name = store.database.url.database
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store.close()
    assert store.list() == []
    with pytest.raises(StoreError, match=r"may only be read: name the primary server"):
        store.submit(experiment())


@pytest.mark.databases("sqlite", "postgresql")
def test_a_read_sees_one_moment(store: Store) -> None:
    count = select(func.count()).select_from(run)
    with store.database.read() as connection:
        assert connection.scalar(count) == 0
        store.submit(experiment())
        assert connection.scalar(count) == 0
    assert len(store.list()) == 1


@pytest.mark.databases("postgresql")
def test_a_deadlock_is_one_sentence_for_one_of_two(store: Store) -> None:
    for seed in range(2):
        store.submit(experiment(seed=seed))
    numbers = [each.id for each in store.list()]
    barrier = threading.Barrier(2)
    sentences: list[str] = []

    def write(numbers: list[int]) -> None:
        try:
            with store.database.write() as connection:
                connection.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
                for number in numbers:
                    connection.execute(update(run).where(run.c.id == number).values(note="x"))
                    if number == numbers[0]:
                        barrier.wait(10)
        except StoreError as error:
            sentences.append(str(error))

    threads = [threading.Thread(target=write, args=(n,)) for n in (numbers, numbers[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (sentence,) = sentences
    assert "was changed by another program at the same moment: try again" in sentence


@pytest.mark.databases("postgresql")
def test_a_store_goes_on_by_itself_after_its_connections_were_ended(
    store: Store, postgres: Server
) -> None:
    name = store.database.url.database
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    store.submit(experiment(seed=1))
    assert postgres.run(end) != []
    assert len(store.list()) == 1, "an idle connection is replaced without a word"

    def interrupted() -> None:
        with store.database.write() as connection:
            connection.execute(update(run).values(note="lost"))
            postgres.run(end)
            connection.execute(update(run).values(note="lost"))

    with pytest.raises(StoreError, match=r"because its server stops|was left by its server"):
        interrupted()
    with store.database.read() as connection:
        assert connection.scalars(select(run.c.note)).all() == [""]


@pytest.mark.databases("sqlite", "postgresql")
def test_many_threads_submit_at_once_and_no_run_is_lost(store: Store) -> None:
    threads = [threading.Thread(target=store.submit, args=(experiment(seed=k),)) for k in range(8)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(store.list()) == 8, "all eight runs")
    assert [run.id for run in store.list()] == list(range(8, 0, -1))


def test_a_store_goes_on_by_itself_when_its_server_is_back(tmp_path: Path) -> None:
    program = next(each for each in places() if (each / "initdb").exists())
    server = Server(program)  # of its own: others of this process use the shared one
    try:
        with server.database() as url:
            store = Database(url)
            server.restart()
            with store.read() as connection:
                assert connection.scalar(select(func.count()).select_from(run)) == 0
            store.close()
    finally:
        server.stop()
    with pytest.raises(StoreError, match=r"cannot be reached"):
        Database(url)
    assert not server.folder.exists()
