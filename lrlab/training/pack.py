"""A pack: several experiments of one shape as one program, and every tensor that it changes.

What may differ between its members stands in `lrlab.experiment.OWN`; everything else they share.
All that an update reads (the data's order, the rates, the count of updates) lies on the device,
so that an update is the same program each time and can be captured as a CUDA graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from lrlab.datasets import DATASETS
from lrlab.errors import InvalidInput, shown
from lrlab.experiment import SHARED, Experiment
from lrlab.training import random
from lrlab.training.averages import Averages
from lrlab.training.data import load
from lrlab.training.models import build
from lrlab.training.optimizers import OPTIMIZERS
from lrlab.training.stack import Stack, Weights

# On two cores, four members side by side cost 0.6 of one alone, eight more than four again.
MEMBERS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Chunk:
    """Members that are computed side by side, and which order of the data each follows.

    orders: rows of the pack's orders, int64 [members]; `shared` where it is one for all.
    """

    members: slice
    orders: Tensor
    shared: bool

    def __len__(self) -> int:
        return len(self.orders)


class Pack:
    """The state of `experiments` trained together on `kind`, "cpu" or "cuda".

    Raises InvalidInput where the experiments are not of one shape.
    """

    def __init__(self, experiments: Sequence[Experiment], kind: str) -> None:
        self.experiments = _of_one_shape(experiments)
        self.first, self.kind = experiments[0], kind
        self.alive = [True] * len(experiments)  # those that still train
        facts = DATASETS[self.first.dataset]
        networks = [
            build(self.first.model, facts, init=each.init, seed=each.seed) for each in experiments
        ]
        self.stack = Stack(networks[0], facts.channels)
        self.weights = self.stack.weights(networks, kind)
        self.start = self.weights.parameters.clone()
        self.optimizer = OPTIMIZERS[self.first.optimizer](experiments, self.weights.parameters)
        self.result = Weights(self.optimizer.evaluated, self.weights.buffers)
        self.averages = Averages(self.first, self.result)
        self.data = load(self.first.dataset, kind)
        self.split = self.data.train.first(self.first.train_examples)
        self._lay_out()

    def _lay_out(self) -> None:
        """Make the tensors through which updates hear of epochs and rates, and tell of losses."""
        members, steps = len(self.experiments), self.first.steps_per_epoch
        self.gradients = torch.zeros_like(self.weights.parameters)
        self.sums = torch.zeros(members, 3, dtype=torch.float64, device=self.kind)
        self.update = torch.zeros((), dtype=torch.int64, device=self.kind)
        self.rates = torch.zeros(steps, members, device=self.kind)  # of the epoch
        seeds = [order_seed(experiment) for experiment in self.experiments]
        distinct = list(dict.fromkeys(seeds))
        self._seeds = torch.tensor(distinct, dtype=torch.int64, device=self.kind)
        rows = torch.tensor([distinct.index(seed) for seed in seeds], device=self.kind)
        examples = self.first.train_examples
        self.orders = torch.zeros(len(distinct), examples, dtype=torch.int64, device=self.kind)
        self.chunks = [_chunk(part, rows) for part in _parts(members, self.kind)]

    def begin(self, epoch: int) -> None:
        """Lay the data in the order of `epoch` (from 0)."""
        self.orders.copy_(random.order(self._seeds, epoch, self.first.train_examples))

    def changed(self) -> dict[str, Tensor]:
        """Return every tensor that updates change, by name: what a checkpoint keeps."""
        return {
            "sums": self.sums,
            "update": self.update,
            **{f"weights.{name}": each for name, each in self.weights.tensors().items()},
            **{f"optimizer.{name}": each for name, each in self.optimizer.state.items()},
            **{f"average.{name}": each for name, each in self.averages.state().items()},
        }


def order_seed(experiment: Experiment) -> int:
    """Return the seed of an experiment's order of the data."""
    return experiment.seed if experiment.order_seed is None else experiment.order_seed


def _of_one_shape(experiments: Sequence[Experiment]) -> Sequence[Experiment]:
    if not experiments:
        raise InvalidInput("experiments", "is empty; allowed is one or more.")
    for name in SHARED:
        values = dict.fromkeys(getattr(experiment, name) for experiment in experiments)
        if len(values) > 1:
            words = " and ".join(shown(value) for value in values)
            raise InvalidInput("experiments", f"differ in {name} ({words}); allowed is one of it.")
    return experiments


def _parts(members: int, kind: str) -> list[slice]:
    """Split so many members evenly into those that are computed at once."""
    count = 1 if kind == "cuda" else -(-members // MEMBERS_AT_ONCE)
    bounds = [members * part // count for part in range(count + 1)]
    return [slice(*pair) for pair in pairwise(bounds)]


def _chunk(members: slice, rows: Tensor) -> Chunk:
    orders = rows[members]
    return Chunk(members, orders, shared=len(orders.unique()) == 1)
