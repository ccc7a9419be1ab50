"""lrlab: a web lab for learning-rate schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrlab.experiment import Experiment
from lrlab.schedules import Schedule

if TYPE_CHECKING:
    from lrlab.training import train

__all__ = ["Experiment", "Schedule", "train"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the training engine, and torch with it, only when it is asked for."""
    if name == "train":
        from lrlab.training import train

        return train
    raise AttributeError(f"module 'lrlab' has no attribute {name!r}")
