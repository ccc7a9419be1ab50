"""Homes, stores and workers for the tests of runs: real SQLite, real processes, real data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from tests.runs.processes import Worker, wait_for

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


@pytest.fixture
def home(new_home: Homes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty lab, named by the environment as for a person."""
    folder = new_home("home")
    monkeypatch.setenv("LRLAB_HOME", str(folder))
    monkeypatch.delenv("LRLAB_DATABASE_URL", raising=False)
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
