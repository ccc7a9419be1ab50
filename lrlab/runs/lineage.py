"""What comes of a run: a branch with a part of it changed, and its rates as a schedule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from lrlab import steering
from lrlab.errors import InvalidInput
from lrlab.runs.commands import RATE_KINDS, Command
from lrlab.runs.document import find
from lrlab.runs.store import Store
from lrlab.steering import Intervention, applied_rates, as_piecewise

if TYPE_CHECKING:
    from lrlab.experiment import Experiment


def branched(parent: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """Return the parent's experiment with some fields changed; a schedule alone is one of them.

    Raises InvalidInput for a field or value that there is not.
    """
    from lrlab.experiment import Experiment

    fields = {"schedule": changes} if "kind" in changes else changes
    return Experiment.parse({**json.loads(parent.canonical()), **fields})


def last_checkpoint(store: Store, number: int) -> int:
    """Return the update of a run's last checkpoint for branches. Raises InvalidInput."""
    known = store.checkpoints(number)
    if not known:
        raise InvalidInput(
            "run",
            "is {number}, which has no checkpoint; one to branch from ended an epoch.",
            number=number,
        )
    return known[-1].update


def interventions(commands: list[Command]) -> list[Intervention]:
    """Return what a hand did to a run's rate, in the order in which it took effect."""
    return [
        Intervention(each.applied_update, cast(steering.Kind, str(each.kind)), each.argument)
        for each in commands
        if each.kind in RATE_KINDS and each.applied_update is not None and not each.refusal
    ]


def replayed(store: Store, number: int) -> Experiment:
    """Return the experiment that repeats, bit for bit, the rates that a run really applied.

    Past its last update they are those that it would have applied. Raises InvalidInput for a
    branch, whose trunk had another schedule, and for more different rates than `piecewise` has
    points.
    """
    run = find(store, number)
    if run.parent is not None:
        raise InvalidInput(
            "run", "is {number}, a branch; a replay starts at update 0.", number=number
        )
    rates = applied_rates(
        run.experiment, interventions(store.commands(number)), store.evaluations(number)
    )
    return as_piecewise(run.experiment, rates)
