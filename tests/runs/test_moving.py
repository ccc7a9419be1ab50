"""A store is moved whole or not at all, from any database to any other."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, insert, text, update

from lrlab import paths
from lrlab.errors import InvalidInput
from lrlab.runs import Store, moving
from lrlab.runs.archive import is_inside
from lrlab.runs.database import Database
from lrlab.runs.moving import Moved, export_store, import_store
from lrlab.runs.tables import metadata, run
from tests.postgres import server
from tests.runs.conftest import experiment

FRESH = {
    "owner": "ada", "name": "ação, «a»", "experiment": experiment().canonical(),
    "identity": "i" * 64, "updates": 300, "epochs": 3, "examples": 2**40, "token": 2,
    "attempts": 0, "not_before": 0.0, "last_update": 100, "points": 0, "epoch": 1 / 3, "lr": 1e-300,
    "train_loss": None, "seconds": 0.1 + 0.2, "starred": True, "command_seq": 1,
    "submitted": 1.7e9 + 1 / 3,
}  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "run": [
        FRESH | {"id": 3, "state": "finished",
                 "checkpoint_path": "checkpoints/3-2-100.safetensors", "points": 1150},
        FRESH | {"id": 5, "state": "paused", "parent": 3, "parent_update": 100, "note": "a\nb",
                 "checkpoint_path": "/gone/5-1-7.safetensors"},
        FRESH | {"id": 8, "state": "queued", "parent": 5, "parent_update": 7, "pack": "8.1"},
    ],
    "point": [{"run": 3, "update": u, "epoch": u / 7, "lr": 0.1, "train_loss": None,
               "train_acc": 0.5} for u in range(50, 1200)],
    "evaluation": [{"run": 3, "epoch": 1, "test_acc": 0.8, "update": 100}],
    "measure": [{"run": 3, "name": "sharpness", "update": 1, "seq": 1, "epoch": 1.0,
                 "value": None}],
    "command": [{"run": 3, "seq": 1, "kind": "set-lr", "argument": 0.1, "at": 1.7e9,
                 "applied_update": 50, "refusal": None}],
    "share": [{"run": 3, "owner": "bob", "at": 1.7e9}],
    "tag": [{"run": 3, "tag": "best"}],
    "checkpoint": [{"run": 3, "update": u, "epoch": 1.0, "path": f"kept/3-2-{u}.safetensors",
                    "member": 0, "bytes": 2**33} for u in (100, 200)],
    "pace": [{"run": 3, "update": 100, "seconds": 0.1 + 0.2}],
    "pack": [{"name": "8.1", "member": 0, "run": 8}],
}  # fmt: skip
FILES = {
    "checkpoints/3-2-100.safetensors": b"a checkpoint " * 1000,
    "kept/3-2-100.safetensors": b"another",
}  # of kept/3-2-200.safetensors only the row is left
Open = Callable[[URL | str], Database]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open databases that are closed after the test; a word is the name of a file."""
    databases: list[Database] = []

    def open_it(where: URL | str) -> Database:
        url = where if isinstance(where, URL) else URL.create("sqlite", database=where)
        databases.append(Database(url))
        return databases[-1]

    yield open_it
    for database in databases:
        database.close()


@pytest.fixture
def other(opened: Open) -> Iterator[Database]:
    """An empty store on PostgreSQL."""
    with server().database() as url:
        database = opened(url)
        yield database
        database.close()


@pytest.fixture
def full(home: Path, opened: Open) -> Database:
    """A store with rows in each table, and files in its home."""
    database = opened(str(home / "lrlab.db"))
    with database.write() as connection:
        for table in metadata.sorted_tables:
            columns = {name for row in ROWS[table.name] for name in row}
            empty = dict.fromkeys(columns) | ({"note": ""} if table is run else {})
            connection.execute(insert(table), [empty | row for row in ROWS[table.name]])
        connection.execute(text("UPDATE sqlite_sequence SET seq = 20"))  # others were deleted
    for name, content in FILES.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(content)
    return database


def rows(database: Database) -> dict[str, list[Any]]:
    with database.read() as connection:
        return {
            table.name: connection.execute(table.select().order_by(*table.primary_key)).all()
            for table in metadata.sorted_tables
        }


