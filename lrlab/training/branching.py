"""Branches: trainings that go on from where others stood, with other settings or on their own.

Weights, averages and what the optimizer and the instruments keep are the origin's, and so is
the place in the data; the rates are the branch's own where its schedule is another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from torch import Tensor

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment, check_branch
from lrlab.training.averages import averaged
from lrlab.training.checkpoint import row, unpack
from lrlab.training.engine import Training
from lrlab.training.optimizers import OPTIMIZERS

OPTIMIZER = "optimizer."  # before the names of what an optimizer keeps


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a branch begins: a member of the training whose `checkpoint` left these bytes."""

    content: bytes = field(repr=False)
    member: int = 0


@dataclass(frozen=True, slots=True)
class Parent:
    """A member as its checkpoint knows it; `figures` are the checkpoint's, tensors its rows."""

    experiment: Experiment
    member: int
    tensors: Mapping[str, Tensor]
    figures: Mapping[str, Any]

    @property
    def place(self) -> tuple[int, int]:
        """The updates done and the epochs closed."""
        return self.figures["update"], self.figures["closed"]

    @property
    def sound(self) -> bool:
        """Whether the member trained to here: it still does, or came to its last update."""
        if self.figures["alive"][self.member]:
            return True
        ended = [each["event"] for each in self.figures["last"] if each["member"] == self.member]
        return ended == ["Finished"] and self.figures["update"] == self.experiment.updates


def branch(
    experiments: Sequence[Experiment], origins: Sequence[Origin], device: str = "auto"
) -> Training:
    """Return a training of `experiments`, each going on from its own of `origins`.

    Where all fields are the origin's it goes on as that would have, in a pack of the same
    members to the bit. Where schedule, clock, lag or initial_lr are others, the new rates hold
    from here on, and what a hand did or an adaptive schedule decided is left behind. Within an
    epoch, another seed or order_seed orders the rest of it. SWA and the posterior begin where
    the branch's own last part does. Its checkpoints are those of any training; its seconds
    begin at 0.

    Raises InvalidInput as `Training` does, for settings that a branch may not change
    (`check_branch`), for origins at different places, and for a member that is not there,
    diverged or was cancelled.
    """
    if len(experiments) != len(origins):
        raise InvalidInput(
            "origins",
            f"are {len(origins)}; allowed are {len(experiments)}, one an experiment.",
        )
    unpacked = cache(unpack)
    parents = [_parent(*unpacked(origin.content), origin.member) for origin in origins]
    update, closed = _place(parents)
    for parent, child in zip(parents, experiments, strict=True):
        check_branch(parent.experiment, child, update)
    rows = [_carried(*pair) for pair in zip(parents, experiments, strict=True)]
    _check_counts(rows)
    training = Training(experiments, device)
    training.take_up(rows, update, closed)
    dumped = [parent.figures["members"][parent.member] for parent in parents]
    training.follow(dumped, [parent.experiment for parent in parents])
    return training


def _parent(tensors: Mapping[str, Tensor], figures: Mapping[str, Any], member: int) -> Parent:
    count = len(figures["experiments"])
    if not 0 <= member < count:
        raise InvalidInput("member", f"is {member}; allowed is one from 0 to {count - 1}.")
    experiment = Experiment.parse(json.loads(figures["experiments"][member]))
    parent = Parent(experiment, member, row(tensors, member), figures)
    if not parent.sound:
        raise InvalidInput(
            "member", f"is {member}, which had ended; allowed is one that trained to here."
        )
    return parent


def _place(parents: Sequence[Parent]) -> tuple[int, int]:
    """Return the place that is all parents'."""
    places = list(dict.fromkeys(parent.place for parent in parents))
    if len(places) > 1:
        words = " and ".join(f"{update} updates, {closed} epochs" for update, closed in places)
        raise InvalidInput("origins", f"stand after {words}; allowed is one place.")
    return places[0] if places else (0, 0)


def _carried(parent: Parent, child: Experiment) -> dict[str, Tensor]:
    """Return what of the parent's rows the branch takes up, by the names of a checkpoint."""
    update, closed = parent.place
    begun = {
        "average.swa.": averaged(child, update // child.steps_per_epoch),
        "posterior.": averaged(child, closed),
    }
    early = tuple(prefix for prefix, has_begun in begun.items() if not has_begun)
    taken = {name: each for name, each in parent.tensors.items() if not name.startswith(early)}
    state = {name: taken.pop(name) for name in [*taken] if name.startswith(OPTIMIZER)}
    short = {name.removeprefix(OPTIMIZER): each for name, each in state.items()}
    kept = OPTIMIZERS[child.optimizer].carried(short, parent.experiment, child, update)
    return taken | {OPTIMIZER + name: each for name, each in kept.items()}


def _check_counts(rows: Sequence[Mapping[str, Tensor]]) -> None:
    """Refuse averages of different numbers of epochs: a pack counts them once."""
    for name in rows[0] if rows else ():
        counts = {int(each[name]) for each in rows if not each[name].dim()}
        if len(counts) > 1:
            words = " and ".join(map(str, sorted(counts)))
            raise InvalidInput(
                "origins", f"have averaged {words} epochs; allowed is one number of them."
            )
