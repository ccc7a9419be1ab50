"""Loss and accuracy of a model on the whole test set, in slices."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from lrlab.training.data import Split, scaled

SLICE = 2_000  # examples: 30 ms on two cores


class Evaluator:
    """Evaluates `model` on `split` a slice at a time, so that a caller can act in between."""

    def __init__(self, model: nn.Module, split: Split) -> None:
        self._model, self._split = model, split
        self._sums = torch.zeros(2, dtype=torch.float64, device=split.images.device)
        self._done = 0

    @torch.inference_mode()
    def advance(self) -> tuple[float, float] | None:
        """Evaluate the next slice; after the last one return (mean loss, accuracy)."""
        part = slice(self._done, self._done + SLICE)
        labels = self._split.labels[part]
        logits = self._model(scaled(self._split.images[part]))
        self._sums[0] += F.cross_entropy(logits, labels, reduction="sum")
        self._sums[1] += (logits.argmax(1) == labels).sum()
        self._done += len(labels)
        return self._result() if self._done == len(self._split.labels) else None

    def _result(self) -> tuple[float, float]:
        loss, correct = (self._sums / self._done).tolist()
        self._sums.zero_()
        self._done = 0
        return loss, correct
