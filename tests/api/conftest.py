"""A store on real SQLite, a writer that stores records as a worker does, and a real server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette

from lrlab.api import routes
from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Head, Measure, Point, Record
from lrlab.runs import State, Store
from lrlab.runs.commands import Applied
from lrlab.runs.lease import Lease
from lrlab.runs.writing import Progress
from tests.submitted import submit as queue

SCHEDULE = {"kind": "constant", "base_lr": 0.3}
STEPS = 235


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    kept = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")
    yield kept
    kept.close()


@pytest.fixture
def submit(store) -> Callable[..., int]:
    return lambda: queue(store, Experiment(schedule=SCHEDULE, epochs=30))


class Writer:
    """Stores records of the run it claimed, as a worker does."""

    def __init__(self, lease: Lease) -> None:
        self.run = lease.claimed.claims[0].run
        self._lease = lease
        self.update = 0

    def write(self, updates: int = 50, loss: float = 1.0) -> None:
        """Commit one more point with its gradient's norm, and an evaluation at an epoch's end.

        The evaluation's sharpness comes in a commit of its own, as a worker may send it.
        """
        self.update += updates
        epoch = self.update / STEPS
        records: list[Record] = [Point(self.update, epoch, 0.3, loss, 0.5)]
        records.append(Measure(self.update, epoch, "gradient_norm", loss))
        evaluated = int(epoch) > int((self.update - updates) / STEPS)
        if evaluated:
            records.append(Evaluation(int(epoch), 0.9, 0.6, 0.8, 0.7, int(epoch) * STEPS))
        self._commit(*records)
        if evaluated:
            self._commit(Measure(int(epoch) * STEPS, int(epoch), "sharpness", 40.0))

    def _commit(self, *records: Record) -> None:
        head = Head(self.update, self.update / STEPS, 0.3, 1.0, 0.5)
        self._lease.commit({0: Progress(head, records)})

    def answer(self, *applied: Applied) -> None:
        """Commit what became of commands."""
        head = Head(self.update, self.update / STEPS, 0.3, 1.0, 0.5)
        self._lease.commit({0: Progress(head, (), applied=applied)})

    def end(self, state: State = State.FINISHED) -> None:
        self._lease.end(0, state, Progress())


@pytest.fixture
def writer(store, submit) -> Callable[[], Writer]:
    """Return a function that submits a run and claims it."""

    def claimed() -> Writer:
        submit()
        lease = store.claim("test")
        assert lease is not None
        return Writer(lease)

    return claimed


@pytest.fixture
def server(store) -> Iterator[str]:
    """The routes on a real server; returns its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=routes(store)), log_level="warning", timeout_graceful_shutdown=1
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join()
