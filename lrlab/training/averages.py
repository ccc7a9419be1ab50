"""Averages beside the plain run: of its path of weights (SWA, EMA), of its predictions.

SWA: the equal mean of the weights at the end of each epoch of the run's last part (Izmailov et
al., 2018). EMA: the mean over all updates, an older one weighing less by the decay for each
since; the weights before training have no part in it (Adam's correction of bias). Posterior: the
mean of the predicted probabilities at the end of each epoch of the last part, which with SGLD
approximates the Bayesian prediction (Welling and Teh, 2011). Running buffers are averaged like
the weights, as torch.optim.swa_utils does with `use_buffers=True`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from lrlab.experiment import Experiment
from lrlab.training.stack import Weights


class Averages:
    """The averages of weights that an experiment asks for; `ema` and `swa` by name."""

    def __init__(self, experiment: Experiment, weights: Weights) -> None:
        self._experiment = experiment
        self._source = weights
        self._kept = {
            name: weights.clone() for name in ("ema", "swa") if name in experiment.averages
        }
        self._taken = torch.zeros((), dtype=torch.int64)  # epochs that SWA has averaged

    def after_update(self, update: Tensor) -> None:
        """Let the exponential mean follow; `update` (int64 []) counts the updates before."""
        if "ema" in self._kept:
            decay = self._experiment.ema_decay
            part = (1 - decay) / (1 - decay ** (update + 1).double())
            _lerp(self._kept["ema"], self._source, part)

    def after_epoch(self, epochs: int) -> None:
        """Take the weights into the equal mean if the run's last part has begun."""
        if "swa" in self._kept and averaged(self._experiment, epochs):
            self._taken += 1
            _lerp(self._kept["swa"], self._source, 1 / self._taken)

    def weights(self) -> dict[str, Weights]:
        """Return the averages that have begun, by name."""
        begun = {"ema": True, "swa": int(self._taken) > 0}
        return {name: kept for name, kept in self._kept.items() if begun[name]}

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps."""
        kept = {
            f"{name}.{part}": tensor
            for name, weights in self._kept.items()
            for part, tensor in weights.tensors().items()
        }
        return {**kept, "swa.taken": self._taken}


def averaged(experiment: Experiment, epochs: int) -> bool:
    """Return whether the end of epoch number `epochs` (from 1) lies in the run's last part."""
    return epochs > experiment.average_from * experiment.epochs


def _lerp(kept: Weights, source: Weights, part: Tensor) -> None:
    tensors: Mapping[str, Tensor] = source.tensors()
    for name, tensor in kept.tensors().items():
        tensor.lerp_(tensors[name], part.to(tensor))
