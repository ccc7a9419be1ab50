"""A lab and its worker that all tests of a file share: import the fixtures that it uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lrlab.runs import Store
from tests.runs.conftest import Homes, Workers
from tests.runs.processes import Worker

__all__ = ["home", "store", "worker"]


@pytest.fixture(scope="module")
def home(new_home: Homes) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = new_home("kept")
        patch.setenv("LRLAB_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{home}/lrlab.db")
    yield store
    store.close()


@pytest.fixture(scope="module")
def worker(home: Path, store: Store, start: Workers) -> Worker:
    return start(home).until_ready()
