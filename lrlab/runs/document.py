"""A run with everything it recorded as one JSON-ready object: what `show` and pages offer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from lrlab.errors import InvalidInput, shown
from lrlab.records import event
from lrlab.runs.run import Run
from lrlab.runs.store import Store


def find(store: Store, number: int) -> Run:
    """Return the run of that number, or raise InvalidInput."""
    run = store.run(number)
    if run is None:
        raise InvalidInput("run", f"is {shown(number)}; allowed is the number of a stored run.")
    return run


def document(store: Store, number: int) -> dict[str, Any]:
    """Return a run: its status, experiment, records in order, and commands."""
    run = find(store, number)
    return {
        **run.status(),
        "experiment": json.loads(run.experiment_json),
        "identity": run.identity,
        "points": [event(point) for point in store.points(number)],
        "evaluations": [event(evaluation) for evaluation in store.evaluations(number)],
        "measures": [event(measure) for measure in store.measures(number)],
        "commands": [asdict(command) for command in store.commands(number)],
        "checkpoints": [each._asdict() for each in store.checkpoints(number)],
    }
