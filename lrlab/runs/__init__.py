"""Runs: the store that keeps them, and the workers that train them.

Importing this room does not load torch.
"""

from lrlab.runs.database import StoreError
from lrlab.runs.launch import ensure_worker
from lrlab.runs.locks import hold_app_lock, worker_alive
from lrlab.runs.reads import Cursors, Position, Update
from lrlab.runs.run import Run
from lrlab.runs.states import FINAL, State
from lrlab.runs.store import Store
from lrlab.runs.submitting import Submission

__all__ = [
    "FINAL",
    "Cursors",
    "Position",
    "Run",
    "State",
    "Store",
    "StoreError",
    "Submission",
    "Update",
    "ensure_worker",
    "hold_app_lock",
    "worker_alive",
]
