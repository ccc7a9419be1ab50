"""Several runs as one table of records, for CSV and Parquet: a row a record, a column a figure."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pandas as pd

from lrlab.runs.run import Run
from lrlab.runs.store import Store

COLUMNS = (
    "run", "name", "seed", "event", "update", "epoch", "lr", "train_loss", "train_acc",
    "test_loss", "test_acc", "measure", "value", "experiment",
)  # fmt: skip


def records(store: Store, runs: Sequence[Run]) -> pd.DataFrame:
    """Return every point, evaluation and measure of the runs, run by run, in order of updates."""
    rows = [row for run in runs for row in sorted(_rows(store, run), key=lambda row: row["update"])]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def as_csv(store: Store, runs: Sequence[Run]) -> str:
    """Return the table as CSV."""
    return str(records(store, runs).to_csv(index=False))


def as_parquet(store: Store, runs: Sequence[Run]) -> bytes:
    """Return the table as Parquet."""
    file = io.BytesIO()
    records(store, runs).to_parquet(file, index=False)
    return file.getvalue()


def _rows(store: Store, run: Run) -> list[dict[str, Any]]:
    shared = {"run": run.id, "name": run.name, "seed": run.experiment.seed,
              "experiment": run.experiment_json}  # fmt: skip
    points = [
        {"event": "point", "update": each.update, "epoch": each.epoch, "lr": each.lr,
         "train_loss": each.train_loss, "train_acc": each.train_acc}
        for each in store.points(run.id)
    ]  # fmt: skip
    evaluations = [
        {"event": "evaluation", "update": each.update, "epoch": float(each.epoch),
         "train_loss": each.train_loss, "train_acc": each.train_acc,
         "test_loss": each.test_loss, "test_acc": each.test_acc}
        for each in store.evaluations(run.id)
    ]  # fmt: skip
    measures = [
        {"event": "measure", "update": each.update, "epoch": each.epoch, "measure": each.name,
         "value": each.value}
        for each in store.measures(run.id)
    ]  # fmt: skip
    return [shared | row for row in [*points, *evaluations, *measures]]
