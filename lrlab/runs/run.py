"""A run as people see it: the row's columns, its experiment and its place in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from lrlab.runs.states import State

if TYPE_CHECKING:
    from lrlab.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Place:
    """Where a queued run waits: 1 is next. `starts_in` in seconds, None if nobody can tell."""

    position: int
    starts_in: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run, read at one moment. Times are seconds since 1970, `seconds` is time spent training.

    `last_update` is the last stored update and `epoch`, `lr`, `train_loss`, `train_acc` stand
    there; `test_acc` is the last evaluation's. `eta_seconds` is the time until it ends, None
    where nobody can tell.
    """

    id: int
    owner: str
    name: str
    experiment_json: str
    identity: str
    state: State
    wanted: State | None
    error: str | None
    attempts: int
    worker: str | None
    last_update: int
    updates: int
    epoch: float
    epochs: int
    lr: float | None
    train_loss: float | None
    train_acc: float | None
    test_acc: float | None
    seconds: float
    examples_per_second: float | None
    device: str | None
    parent: int | None
    parent_update: int | None
    submitted: float
    started: float | None
    finished: float | None
    eta_seconds: float | None
    place: Place | None
    engine: int | None
    pack: str | None
    priority: int
    starred: bool
    note: str
    tags: tuple[str, ...]
    command_seq: int

    @property
    def experiment(self) -> Experiment:
        """What this run trains."""
        return _experiment(self.experiment_json)

    def status(self) -> dict[str, Any]:
        """Return the run's status as the stream and the command line show it, JSON-ready."""
        return {
            "run": self.id,
            "state": str(self.state),
            "name": self.name,
            "update": self.last_update,
            "updates": self.updates,
            "epoch": self.epoch,
            "epochs": self.epochs,
            "lr": self.lr,
            "train_loss": _finite(self.train_loss),
            "train_acc": self.train_acc,
            "test_acc": self.test_acc,
            "seconds": self.seconds,
            "examples_per_second": self.examples_per_second,
            "device": self.device,
            "eta_seconds": self.eta_seconds,
            "queue_position": self.place.position if self.place else None,
            "starts_in_seconds": self.place.starts_in if self.place else None,
            "error": self.error,
            "wanted": self.wanted and str(self.wanted),
            "owner": self.owner,
            "priority": self.priority,
            "starred": self.starred,
            "note": self.note,
            "tags": list(self.tags),
            "parent": self.parent,
            "parent_update": self.parent_update,
            "command_seq": self.command_seq,
            "submitted": self.submitted,
            "started": self.started,
            "finished": self.finished,
        }


def from_row(
    row: Row[Any], *, place: Place | None, speed: float | None, tags: tuple[str, ...] = ()
) -> Run:
    """Return the run of a row of the table; `speed` (examples/s) stands in for its own."""
    state = State(row.state)
    return Run(
        id=row.id,
        owner=row.owner,
        name=row.name,
        experiment_json=row.experiment,
        identity=row.identity,
        state=state,
        wanted=State(row.wanted) if row.wanted else None,
        error=row.error,
        attempts=row.attempts,
        worker=row.worker,
        last_update=row.last_update,
        updates=row.updates,
        epoch=row.epoch,
        epochs=row.epochs,
        lr=row.lr,
        train_loss=row.train_loss,
        train_acc=row.train_acc,
        test_acc=row.test_acc,
        seconds=row.seconds,
        examples_per_second=row.examples_per_second,
        device=row.device,
        parent=row.parent,
        parent_update=row.parent_update,
        submitted=row.submitted,
        started=row.started,
        finished=row.finished,
        eta_seconds=_eta(row, state, place, speed),
        place=place,
        engine=row.engine,
        pack=row.pack,
        priority=row.priority,
        starred=bool(row.starred),
        note=row.note,
        tags=tags,
        command_seq=row.command_seq,
    )


def work_left(row: Any) -> float:
    """Return how many examples the run has still to train on."""
    return float(row.examples * (1 - row.last_update / row.updates))


def _eta(row: Row[Any], state: State, place: Place | None, speed: float | None) -> float | None:
    if state is State.RUNNING and row.examples_per_second:
        return work_left(row) / float(row.examples_per_second)
    if place is not None and place.starts_in is not None and speed:
        return place.starts_in + work_left(row) / speed
    return None


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


@lru_cache(maxsize=256)
def _experiment(text: str) -> Experiment:
    from lrlab.experiment import Experiment  # late: a list of runs needs no schedules

    return Experiment.parse(text)
