"""A pack's updates, one after the other: the data in order, the rates laid out before them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from lrlab.training.member import Member
from lrlab.training.pack import Pack
from lrlab.training.update import GraphedUpdate, Update


class Runner:
    """Does the updates of `pack` at its members' rates; `done` counts them."""

    def __init__(self, pack: Pack, members: Sequence[Member]) -> None:
        self._pack, self._members = pack, members
        self._steps = pack.first.steps_per_epoch
        self._programs: dict[int, Update] = {}
        self._epoch: int | None = None  # that the pack's order and rates are of
        self.done = 0

    @property
    def step(self) -> int:
        """The updates done in the current epoch, the whole epoch's at its end."""
        return (self.done - 1) % self._steps + 1

    def update(self) -> None:
        """Do the next update, and at an epoch's end let the averages have it."""
        epoch, step = divmod(self.done, self._steps)
        if self._epoch != epoch:
            self._epoch = epoch
            self._pack.begin(epoch)
            self.lay_rates()
        if step == 0:
            self._pack.sums.zero_()
        first = self._pack.first
        left = first.train_examples - step * first.batch_size
        self._program(min(first.batch_size, left))()
        self.done += 1
        if self.done % self._steps == 0:
            self._pack.averages.after_epoch(epoch + 1)

    def lay_rates(self) -> None:
        """Lay the rates of the epoch before the updates, again where a hand has changed them."""
        if self._epoch is not None:
            part = self._epoch * self._steps, (self._epoch + 1) * self._steps
            rates = np.stack([member.rates.between(*part) for member in self._members], axis=1)
            self._pack.rates.copy_(torch.from_numpy(rates))

    def _program(self, size: int) -> Update:
        """Return the update for batches of `size`: an epoch's last batch may be smaller."""
        if size not in self._programs:
            kind = GraphedUpdate if self._pack.kind == "cuda" else Update
            self._programs[size] = kind(self._pack, size)
        return self._programs[size]