@pytest.fixture
def elsewhere(new_home: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Any:
    def go() -> Path:
        folder = new_home("elsewhere")
        monkeypatch.setenv("LRLAB_HOME", str(folder))
        return folder

    return go


def test_every_table_is_in_the_test() -> None:
    assert ROWS.keys() == metadata.tables.keys()


def test_a_store_is_the_same_on_postgresql_and_back_on_sqlite(
    full: Database, other: Database, opened: Open, tmp_path: Path, elsewhere: Any
) -> None:
    counts = {name: len(rows) for name, rows in ROWS.items()}
    assert export_store(full, tmp_path / "one.zip") == Moved(counts, 2, missing=1)
    there = elsewhere()
    assert import_store(other, tmp_path / "one.zip") == Moved(counts, 2, missing=1)
    assert rows(other) == rows(full)
    export_store(other, tmp_path / "two.zip")
    back = elsewhere()
    database = opened(str(back / "lrlab.db"))
    import_store(database, tmp_path / "two.zip")
    assert rows(database) == rows(full)
    for folder in (there, back):
        assert {name: (folder / name).read_bytes() for name in FILES} == FILES
        assert not list(folder.glob(".*")), "nothing unfinished is left"


def test_numbers_go_on_after_the_highest_that_was_ever_given(
    full: Database, other: Database, opened: Open, tmp_path: Path, elsewhere: Any
) -> None:
    export_store(full, tmp_path / "one.zip")
    elsewhere()
    import_store(other, tmp_path / "one.zip")
    export_store(other, tmp_path / "two.zip")
    database = opened(str(elsewhere() / "lrlab.db"))
    import_store(database, tmp_path / "two.zip")
    for each in (other, database):
        with each.write() as connection:
            made = insert(run).values(**FRESH, state="queued").returning(run.c.id)
            assert connection.scalar(made) == 21


def test_runs_in_training_wait_again_and_what_people_want_of_them_holds(
    full: Database, other: Database, tmp_path: Path
) -> None:
    held = {"state": "running", "worker": "a", "lease_until": 2e9, "attempts": 1}
    with full.write() as connection:
        connection.execute(update(run).where(run.c.id != 8).values(**held))
        connection.execute(update(run).where(run.c.id == 5).values(wanted="paused"))
    export_store(full, tmp_path / "one.zip")
    import_store(other, tmp_path / "one.zip")
    found = {row.id: row for row in rows(other)["run"]}
    assert {number: row.state for number, row in found.items()} == {
        3: "queued", 5: "paused", 8: "queued",
    }  # fmt: skip
    assert {(row.worker, row.lease_until, row.wanted) for row in found.values()} == {
        (None, None, None)
    }


def test_an_export_is_of_one_moment_while_others_write(
    full: Database, tmp_path: Path, opened: Open
) -> None:
    def write(what: str, count: int) -> None:
        if what == "checkpoints":
            with full.write() as connection:
                connection.execute(update(run).values(note="later"))

    export_store(full, tmp_path / "one.zip", tell=write)
    with full.read() as connection:
        assert set(connection.scalars(run.select().with_only_columns(run.c.note))) == {"later"}
    database = opened(str(tmp_path / "new.db"))
    import_store(database, tmp_path / "one.zip")
    assert "later" not in {row.note for row in rows(database)["run"]}


def test_without_checkpoints_only_rows_are_moved(
    full: Database, opened: Open, tmp_path: Path, elsewhere: Any
) -> None:
    assert export_store(full, tmp_path / "one.zip", checkpoints=False).checkpoints == 0
    folder = elsewhere()
    database = opened(str(folder / "lrlab.db"))
    assert import_store(database, tmp_path / "one.zip").missing == 3
    assert rows(database) == rows(full)
    assert not (folder / "checkpoints").exists()


def test_an_old_path_below_the_home_becomes_one_that_can_be_moved(
    full: Database, home: Path, other: Database, tmp_path: Path
) -> None:
    name = "checkpoints/3-2-100.safetensors"
    with full.write() as connection:
        old = update(run).where(run.c.id == 3).values(checkpoint_path=str(home / name))
        connection.execute(old)
    assert export_store(full, tmp_path / "one.zip").checkpoints == 2
    import_store(other, tmp_path / "one.zip")  # into the same home: its files are there already
    assert rows(other)["run"][0].checkpoint_path == name
    assert (home / name).read_bytes() == FILES[name]


def test_only_an_empty_store_is_filled(full: Database, tmp_path: Path) -> None:
    export_store(full, tmp_path / "one.zip")
    before = rows(full)
    with pytest.raises(InvalidInput, match=r"lrlab\.db holds runs; allowed is an empty one\.$"):
        import_store(full, tmp_path / "one.zip")
    assert rows(full) == before


def test_a_file_that_is_there_is_not_written_over(full: Database, tmp_path: Path) -> None:
    (tmp_path / "one.zip").write_text("mine")
    with pytest.raises(InvalidInput, match=r"allowed is one that is not there yet\.$"):
        export_store(full, tmp_path / "one.zip")
    assert (tmp_path / "one.zip").read_text() == "mine"
    with pytest.raises(InvalidInput, match=r"allowed is a place that can be written \(No such"):
        export_store(full, tmp_path / "no" / "one.zip")


def test_an_export_that_fails_leaves_no_file(
    full: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(moving, "_add_table", fail)
    with pytest.raises(InvalidInput, match=r"\(No space left on device\)"):
        export_store(full, tmp_path / "one.zip")
    assert [*tmp_path.glob("*.zip*"), *tmp_path.glob(".*")] == []


Parts = dict[str, bytes]


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, parts: Parts) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def lines(**changed: Any) -> Callable[[Parts], None]:
    """Change a table's first row: `run={"state": "gone"}`."""
    ((name, values),) = changed.items()

    def change(parts: Parts) -> None:
        first, *rest = parts[f"tables/{name}.jsonl"].splitlines(keepends=True)
        row = {k: v for k, v in (json.loads(first) | values).items() if v is not ...}
        parts[f"tables/{name}.jsonl"] = b"".join([json.dumps(row).encode() + b"\n", *rest])

    return change


def manifest(**values: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts["store.json"] = json.dumps(json.loads(parts["store.json"]) | values).encode()

    return change


def stray(name: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[f"files/{name}"] = b"x"
        manifest(files=3)(parts)

    return change


BAD: dict[str, tuple[Callable[[Parts], Any], str]] = {
    "an unknown state": (lines(run={"state": "gone"}), r"run, line 1: state is 'gone'; allowed is"),
    "a text for a number": (lines(run={"updates": "1"}), r"updates is '1'; allowed is a value"),
    "a number too large": (lines(run={"updates": 2**31}), r"updates is 2147483648; allowed"),
    "not a number": (lines(run={"epoch": float("nan")}), r"a number is NaN; allowed is a finite"),
    "a flag for a number": (lines(run={"token": True}), r"token is True; allowed is a value"),
    "a null": (lines(run={"name": None}), r"name is None; allowed is a value"),
    "a column less": (lines(run={"name": ...}), r"name is missing; allowed is a value"),
    "a column more": (lines(run={"x": 1}), r"'x' is no column of this table"),
    "a name too long": (lines(run={"owner": "x" * 121}), r"owner is 'x+…; allowed is a value"),
    "a zero byte": (lines(run={"note": "a\0b"}), r"note is 'a\\x00b'; allowed is a value"),
    "half a character": (lines(run={"note": "\ud800"}), r"note is '\\ud800'; allowed is a value"),
    "a path that leads out": (
        lines(run={"checkpoint_path": "checkpoints/../../x"}), r"checkpoint_path is 'checkpoints/"),
    "a point without a run": (lines(point={"run": 99}), r"holds rows that do not fit together"),
    "a row twice": (
        lambda parts: (parts.update({"tables/tag.jsonl": 2 * parts["tables/tag.jsonl"]}),
                       manifest(rows=json.loads(parts["store.json"])["rows"] | {"tag": 2})(parts)),
        r"holds rows that do not fit together"),
    "a row more": (
        lambda parts: parts.update({"tables/tag.jsonl": 2 * parts["tables/tag.jsonl"]}),
        r"rows of tag are missing or too many"),
    "a row less": (lambda parts: parts.update({"tables/tag.jsonl": b""}), r"rows of tag are"),
    "a line that is no JSON": (
        lambda parts: parts.update({"tables/tag.jsonl": b"{"}), r"tag, line 1: Expecting"),
    "a line that is no row": (
        lambda parts: parts.update({"tables/tag.jsonl": b"[]"}), r"the row is \[\]; allowed is"),
    "no text": (lambda parts: parts.update({"tables/tag.jsonl": b"\xff\n"}), r"tag, line 1: "),
    "a deep nest": (
        lambda parts: parts.update({"tables/tag.jsonl": b"[" * 200_000}), r"tag, line 1: "),
    "no manifest": (lambda parts: parts.pop("store.json"), r"it holds no store\.json"),
    "a manifest that is a list": (
        lambda parts: parts.update({"store.json": b"[]"}), r"store\.json: "),
    "a wrong count": (manifest(files=-1), r"store\.json: files is -1; allowed is"),
    "a part less": (lambda parts: parts.pop("tables/tag.jsonl"), r"it holds other parts than"),
    "a part more": (lambda parts: parts.update({"x": b""}), r"it holds other parts than"),
    "an unknown table": (
        lambda parts: (parts.update({"tables/x.jsonl": b""}),
                       manifest(rows=json.loads(parts["store.json"])["rows"] | {"x": 0})(parts)),
        r"it holds a table 'x'"),
    "a checkpoint less": (manifest(files=9), r"files are missing"),
    "a file outside": (stray("checkpoints/../../../evil"), r"it holds a file 'checkpoints/\.\."),
    "an absolute file": (stray("/tmp/evil"), r"it holds a file '/tmp/evil'"),
    "a file elsewhere": (stray("lrlab.db"), r"it holds a file 'lrlab\.db'"),
    "a newer version's": (manifest(revision="9999"), r"was written by a newer version of lrlab"),
    "a newer format": (manifest(format=2), r"was written by a newer version of lrlab"),
}  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Parts]:
    """A good file's parts, once they were written."""
    return []


@pytest.fixture
def parts(good: list[Parts], request: pytest.FixtureRequest, tmp_path: Path) -> Parts:
    if not good:
        export_store(request.getfixturevalue("full"), tmp_path / "good.zip")
        good.append(parts_of(tmp_path / "good.zip"))
    return dict(good[0])


@pytest.fixture
def leaves_nothing(elsewhere: Any, opened: Open, parts: Parts) -> Iterator[Database]:
    """An empty store, still empty after the test, and its home too."""
    folder = elsewhere()
    database = opened(str(folder / "lrlab.db"))
    before = {path.name for path in folder.iterdir()}
    yield database
    assert not any(rows(database).values())
    files = {path for path in folder.rglob("*") if path.is_file()} - {*folder.glob("lrlab.db*")}
    assert files == set()
    assert {path.name for path in folder.iterdir()} - before <= {"checkpoints", "kept"}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_and_leaves_nothing_behind(
    name: str, parts: Parts, leaves_nothing: Database, tmp_path: Path
) -> None:
    change, sentence = BAD[name]
    change(parts)
    pack(tmp_path / "bad.zip", parts)
    with pytest.raises(InvalidInput, match=sentence) as caught:
        import_store(leaves_nothing, tmp_path / "bad.zip")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["nothing", "a folder", "a text", "half", "a bit turned"])
def test_a_file_that_is_not_whole_is_one_sentence_and_leaves_nothing_behind(
    name: str, parts: Parts, leaves_nothing: Database, tmp_path: Path
) -> None:
    path = tmp_path / "bad.zip"
    pack(path, parts)
    whole = path.read_bytes()
    if name == "nothing":
        path.unlink()
    elif name == "a folder":
        path = tmp_path
    elif name == "a text":
        path.write_text("These are my notes.")
    elif name == "half":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        at = whole.index(b"tables/point.jsonl") + 2000
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(InvalidInput, match=r"^FILE is '.*; allowed is a (whole )?file of export"):
        import_store(leaves_nothing, path)


def test_a_checkpoint_of_another_lab_is_not_written_over(
    parts: Parts, leaves_nothing: Database, tmp_path: Path
) -> None:
    mine = paths.home() / "kept" / "3-2-100.safetensors"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    pack(tmp_path / "one.zip", parts)
    with pytest.raises(InvalidInput, match=r"is there with other contents; allowed is a home"):
        import_store(leaves_nothing, tmp_path / "one.zip")
    assert mine.read_bytes() == b"mine"
    mine.unlink()


@pytest.mark.parametrize(
    "name",
    ["checkpoints/", "checkpoints", "kept/..", "kept/.x", "kept//x", "kept/x/", "/kept/x", "x/y",
     "kept/a\\b", "kept/a b", "kept/x\n", "kept/C:x", "../kept/x", "kept/é", ""],
)  # fmt: skip
def test_only_plain_names_of_checkpoints_lie_inside(name: str) -> None:
    assert not is_inside(name)
    assert is_inside("checkpoints/3.1-2-100.safetensors")


def test_a_store_is_of_use_after_it_was_moved(home: Path, other: Database, tmp_path: Path) -> None:
    store = Store()
    store.submit(experiment(), owner="ada")
    export_store(store.database, tmp_path / "one.zip")
    store.close()
    import_store(other, tmp_path / "one.zip")
    moved = Store(other.url.render_as_string(hide_password=False))
    assert moved.claim("worker") is not None
    moved.close()
