"""The gradient noise scale: the batch size beyond which larger batches gain little.

McCandlish et al. (2018), "An empirical model of large-batch training": tr(Σ) / |G|², Σ the
covariance of the gradients of single examples and G their mean.

Measured on two cores of an AMD EPYC with torch 2.14.1, LeNet, 60,000 examples in batches of 256:
0.11 s an epoch of 3.3 s (n = 2); 4 % of an epoch in a pack of four (n = 6, on a busy machine).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import torch
from torch import Tensor

from lrlab.training.data import Split
from lrlab.training.derivatives import gradients
from lrlab.training.pack import Chunk, Pack

EXAMPLES = 2_048  # always the first so many: a thirtieth of the work of a usual epoch
LEAST = 8  # batches of them


class NoiseScale:
    """The noise scale of each member of `pack`, at the weights where its gradients are taken.

    Taken apart are the squared lengths of the gradients of batches and of their mean, which
    hold tr(Σ) in different parts (their appendix A.1). Both figures are without bias, their
    quotient is not; with batch normalisation they are those of batches of this size.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        examples = min(EXAMPLES, len(pack.split.labels))
        self._size = max(1, min(pack.first.batch_size, examples // LEAST))
        self._count = examples // self._size

    def work(self, figures: dict[str, list[float]]) -> Iterator[None]:
        """Put `noise_scale`, in examples, and its two parts into `figures`; yield on the way.

        `gradient_noise` is tr(Σ) and `gradient_signal` |G|². Where that is so small beside the
        noise that its estimate is not above 0 the scale is NaN; a scale of many times
        `EXAMPLES` is often so. Those of members that have ended are NaN too.
        """
        pack = self._pack
        parts = torch.full((2, len(pack.experiments)), torch.nan, dtype=torch.float64)
        for chunk in pack.chunks:
            if any(pack.alive[chunk.members]):
                parts[:, chunk.members] = yield from self._parts(chunk)
        noise, signal = parts
        scale = torch.where(signal > 0, noise / signal, torch.nan)
        named = {"noise_scale": scale, "gradient_noise": noise, "gradient_signal": signal}
        figures |= {name: values.tolist() for name, values in named.items()}

    def _parts(self, chunk: Chunk) -> Generator[None, None, Tensor]:
        """Return tr(Σ) and |G|² of a chunk's members, [2, members]."""
        mean, small = torch.zeros(()), torch.zeros(())
        for number in range(self._count):
            found = gradients(self._pack, chunk.members, self._batch(number)).double().cpu()
            mean, small = mean + found / self._count, small + found.square().sum(1) / self._count
            yield
        large = mean.square().sum(1)
        others = self._count - 1 or torch.nan  # one batch tells nothing
        noise = (small - large) * (self._size * self._count / others)
        return torch.stack([noise, (self._count * large - small) / others])

    def _batch(self, number: int) -> Split:
        part = slice(number * self._size, (number + 1) * self._size)
        split = self._pack.split
        return Split(split.images[part], split.labels[part])
