"""lrlab: a web lab for learning-rate schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrlab.experiment import Experiment
from lrlab.schedules import Schedule

if TYPE_CHECKING:
    from lrlab.training import range_test, train

__all__ = ["Experiment", "Schedule", "range_test", "train"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the training engine, and torch with it, only when it is asked for."""
    if name in ("range_test", "train"):
        from lrlab import training

        return getattr(training, name)
    raise AttributeError(f"module 'lrlab' has no attribute {name!r}")
