"""Homes, stores and workers for the tests of runs: real databases, processes and data.

A test that uses `home` or `store` has a database of its own, on SQLite. Those of the files in
`BOTH` run on PostgreSQL as well, and so does any test, class or file that is marked with

    @pytest.mark.databases("sqlite", "postgresql")     # or one of them, against `BOTH`

Store() is that database then, and so is that of workers: its URL is in LRLAB_DATABASE_URL,
which they take over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from tests.postgres import postgres, server
from tests.runs.processes import Worker, wait_for

__all__ = ["postgres"]

BOTH = {
    "test_branches", "test_claims", "test_commands", "test_lease", "test_limits", "test_listing",
    "test_measures", "test_queue", "test_reads", "test_store",
}  # fmt: skip

Homes = Callable[[str], Path]
Workers = Callable[..., Worker]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set, unpacked once for all homes by the first worker that needs it."""
    folder = tmp_path_factory.mktemp("unpacked")
    return folder


@pytest.fixture(scope="module")
def new_home(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Homes:
    def make(name: str) -> Path:
        home = tmp_path_factory.mktemp(name)
        (home / "data").symlink_to(data)
        return home

    return make


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each of the databases that it is for."""
    if "database" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("databases")
    both = metafunc.module.__name__.rpartition(".")[2] in BOTH
    names = marker.args if marker else ("sqlite", "postgresql") if both else ("sqlite",)
    if names != ("sqlite",):
        metafunc.parametrize("database", names, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an empty store, None for the one in the lab's home."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    with server().database() as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def home(new_home: Homes, database: str | None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty lab, named by the environment as for a person."""
    folder = new_home("home")
    monkeypatch.setenv("LRLAB_HOME", str(folder))
    if database is None:
        monkeypatch.delenv("LRLAB_DATABASE_URL", raising=False)
    else:
        monkeypatch.setenv("LRLAB_DATABASE_URL", database)
    return folder


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


@pytest.fixture(scope="module")
def start() -> Iterator[Workers]:
    """Start workers that are ended, with all their processes, after the module."""
    started: list[Worker] = []

    def begin(home: Path, *options: str, **named: Any) -> Worker:
        worker = Worker(home, *options, **named)
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.end()


def experiment(**fields: Any) -> Experiment:
    """Return a short experiment: 100 updates an epoch, points at 50 and 100."""
    small = {"train_examples": 3200, "batch_size": 32, "epochs": 3}
    schedule = {"kind": "cosine", "base_lr": 0.1, "final_lr": 0.01, "length": 3}
    return Experiment.parse({"schedule": schedule} | small | fields)


def until(store: Store, run: int, *states: State, seconds: float = 60.0) -> None:
    """Wait until the run is in one of the states."""

    def there() -> bool:
        found = store.run(run)
        return found is not None and found.state in states

    wait_for(there, f"run {run} to be {' or '.join(states)}", seconds)


def until_update(store: Store, run: int, update: int) -> None:
    """Wait until that update of the run is stored."""

    def there() -> bool:
        found = store.run(run)
        return found is not None and found.last_update >= update

    wait_for(there, f"update {update} of run {run}")


def curve(store: Store, run: int) -> tuple[list[Any], list[Any]]:
    """Return everything that a run's curve consists of."""
    return store.points(run), store.evaluations(run)
