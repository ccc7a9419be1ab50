"""Instruments: further figures of a pack while it trains, each of them an option.

They look and do not touch: a training with instruments gives the bits of one without. Those that
are not asked for cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lrlab.training.noise_scale import NoiseScale
from lrlab.training.pack import Pack
from lrlab.training.sharpness import Sharpness

Figures = dict[str, list[float]]  # by name, one figure a member


class Instruments:
    """The instruments that the pack's experiments ask for."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._asked = frozenset(pack.first.instruments)
        self._noise_scale = NoiseScale(pack) if "noise-scale" in self._asked else None
        self._sharpness = Sharpness(pack) if "sharpness" in self._asked else None

    def at_point(self) -> Figures:
        """Return the figures of this update."""
        figures = Figures()
        if "gradient-norm" in self._asked:
            figures["gradient_norm"] = self._pack.gradients.norm(dim=1).tolist()
        if "distance" in self._asked:
            figures |= self._distances()
        return figures

    def at_epoch(self, figures: Figures) -> Iterator[None]:
        """Work out the figures of an epoch's end, piece by piece, and put them into `figures`."""
        if self._noise_scale is not None:
            yield from self._noise_scale.work(figures)
        if self._sharpness is not None:  # the last one: its state changes with its last piece
            yield from self._sharpness.work(figures)

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps."""
        kept = {} if self._sharpness is None else self._sharpness.state()
        # A branch may have another seed, from which nobody could draw where it began.
        return kept | ({"distance.start": self._pack.start} if "distance" in self._asked else {})

    def _distances(self) -> Figures:
        """Return how far each layer's weights and biases are from where they began."""
        moved = self._pack.weights.parameters - self._pack.start
        layers = self._pack.stack.layers()
        norms = torch.stack([moved[:, columns].norm(dim=1) for columns in layers.values()])
        return {f"distance/{name}": row for name, row in zip(layers, norms.tolist(), strict=True)}
