"""Stores of every age open with all that they hold, whoever else opens them at the moment."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, event, inspect, make_url, text

from lrlab.runs import Store, StoreError, migrations
from lrlab.runs.database import Database, database_url
from lrlab.runs.migrations.versions import revision_0001
from lrlab.runs.tables import metadata
from tests.postgres import server
from tests.runs.conftest import experiment

FOLDER = Path(migrations.__file__).parent
RUN = {
    "id": 7, "owner": "ada", "name": "old", "experiment": experiment().canonical(),
    "identity": "i" * 64, "updates": 300, "epochs": 3, "examples": 9600, "state": "finished",
    "wanted": None, "error": None, "token": 2, "attempts": 0, "worker": None, "lease_until": None,
    "not_before": 0.0, "last_update": 300, "epoch": 3.0, "lr": 0.01, "train_loss": None,
    "train_acc": 0.9, "test_acc": 0.88, "seconds": 12.5, "examples_per_second": 768.0,
    "device": "cpu", "checkpoint_update": 300, "checkpoint_path": "/old/7-2-300.safetensors",
    "command_seq": 1, "parent": None, "parent_update": None, "submitted": 1.7e9 + 1 / 3,
    "started": 1.7e9 + 1, "finished": 1.7e9 + 13,
}  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "run": [RUN, RUN | {"id": 9, "state": "queued", "parent": 7, "parent_update": 100}],
    "point": [{"run": 7, "update": u, "epoch": u / 100, "lr": 0.1, "train_loss": None,
               "train_acc": 0.5} for u in (50, 100)],
    "evaluation": [{"run": 7, "epoch": 1, "test_loss": 0.5, "test_acc": 0.8, "train_loss": 0.4,
                    "train_acc": 0.9, "update": 100}],
    "measure": [{"run": 7, "name": "sharpness", "update": 100, "seq": 1, "epoch": 1.0,
                 "value": 3.5}],
    "command": [{"run": 7, "seq": 1, "kind": "cancel", "argument": None, "at": 1.7e9,
                 "applied_update": 300}],
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database without any table, which nobody has opened as a store."""
    if request.param == "sqlite":
        yield URL.create("sqlite", database=str(tmp_path / "lrlab.db"))
        return
    with server().database(template="template1") as url:
        yield url


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open a database as it is, leaving its tables alone."""

    def open_it(url: URL) -> Database:
        with monkeypatch.context() as patched:
            patched.setattr(Database, "_revision", lambda self: migrations.HEAD)
            return Database(url)

    return open_it


def make_old(connection: Connection) -> None:
    """Make the tables of before there were revisions, with rows in each."""
    with Operations.context(MigrationContext.configure(connection)):
        revision_0001.upgrade()
    for table, rows in ROWS.items():
        columns = ", ".join(f'"{name}"' for name in rows[0])
        places = ", ".join(f":{name}" for name in rows[0])
        connection.execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({places})'), rows)
    if connection.dialect.name == "postgresql":  # its numbers did not come from the sequence
        connection.execute(text("SELECT setval('run_id_seq', 9)"))


@pytest.fixture
def old(empty: URL, plain: Any) -> URL:
    database = plain(empty)
    with database.write() as connection:
        make_old(connection)
    database.close()
    return empty


def rows_of(connection: Connection, table: str) -> list[dict[str, Any]]:
    found = connection.execute(metadata.tables[table].select()).mappings()
    return [dict(row) for row in found]


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection), metadata)


def test_a_store_of_before_keeps_every_row(old: URL) -> None:
    database = Database(old)
    with database.read() as connection:
        for table, rows in ROWS.items():
            kept = rows_of(connection, table)
            assert [{name: row[name] for name in rows[0]} for row in kept] == rows, table
        new = rows_of(connection, "run")[0]
        counted = {row["id"]: row["points"] for row in rows_of(connection, "run")}
        assert counted == {number: sum(row["run"] == number for row in ROWS["point"])
                           for number in counted}  # fmt: skip
        assert migrations.revision(connection) == migrations.HEAD
    assert (new["shape"], new["note"], new["starred"], new["priority"]) == ("", "", False, 0)
    database.close()


def test_its_numbers_go_on_where_they_were(old: URL) -> None:
    store = Store(old.render_as_string(hide_password=False))
    store.submit(experiment())
    assert store.list(limit=1)[0].id == 10
    store.close()


def test_what_the_revisions_make_is_what_tables_py_says(old: URL) -> None:
    database = Database(old)
    with database.read() as connection:
        assert differences(connection) == []
    database.close()


def test_a_fresh_store_is_what_tables_py_says_and_bears_the_last_revision(empty: URL) -> None:
    database = Database(empty)
    with database.read() as connection:
        assert differences(connection) == []
        assert migrations.revision(connection) == migrations.HEAD
    database.close()


def test_a_difference_would_be_seen(empty: URL) -> None:
    database = Database(empty)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE run DROP COLUMN engine"))
        assert [change[0] for change in differences(connection)] == ["add_column"]
    database.close()


def test_sqlite_lays_the_revisions_tables_out_like_fresh_ones(tmp_path: Path, plain: Any) -> None:
    """Row order and numbering are SQLite's own matter, which Alembic does not compare."""
    layouts = []
    for name in ("fresh", "old"):
        url = URL.create("sqlite", database=str(tmp_path / name))
        if name == "old":
            with plain(url).write() as connection:
                make_old(connection)
        with Database(url).read() as connection:
            tables = connection.execute(
                text("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name")
            )
            counted = text("SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name='run'")
            layouts.append((tables.all(), connection.scalar(counted)))
    assert layouts[0] == layouts[1]
    assert layouts[0][1] == 1


