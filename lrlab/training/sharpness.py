"""Sharpness: the largest eigenvalue of the Hessian of the training loss.

Where it is above 2 / rate, plain gradient descent cannot stay: Cohen et al. (2021), "Gradient
descent on neural networks typically occurs at the edge of stability".

Measured on two cores of an AMD EPYC with torch 2.14.1, LeNet, 60,000 examples: 0.55 s an epoch of
3.3 s (median, n = 9), eight to twelve products of 55 ms; about a third of an epoch in a pack of
four, whose updates share more of their work (n = 4, on a busy machine).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lrlab.training.derivatives import hessians
from lrlab.training.lanczos import largest
from lrlab.training.pack import Pack
from lrlab.training.random import normal

EXAMPLES = 500  # the loss is that of the first so many: a product costs an update or two
AT_ONCE = {"cpu": 1, "cuda": 16}  # members, so that a product is a short piece of work
FRESH = 0.1  # the length of what is new in a search that begins at the last one's unit vector


class Sharpness:
    """The sharpness of each member of `pack`, at the weights where its gradients are taken.

    A search begins at the vector that the last one found, which a checkpoint keeps, and a
    little noise: exactly an eigenvector, it would hide the one that has overtaken it.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._vectors = torch.zeros_like(pack.weights.parameters)
        seeds = [experiment.seed for experiment in pack.experiments]
        self._seeds = torch.tensor(seeds, dtype=torch.int64, device=pack.kind)

    def work(self, figures: dict[str, list[float]]) -> Iterator[None]:
        """Put `sharpness` into `figures`, NaN for members that have ended; yield on the way.

        What a checkpoint keeps changes after the last piece alone.
        """
        pack, found = self._pack, self._starts()
        values = found.new_full((len(found),), torch.nan)
        for begin in range(0, len(found), AT_ONCE[pack.kind]):
            members = slice(begin, begin + AT_ONCE[pack.kind])
            if any(pack.alive[members]):
                product = hessians(pack, members, pack.split.first(EXAMPLES))
                yield
                top = yield from largest(product, found[members])
                values[members], found[members] = top.value, top.vector
                yield
        self._vectors.copy_(torch.where(found.isfinite(), found, 0))
        figures["sharpness"] = values.tolist()

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps."""
        return {"sharpness.vectors": self._vectors}

    def _starts(self) -> Tensor:
        # Numbers below 0 are of no update: what shakes the weights (SGLD) is other noise.
        before = -1 - self._pack.update
        noise = normal(self._seeds, before, self._pack.stack.numbers)
        return self._vectors + noise * (FRESH / noise.norm(dim=1, keepdim=True))
