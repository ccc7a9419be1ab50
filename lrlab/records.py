"""The small frozen records that training yields, the store keeps and the stream sends.

Knows nothing of torch, databases or screens, so every room may import it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any


@dataclass(frozen=True, slots=True)
class Point:
    """Running figures of the epoch so far, every 50 updates of an epoch.

    `update` counts finished updates from 1 over the whole run; `epoch` is
    update / updates per epoch; `lr` is the rate applied at this update.
    """

    update: int
    epoch: float
    lr: float
    train_loss: float
    train_acc: float
    member: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures on the whole test set after `epoch` finished epochs, beside that epoch's means."""

    epoch: int
    test_loss: float
    test_acc: float
    train_loss: float
    train_acc: float
    update: int
    member: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """One further figure of a run at `update`: an instrument's, or an average's on the test set.

    `name` says which, "gradient_norm" or "ema_test_acc"; a layer's name follows a slash,
    "distance/conv1". `epoch` is update / updates per epoch.
    """

    update: int
    epoch: float
    name: str
    value: float
    member: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The last record of a run that trained to its end; figures are the last epoch's."""

    train_loss: float
    train_acc: float
    test_acc: float
    seconds: float
    examples_per_second: float
    device: str
    member: int = 0


@dataclass(frozen=True, slots=True)
class Diverged:
    """The last record of a run whose loss stopped being finite at `update`."""

    update: int
    train_loss: float
    reason: str
    seconds: float
    device: str
    member: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """Where a run stands now, between two points."""

    update: int
    epoch: float
    lr: float
    train_loss: float
    train_acc: float


Record = Point | Evaluation | Measure | Finished | Diverged


def event(record: Record) -> dict[str, Any]:
    """Return the record as the event of the command line: its kind, then its fields.

    A figure that is not finite is null, as JSON has no other word for it.
    """
    fields = {name: finite(value) for name, value in asdict(record).items()}
    fields.pop("member")
    return {"event": type(record).__name__.lower(), **fields}


def finite(value: Any) -> Any:
    """Return `value`, or None for a number that is not finite."""
    return None if isinstance(value, float) and not isfinite(value) else value
