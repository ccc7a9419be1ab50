"""A run as a file to keep: JSON with everything, CSV with one row a record."""

from __future__ import annotations

import csv
import json
from io import StringIO

from lrlab.runs.document import document
from lrlab.runs.store import Store

COLUMNS = (
    "event",
    "update",
    "epoch",
    "lr",
    "train_loss",
    "train_acc",
    "test_loss",
    "test_acc",
    "name",
    "value",
)


def as_json(store: Store, number: int) -> str:
    """Return the document of a run as JSON text. Raises InvalidInput if there is none."""
    return json.dumps(document(store, number), allow_nan=False, indent=1)


def as_csv(store: Store, number: int) -> str:
    """Return a run's points, evaluations and measures as CSV text, in the order of their updates.

    A field that a record does not have, or that was not finite, is empty. Raises
    InvalidInput if there is no such run.
    """
    whole = document(store, number)
    records = whole["points"] + whole["evaluations"] + whole["measures"]
    text = StringIO()
    table = csv.DictWriter(text, COLUMNS, restval="")
    table.writeheader()
    table.writerows(sorted(records, key=lambda each: each["update"]))
    return text.getvalue()
