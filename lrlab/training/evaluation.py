"""Loss and accuracy of a pack's members on the whole test set, in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lrlab.training.data import scaled
from lrlab.training.device import casts, kernels
from lrlab.training.pack import Chunk, Pack
from lrlab.training.stack import Weights, losses_of, sums_of

PIECE = {"cpu": 2_000, "cuda": 20_000}  # examples times members: 30 ms on two cores


@dataclass(frozen=True, slots=True)
class Scores:
    """Each member's mean loss and accuracy, [members], on the host."""

    loss: list[float]
    accuracy: list[float]


class Evaluator:
    """Evaluates weights of `pack` on its test set."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._split = pack.data.test

    def scores(
        self, weights: Weights, out: list[Scores], probabilities: Tensor | None = None
    ) -> Iterator[None]:
        """Evaluate piece by piece; at the end `out` has one more entry.

        probabilities: float32 [members, examples, classes], filled with the predicted ones.
        """
        pack, examples = self._pack, len(self._split.labels)
        sums = torch.zeros(len(pack.experiments), 2, dtype=torch.float64, device=pack.kind)
        for chunk in pack.chunks:
            size = max(1, PIECE[pack.kind] // len(chunk))
            for begin in range(0, examples, size):
                part = slice(begin, min(begin + size, examples))
                logits = self._logits(weights, chunk, part)
                self._count(sums[chunk.members], logits, part)
                if probabilities is not None:
                    probabilities[chunk.members, part] = logits.float().softmax(2)
                yield
        out.append(_scores(sums / examples))

    def of_probabilities(self, probabilities: Tensor) -> Scores:
        """Return the scores of predicted probabilities [members, examples, classes]."""
        logits, labels = probabilities.log(), self._split.labels
        right = (probabilities.argmax(2) == labels).double().mean(1)
        return _scores(torch.stack([losses_of(logits, labels).double(), right], dim=1))

    @torch.inference_mode()
    def _logits(self, weights: Weights, chunk: Chunk, part: slice) -> Tensor:
        pack, own = self._pack, weights.of(chunk.members)
        images = scaled(self._split.images[part])
        precision = pack.first.precision
        with kernels(precision, pack.kind), casts(precision, pack.kind):
            return pack.stack.logits(pack.stack.leaves(own.parameters), images, own.buffers)

    def _count(self, sums: Tensor, logits: Tensor, part: slice) -> None:
        entropies, right = sums_of(logits, self._split.labels[part])
        sums[:, 0] += entropies
        sums[:, 1] += right


def _scores(figures: Tensor) -> Scores:
    loss, accuracy = figures.T.tolist()
    return Scores(loss, accuracy)
