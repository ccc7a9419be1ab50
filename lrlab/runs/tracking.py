"""Runs as the files of other tools: TensorBoard's event files and MLflow's folders."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import md5
from itertools import pairwise
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from lrlab.records import Evaluation, Point
from lrlab.runs.run import Run
from lrlab.runs.states import State
from lrlab.runs.store import Store

POINTS = ("lr", "train_loss", "train_acc")
EVALUATIONS = ("test_loss", "test_acc")
PROJECT = "lrlab"  # MLflow's experiment, of which our runs are runs

# The numbers of MLflow's RunStatus.
_STATUS = {
    State.QUEUED: 2, State.RUNNING: 1, State.PAUSED: 2, State.FINISHED: 3, State.FAILED: 4,
    State.DIVERGED: 4, State.CANCELLED: 5,
}  # fmt: skip

Writer = Callable[[Store, Sequence[Run], Path], None]


class Figure(NamedTuple):
    """One figure of a run: where it stands, when it was there (seconds since 1970), its value."""

    update: int
    at: float
    value: float


def write_tensorboard(store: Store, runs: Sequence[Run], folder: Path) -> None:
    """Write a folder a run, each with an event file: `tensorboard --logdir FOLDER` shows them.

    What was not finite is left out.
    """
    # Late: only an export needs it.
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for run in runs:
        writer = EventFileWriter(str(folder / _folder_name(run)))
        for name, figures in _figures(store, run).items():
            for each in figures:
                summary = Summary(value=[Summary.Value(tag=name, simple_value=each.value)])
                writer.add_event(Event(wall_time=each.at, step=each.update, summary=summary))
        writer.close()


def write_mlflow(store: Store, runs: Sequence[Run], folder: Path) -> None:
    """Write `mlruns`, a file store of one experiment, "lrlab", with our runs as its runs.

    `mlflow migrate-filestore --source mlruns --target sqlite:///mlflow.db` takes it into a
    database; MLflow itself reads it where `MLFLOW_ALLOW_FILE_STORE` is true. What was not finite
    is left out. The layout is that of MLflow 3.17.
    """
    experiment = str(int(md5(PROJECT.encode(), usedforsecurity=False).hexdigest()[:15], 16))
    home = folder / "mlruns" / experiment
    created = min((_millis(run.submitted) for run in runs), default=0)
    _meta(home, {
        "artifact_location": f"mlruns/{experiment}", "creation_time": created,
        "experiment_id": experiment, "last_update_time": created, "lifecycle_stage": "active",
        "name": PROJECT,
    })  # fmt: skip
    for run in runs:
        _write_mlflow_run(store, run, home)


def zipped(write: Writer, store: Store, runs: Sequence[Run]) -> bytes:
    """Return what `write` puts into a folder as a zip archive."""
    packed = io.BytesIO()
    with TemporaryDirectory() as name, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        folder = Path(name)
        write(store, runs, folder)
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))
    return packed.getvalue()


def _write_mlflow_run(store: Store, run: Run, experiment: Path) -> None:
    key = md5(f"{run.identity} {run.id}".encode(), usedforsecurity=False).hexdigest()
    home = experiment / key
    for part in ("artifacts", "metrics", "params", "tags"):
        (home / part).mkdir(parents=True)
    _meta(home, {
        "artifact_uri": f"mlruns/{experiment.name}/{key}/artifacts",
        "end_time": run.finished and _millis(run.finished), "entry_point_name": "",
        "experiment_id": experiment.name, "lifecycle_stage": "active", "run_id": key,
        "run_name": run.name, "source_name": "", "source_type": 4, "source_version": "",
        "start_time": _millis(run.started or run.submitted), "status": _STATUS[run.state],
        "tags": [], "user_id": run.owner,
    })  # fmt: skip
    for name, value in run.experiment.leaves().items():
        text = value if isinstance(value, str) else json.dumps(value)
        (home / "params" / name).write_text(text, encoding="utf-8")
    tags = {"mlflow.runName": run.name, "mlflow.note.content": run.note, "lrlab.run": str(run.id),
            "lrlab.tags": ", ".join(run.tags), "lrlab.device": run.device or ""}  # fmt: skip
    for name, text in tags.items():
        (home / "tags" / name).write_text(text, encoding="utf-8")
    for name, figures in _figures(store, run).items():
        lines = [f"{_millis(each.at)} {each.value!r} {each.update}\n" for each in figures]
        (home / "metrics" / name).write_text("".join(lines), encoding="utf-8")


def _meta(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write a folder's `meta.yaml`: YAML takes every value of JSON as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}: {json.dumps(value)}\n" for name, value in facts.items()]
    (folder / "meta.yaml").write_text("".join(lines), encoding="utf-8")


def _figures(store: Store, run: Run) -> dict[str, list[Figure]]:
    """Return name → a run's figures in order, of those that are finite."""
    when = _clock(store, run)
    found: dict[str, list[Figure]] = {}
    for name, update, value in _values(store, run):
        if isfinite(value):
            found.setdefault(name, []).append(Figure(update, when(update), float(value)))
    return found


def _values(store: Store, run: Run) -> Iterator[tuple[str, int, float]]:
    records: Sequence[tuple[Sequence[Point] | Sequence[Evaluation], tuple[str, ...]]] = (
        (store.points(run.id), POINTS), (store.evaluations(run.id), EVALUATIONS),
    )  # fmt: skip
    for rows, names in records:
        for row in rows:
            for name in names:
                yield name, row.update, getattr(row, name)
    for each in store.measures(run.id):
        yield each.name, each.update, each.value


def _clock(store: Store, run: Run) -> Callable[[int], float]:
    """Return when an update was done: known at some, and even between them."""
    updates, seconds = store.pace(run.id)
    known = [(0, 0.0), *zip(updates, seconds, strict=True)]
    start = run.started or run.submitted

    def when(update: int) -> float:
        for (before, early), (after, late) in pairwise(known):
            if update <= after:
                return start + early + (update - before) / (after - before) * (late - early)
        return start + known[-1][1]

    return when


def _folder_name(run: Run) -> str:
    """Return a name that every file system takes."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in run.name[:40])
    return f"{run.id}-{plain}".rstrip("-")


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
