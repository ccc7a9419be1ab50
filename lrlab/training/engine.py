"""Training as a generator of records: SGD on the chapter's model, metrics and order.

It neither prints nor stores. A training advances in slices short enough that its caller can
act between two of them; it can be taken up again from any slice's checkpoint and gives the
same bits as one that never stopped. The order of the data is a function of (seed, epoch); the
rates follow from the schedule and from what was decided so far.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Diverged, Evaluation, Finished, Head, Point, Record
from lrlab.training import device as devices
from lrlab.training.checkpoint import pack, unpack
from lrlab.training.data import load
from lrlab.training.evaluation import Evaluator
from lrlab.training.model import build
from lrlab.training.rates import Rates
from lrlab.training.update import GraphedUpdate, Update

POINT_EVERY = 50  # updates of an epoch, as the chapter's loop draws them


def train(experiments: Experiment | Sequence[Experiment], device: str = "auto") -> Iterator[Record]:
    """Yield the records of each experiment's training, one experiment after the other.

    A record's `member` is its experiment's place in the list. Raises InvalidInput for a
    device that is not there and for damaged data.
    """
    members = [experiments] if isinstance(experiments, Experiment) else list(experiments)
    for member, experiment in enumerate(members):
        training = Training([experiment], device)
        while not training.done:
            for record in training.advance():
                yield replace(record, member=member)


def epoch_order(seed: int, epoch: int, examples: int) -> Tensor:
    """Return the order (int64 [examples]) in which `epoch` (from 0) visits the examples."""
    return torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(examples))


class Training:
    """One training of one experiment, in slices.

    `update` of `updates` are done in `seconds` of work, those before a checkpoint included.
    device: "auto", "cpu" or "cuda". checkpoint: bytes of an earlier training of the same
    experiment, to go on from there. Raises InvalidInput for a device that is not there,
    damaged data, a damaged checkpoint or one of another experiment.
    """

    def __init__(
        self,
        experiments: Sequence[Experiment],
        device: str = "auto",
        checkpoint: bytes | None = None,
    ) -> None:
        self._experiment = experiment = _only(experiments)
        kind = devices.choose(device)
        self.device = devices.describe(kind)
        self.updates = experiment.updates
        self.update = 0
        self.done = False
        self._kind, self._steps = kind, experiment.steps_per_epoch
        self._rates = Rates(experiment)
        self._model = build(experiment.init, experiment.seed, kind)
        self._sums = torch.zeros(3, dtype=torch.float64, device=kind)
        self._read: list[float] = self._sums.tolist()
        self._evaluated, self._test_acc = 0, math.nan
        self.seconds, self._slice_began = 0.0, time.perf_counter()
        data = load(kind)
        self._split = data.train.first(experiment.train_examples)
        self._evaluator = Evaluator(self._model, data.test)
        if checkpoint is not None:
            self._restore(checkpoint)
        self._updates_by_size: dict[int, Update] = {}
        self._order_of = lru_cache(maxsize=1)(self._shuffled)

    def advance(self) -> list[Record]:
        """Do one slice of work and return the records it made; [] when done.

        A slice is one update on the CPU (on CUDA: up to the next point) or a part of an
        evaluation; the last one returns Finished or Diverged.
        """
        if self.done:
            return []
        self._slice_began = time.perf_counter()
        records = self._slice()
        self.seconds = self._elapsed()
        return records

    def head(self) -> Head:
        """Return where the training stands; losses are NaN before the first update."""
        lr = self._rates[max(self.update, 1) - 1]
        loss, accuracy = self._means() if self.update else (math.nan, math.nan)
        return Head(self.update, self.update / self._steps, lr, loss, accuracy)

    def steer(self, lr: float) -> None:
        """Set the rate of a `manual` schedule by hand, from the very next update on.

        Raises InvalidInput, and changes nothing, for a rate that cannot be used and where no
        part of the schedule is `manual`; see `Rates.steer`.
        """
        self._rates.steer(lr, self.update)

    def checkpoint(self) -> bytes:
        """Return the whole state as bytes for `Training(..., checkpoint=...)`."""
        figures = {
            "experiment": self._experiment.identity,
            "update": self.update,
            "rates": self._rates.dump(self.update),
            "evaluated": self._evaluated,
            "test_acc": self._test_acc,
            "seconds": self.seconds,
        }
        return pack({**self._model.state_dict(), "sums": self._sums}, figures)

    def _restore(self, content: bytes) -> None:
        tensors, figures = unpack(content)
        if figures["experiment"] != self._experiment.identity:
            raise InvalidInput("checkpoint", "belongs to another experiment.")
        self._sums.copy_(tensors.pop("sums"))
        self._read = self._sums.tolist()
        self._model.load_state_dict(tensors)
        self.update, self._evaluated = figures["update"], figures["evaluated"]
        self._test_acc, self.seconds = figures["test_acc"], figures["seconds"]
        if "rates" in figures:  # older checkpoints are of schedules that decide nothing
            self._rates.restore(figures["rates"], self.update)

    def _slice(self) -> list[Record]:
        if not math.isfinite(self._read[0]):
            return [self._diverge()]
        if self._evaluated < self.update // self._steps:
            return self._evaluate()
        if self.update == self.updates:
            return [self._finish()]
        return self._train()

    def _train(self) -> list[Record]:
        """Do the updates of one slice; a point or the run's divergence may come of them."""
        self._update_once()
        while self._kind == "cuda" and not self._at_point() and self.update % self._steps:
            self._update_once()
        self._read = self._sums.tolist()
        if not math.isfinite(self._read[0]):
            return [self._diverge()]
        return [self._point()] if self._at_point() else []

    def _update_once(self) -> None:
        epoch, step = divmod(self.update, self._steps)
        if step == 0:
            self._sums.zero_()
        size = self._experiment.batch_size
        index = self._order_of(epoch)[step * size : (step + 1) * size]
        self._update_of(len(index))(index, self._rates[self.update])
        self.update += 1

    def _update_of(self, size: int) -> Update:
        """Return the update for batches of `size`: an epoch's last batch may be smaller."""
        if size not in self._updates_by_size:
            kind = GraphedUpdate if self._kind == "cuda" else Update
            self._updates_by_size[size] = kind(self._model, self._split, self._sums, size=size)
        return self._updates_by_size[size]

    def _shuffled(self, epoch: int) -> Tensor:
        experiment = self._experiment
        return epoch_order(experiment.seed, epoch, experiment.train_examples).to(self._kind)

    def _evaluate(self) -> list[Record]:
        result = self._evaluator.advance()
        if result is None:
            return []
        self._evaluated += 1
        test_loss, self._test_acc = result
        figures = (self._evaluated, test_loss, self._test_acc, *self._means(), self.update)
        evaluation = Evaluation(*figures)
        self._rates.observe(evaluation)
        return [evaluation]

    def _point(self) -> Point:
        lr = self._rates[self.update - 1]
        return Point(self.update, self.update / self._steps, lr, *self._means())

    def _finish(self) -> Finished:
        self.done = True
        seconds = self._elapsed()
        examples = self._experiment.epochs * self._experiment.train_examples
        figures = (*self._means(), self._test_acc, seconds, examples / seconds)
        return Finished(*figures, device=self.device)

    def _diverge(self) -> Diverged:
        self.done = True
        first = self.update - self._step() + int(self._read[2]) + 1
        loss = self._means()[0]
        reason = f"The training loss was {loss} at update {first}: try a smaller rate."
        return Diverged(first, loss, reason, self._elapsed(), self.device)

    def _step(self) -> int:
        """Return the updates done in the current epoch, the whole epoch's at its end."""
        return (self.update - 1) % self._steps + 1

    def _at_point(self) -> bool:
        return self._step() % POINT_EVERY == 0

    def _means(self) -> tuple[float, float]:
        """Return the running train loss and accuracy of the epoch so far."""
        examples = min(self._step() * self._experiment.batch_size, self._experiment.train_examples)
        return self._read[0] / examples, self._read[1] / examples

    def _elapsed(self) -> float:
        """Return the seconds of work so far, those before a checkpoint included."""
        return self.seconds + time.perf_counter() - self._slice_began


def _only(experiments: Sequence[Experiment]) -> Experiment:
    if len(experiments) != 1:
        raise InvalidInput(
            "experiments", f"has {len(experiments)} members; allowed is one, packs come later."
        )
    return experiments[0]
