"""Runs for the tests: each submission a run of its own, whatever is in the store."""

from __future__ import annotations

from typing import Any

from lrlab.experiment import Experiment
from lrlab.runs import Store


def submit(store: Store, experiment: Experiment, *names: str, **wishes: Any) -> int:
    """Queue the experiment anew and return its run's number; `names`: owner and run's name."""
    return store.submit(experiment, *names, **{"anew": True, **wishes}).run
