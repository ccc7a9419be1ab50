"""A learning-rate range test of an experiment, as an experiment of its own, and what it finds.

It can be queued and stored like any other; `curve` reads its records, stored or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, nan
from typing import Any, NamedTuple

from lrlab.errors import InvalidInput, shown
from lrlab.experiment import FIELDS, Experiment
from lrlab.records import Measure, Point, Record, finite
from lrlab.schedules.parameters import MAX_RATE
from lrlab.schedules.range_test import Suggestion, stable_lr, suggestions

MOST = 100_000  # updates

# What the test decides itself, whatever the experiment says.
DECIDED = frozenset({
    "schedule", "clock", "lag", "initial_lr", "epochs", "averages", "average_from", "ema_decay",
    "instruments", "range_test",
})  # fmt: skip


class Tried(NamedTuple):
    """What a range test tried, an entry an update: its rate, its batch's loss, the running mean."""

    rates: list[float]
    losses: list[float]
    smoothed: list[float]


@dataclass(frozen=True, slots=True)
class RangeTest:
    """What a range test found, `tried` with an entry an update.

    stopped_at: the update, from 1, after which the smoothed loss was too far above its best to
    go on; None where the test came to its highest rate. seconds: of work.
    """

    tried: Tried
    stopped_at: int | None
    seconds: float
    device: str

    @property
    def suggestions(self) -> dict[str, Suggestion]:
        """The rates that the curve suggests; see `lrlab.schedules.range_test`."""
        return suggestions(self.tried.rates, self.tried.losses)

    @property
    def stable_lr(self) -> float | None:
        """The highest rate that was stable, for `lrlab.schedules.advice.advise`."""
        return stable_lr(self.tried.rates, self.tried.losses)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as a JSON object; a loss that is not finite is null."""
        found = self.suggestions
        tried = {name: [*map(finite, each)] for name, each in self.tried._asdict().items()}
        return {
            **tried,
            "suggestions": {name: each.lr for name, each in found.items()},
            "reasons": {name: each.reason for name, each in found.items() if each.reason},
            "stable_lr": self.stable_lr,
            "stopped_at": self.stopped_at,
            "seconds": self.seconds,
            "device": self.device,
        }


def swept(
    experiment: Experiment,
    *,
    start_lr: float = 1e-5,
    end_lr: float = 10.0,
    updates: int = 200,
    after: int = 0,
) -> Experiment:
    """Return the range test of an experiment: its training, but with the rates of a sweep.

    The rate rises from `start_lr` to `end_lr` by the same factor an update, over `updates`
    updates that follow the first `after`; the epochs are as few as hold them. Raises
    InvalidInput for rates that do not rise and for updates that no training holds.
    """
    steps = experiment.steps_per_epoch
    _check(start_lr, end_lr)
    _check_updates(updates, most=min(MOST, int(FIELDS["epochs"].max or 1) * steps - after))
    sweep = {"kind": "sweep", "start_lr": start_lr, "end_lr": end_lr, "length": updates - 1}
    before = {"schedule": {"kind": "constant", "base_lr": start_lr}, "length": after}
    parts = [before, {"schedule": sweep}]
    kept = experiment.model_dump(mode="json", exclude=set(DECIDED))
    said = {
        "schedule": {"kind": "sequence", "parts": parts} if after else sweep,
        "clock": "step",
        "epochs": ceil((after + updates) / steps),
        "range_test": True,
    }
    return Experiment.parse(kept | said)


def curve(records: Iterable[Record]) -> Tried:
    """Return what the records of a range test tell; a loss that is missing is NaN."""
    rates: dict[int, float] = {}
    measured: dict[tuple[str, int], float] = {}
    for record in records:
        if isinstance(record, Point):
            rates[record.update] = record.lr
        elif isinstance(record, Measure):
            measured[record.name, record.update] = record.value
    losses = (
        [measured.get((name, update), nan) for update in rates]
        for name in ("batch_loss", "smoothed_loss")
    )
    return Tried(list(rates.values()), *losses)


def _check(start_lr: float, end_lr: float) -> None:
    if not 0 < end_lr <= MAX_RATE:
        raise InvalidInput(
            "end_lr",
            "is {end_lr}; allowed is a number above 0 to {most:g}.",
            end_lr=end_lr,
            most=MAX_RATE,
        )
    if not 0 < start_lr < end_lr:
        raise InvalidInput(
            "start_lr",
            "is {start_lr}; allowed is a number above 0 and below {end_lr:g}.",
            start_lr=start_lr,
            end_lr=end_lr,
        )


def _check_updates(updates: int, *, most: int) -> None:
    if not 2 <= updates <= most:
        raise InvalidInput(
            "updates",
            "is {value}; allowed is a whole number from 2 to {most}.",
            value=shown(updates),
            most=most,
        )
