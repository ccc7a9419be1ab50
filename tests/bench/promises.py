"""The promises about runs, measured with the real engine and a warm worker.

    python -m tests.bench.promises [--rounds 20] [--postgres]

A run is submitted, steered, paused, resumed and cancelled through the store, as pages and the
command line do it, and its process is killed; each event's time ends when the store shows what
was promised. With --postgres on a server of its own, as the tests start it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lrlab.experiment import Experiment
from lrlab.runs import Run, State, Store
from tests.postgres import server
from tests.runs.processes import Worker, wait_for
from tests.submitted import submit

SENT = Experiment.parse({"schedule": {"kind": "cosine"}, "epochs": 300})
PROMISED = {  # milliseconds, of which p95 is to stay below
    "submit to first stored point": 200,
    "cancel: seen and stopped": 200,
    "pause: with its checkpoint on disk": 200,
    "resume to a new update": 300,
    "live rate: applied and stored": 200,
    "killed (-9) to a new update": 1000,
}


def timed(act: Callable[[], object], seen: Callable[[], object], what: str) -> float:
    """Return the milliseconds from an act to what is promised of it."""
    began = time.perf_counter()
    act()
    wait_for(seen, what)
    return 1000 * (time.perf_counter() - began)


def once(store: Store, worker: Worker) -> dict[str, float]:
    """Let one run live through everything, and return what each took."""
    numbers: list[int] = []

    def run() -> Run:
        found = store.run(numbers[0])
        assert found is not None
        return found

    def beyond(update: int) -> Callable[[], bool]:
        return lambda: run().last_update > update

    def applied() -> bool:
        return store.commands(numbers[0])[-1].applied_update is not None

    def seen(state: State) -> Callable[[], bool]:
        return lambda: run().state is state

    took = {}
    took["submit to first stored point"] = timed(
        lambda: numbers.append(submit(store, SENT)), beyond(0), "a first update"
    )
    wait_for(beyond(60), "more updates")
    took["live rate: applied and stored"] = timed(
        lambda: store.set_lr(numbers[0], 0.05), applied, "the rate"
    )
    took["pause: with its checkpoint on disk"] = timed(
        lambda: store.pause(numbers[0]), seen(State.PAUSED), "the pause"
    )
    wait_for(lambda: worker.training() is None, "an idle worker")
    stood = run().last_update
    took["resume to a new update"] = timed(
        lambda: store.resume(numbers[0]), beyond(stood), "a new update"
    )
    wait_for(beyond(stood + 60), "more updates")
    stood = run().last_update
    took["killed (-9) to a new update"] = timed(
        worker.kill_training, beyond(run().last_update + 1), "a new update"
    )
    took["cancel: seen and stopped"] = timed(
        lambda: store.cancel(numbers[0]), seen(State.CANCELLED), "the end"
    )
    wait_for(lambda: worker.training() is None, "an idle worker")
    return took


@contextmanager
def database(on_postgres: bool, home: Path) -> Iterator[str]:
    if not on_postgres:
        yield f"sqlite:///{home}/lrlab.db"
        return
    with server().database() as url:
        yield url.render_as_string(hide_password=False)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(options.postgres, Path(folder)) as url:
        os.environ["LRLAB_HOME"] = folder
        store = Store(url)
        worker = Worker(Path(folder), url=url).until_ready()
        try:
            once(store, worker)  # the first run reads the data set
            rounds = [once(store, worker) for _ in range(options.rounds)]
        finally:
            worker.end()
    name, load = store.database.url.get_backend_name(), os.getloadavg()[0]
    print(f"{name}, {os.cpu_count()} cores, load {load:.1f}, n = {options.rounds}, ms:")
    print("| event | median | p95 | promised |\n|---|---|---|---|")
    for event, promised in PROMISED.items():
        times = sorted(each[event] for each in rounds)
        p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
        print(f"| {event} | {statistics.median(times):.0f} | {p95:.0f} | {promised} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
