"""A thousand queued runs of forty owners, and a worker whose trainings are killed again and again.

    python -m tests.bench.killing [--runs 1000] [--owners 40] [--kills 50]

Says whether every run finished with its whole record, and how many starts an owner was at most
ahead of another who still waited.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from lrlab.runs.tables import run
from tests.runs.processes import Worker, wait_for
from tests.submitted import submit

TINY = {"schedule": {"kind": "constant"}, "train_examples": 320, "batch_size": 32, "epochs": 1}


def queue(store: Store, options: argparse.Namespace) -> None:
    """Submit them all, each owner's in one go."""
    owners = [f"owner {number % options.owners}" for number in range(options.runs)]
    for seed, owner in enumerate(sorted(owners)):
        submit(store, Experiment.parse({**TINY, "seed": seed}), owner)


def left(store: Store) -> int:
    with store.database.read() as connection:
        states = connection.scalars(select(run.c.state)).all()
    return sum(state != State.FINISHED for state in states)


def kill(store: Store, worker: Worker, options: argparse.Namespace) -> int:
    """Kill whatever trains at random moments until all is done; return how often."""
    chance, killed = random.Random(0), 0
    while left(store):
        pause = time.monotonic() + chance.uniform(0.1, 1.5)
        wait_for(lambda: time.monotonic() > pause, "the next moment")  # noqa: B023
        if killed < options.kills and worker.training():
            worker.kill_training()
            killed += 1
    return killed


def ahead(store: Store) -> int:
    """Return how many first starts an owner was at most ahead of one who still waited."""
    with store.database.read() as connection:
        rows = connection.execute(select(run.c.owner, run.c.started).order_by(run.c.started)).all()
    waiting, begun, most = Counter(row.owner for row in rows), Counter[str](), 0
    for row in rows:
        begun[row.owner] += 1
        waiting[row.owner] -= 1
        behind = [begun[owner] for owner, count in waiting.items() if count]
        most = max(most, begun[row.owner] - min(behind, default=begun[row.owner]))
    return most


def whole(store: Store) -> bool:
    """Return whether every run has just its one evaluation and its last update."""
    runs = store.list(limit=100_000)
    return all(
        each.last_update == each.updates and len(store.evaluations(each.id)) == 1 for each in runs
    )


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--owners", type=int, default=40)
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LRLAB_HOME"] = folder
        store = Store(f"sqlite:///{folder}/lrlab.db")
        queue(store, options)
        worker = Worker(Path(folder))
        try:
            worker.until_ready()
            began = time.monotonic()
            killed = kill(store, worker, options)
            seconds = time.monotonic() - began
        finally:
            worker.end()
        print(f"{options.runs} runs of {options.owners} owners, {killed} kills, {seconds:.0f} s,")
        print(f"  {os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f}")
        print(f"  all finished, each with its whole record: {'yes' if whole(store) else 'NO'}")
        print(f"  starts ahead of an owner who waited, at most: {ahead(store)}")


if __name__ == "__main__":
    main()