def test_the_list_of_revisions_is_that_of_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    found = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == migrations.REVISIONS


def test_a_store_of_a_newer_version_is_refused_in_one_sentence(empty: URL) -> None:
    database = Database(empty)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"was written by a newer version of lrlab \(its tables"):
        Database(empty)
    database.close()


def test_an_upgrade_that_fails_changes_nothing(
    old: URL, monkeypatch: pytest.MonkeyPatch, plain: Any
) -> None:
    def fail(connection: Connection, *, stamped: bool) -> None:
        upgrade(connection, stamped=stamped)
        raise RuntimeError("the power went")

    upgrade = migrations._upgrade
    monkeypatch.setattr(migrations, "_upgrade", fail)
    with pytest.raises(RuntimeError):
        Database(old)
    database = plain(old)
    with database.read() as connection:
        assert "alembic_version" not in inspect(connection).get_table_names()
        columns = {column["name"] for column in inspect(connection).get_columns("run")}
    assert columns == set(RUN)
    database.close()


def opened_at_once(*urls: URL) -> None:
    """Open each database from four processes at the same moment."""
    forked = multiprocessing.get_context("fork")
    barrier = forked.Barrier(4)

    def open_it() -> None:
        for url in urls:
            barrier.wait(10)
            Database(url).close()

    processes = [forked.Process(target=open_it) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4


def test_several_processes_may_open_an_old_store_at_once(old: URL) -> None:
    opened_at_once(old)
    database = Database(old)
    with database.read() as connection:
        assert len(rows_of(connection, "run")) == 2
        assert differences(connection) == []
    database.close()


def test_several_processes_may_open_an_empty_database_at_once(empty: URL) -> None:
    opened_at_once(empty)
    database = Database(empty)
    with database.read() as connection:
        assert differences(connection) == []
    database.close()


def test_of_those_who_make_a_new_file_at_once_none_is_told_that_it_is_locked(
    tmp_path: Path,
) -> None:
    opened_at_once(*(make_url(f"sqlite:///{tmp_path / str(n)}.db") for n in range(60)))


def test_a_store_of_today_is_opened_without_alembic_and_sqlite_without_psycopg(
    tmp_path: Path,
) -> None:
    code = """
        import sys
        from sqlalchemy import make_url
        from lrlab.runs.database import Database
        for _ in range(2):  # made, then opened
            Database(make_url(sys.argv[1])).close()
        print({"alembic", "psycopg"} & {*sys.modules})
    """
    words = [sys.executable, "-c", textwrap.dedent(code), f"sqlite:///{tmp_path / 'lrlab.db'}"]
    assert subprocess.run(words, capture_output=True, text=True).stdout == "set()\n"


@pytest.mark.databases("sqlite", "postgresql")
def test_opening_a_store_of_today_is_one_read(home: Path) -> None:
    Store().close()
    said: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        Database(make_url(database_url())).close()
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    ours = [each for each in said if "alembic_version" in each]
    assert len(ours) == 1
    assert not any(word in each.upper() for each in said for word in ("CREATE", "INSERT", "LOCK"))
