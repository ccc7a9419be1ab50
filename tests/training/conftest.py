"""A lab's folder for this room's tests, the engine's threads, and small experiments."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlab.training.device import prepare_threads


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _lab(shared_home, monkeypatch):
    monkeypatch.setenv("LRLAB_HOME", str(shared_home))
    prepare_threads()
