"""What is done when an epoch is over: the weights, their averages and instruments looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lrlab.datasets import DATASETS
from lrlab.training.averages import averaged
from lrlab.training.evaluation import Evaluator, Scores
from lrlab.training.instruments import Figures, Instruments
from lrlab.training.pack import Pack


@dataclass(frozen=True, slots=True)
class Ending:
    """An epoch's figures: the scores on the test set, and further ones by name, a member each."""

    scores: Scores
    figures: Figures = field(default_factory=dict)


class Closing:
    """Looks at `pack` at the end of an epoch, in pieces short enough to act in between."""

    def __init__(self, pack: Pack, instruments: Instruments) -> None:
        self._pack, self._instruments = pack, instruments
        self._evaluator = Evaluator(pack)
        self._sum: Tensor | None = None
        self._taken = torch.zeros((), dtype=torch.int64)
        if "posterior" in pack.first.averages:
            self._sum = self._probabilities()

    def work(self, epochs: int) -> Iterator[Ending | None]:
        """Yield None after each piece and at last the ending of epoch number `epochs`.

        Nothing that a checkpoint keeps changes before that: an ending that is cut short is
        done again from its beginning.
        """
        pack, figures, scores = self._pack, Figures(), list[Scores]()
        predicted = self._probabilities() if self._averages_predictions(epochs) else None
        for _ in self._evaluator.scores(pack.result, scores, predicted):
            yield None
        for name, weights in pack.averages.weights().items():
            for _ in self._evaluator.scores(weights, scores):
                yield None
            figures |= _named(name, scores[-1])
        for _ in self._instruments.at_epoch(figures):
            yield None
        if predicted is not None:
            figures |= _named("posterior", self._posterior(predicted))
        yield Ending(scores[0], figures)

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps."""
        kept = {} if self._sum is None else {"posterior.sum": self._sum}
        return {**kept, "posterior.taken": self._taken}

    def _averages_predictions(self, epochs: int) -> bool:
        return self._sum is not None and averaged(self._pack.first, epochs)

    def _posterior(self, predicted: Tensor) -> Scores:
        assert self._sum is not None
        self._sum += predicted
        self._taken += 1
        return self._evaluator.of_probabilities(self._sum / int(self._taken))

    def _probabilities(self) -> Tensor:
        """Return zeros in place of each member's probability of each class of each test image."""
        pack = self._pack
        classes = DATASETS[pack.first.dataset].classes
        shape = len(pack.experiments), len(pack.data.test.labels), classes
        return torch.zeros(shape, device=pack.kind)


def _named(name: str, scores: Scores) -> Figures:
    return {f"{name}_test_loss": scores.loss, f"{name}_test_acc": scores.accuracy}
