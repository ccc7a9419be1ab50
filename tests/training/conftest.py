"""A lab's folder for this room's tests, the engine's threads, and small data sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlab.datasets import DATASETS, Facts
from lrlab.training import data
from lrlab.training.device import prepare_threads


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _lab(shared_home, monkeypatch):
    monkeypatch.setenv("LRLAB_HOME", str(shared_home))
    prepare_threads()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The data folder of an empty lab."""
    monkeypatch.setenv("LRLAB_HOME", str(tmp_path))
    data.forget()
    yield tmp_path / "data"
    data.forget()


@pytest.fixture
def small(monkeypatch):
    """Data sets of 60 and 10 examples in the same formats, so that many can be written."""
    for name in ("mnist", "kmnist", "cifar-10"):
        facts = DATASETS[name]
        monkeypatch.setitem(DATASETS, name, Facts(60, 10, facts.channels, facts.side))
