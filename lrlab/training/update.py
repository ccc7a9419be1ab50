"""One update of plain SGD on one batch, in memory that stays where it is.

On CUDA the update is captured once per batch size as a graph and replayed; the rate and
the batch's indices are read from tensors that the host fills before each replay.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lrlab.training.data import Split, scaled


class Update:
    """The update of `model` on batches of `size` examples of `split`.

    Each call adds to `sums` (float64 [3]): the batch's loss times its size, its correct
    answers, and one if the epoch's sum of losses is still finite.
    """

    def __init__(self, model: nn.Module, split: Split, sums: Tensor, *, size: int) -> None:
        device = sums.device
        self._model, self._split, self._sums = model, split, sums
        self._parameters = list(model.parameters())
        self._values = [parameter.detach() for parameter in self._parameters]  # same memory
        self._bytes = torch.empty(size, 1, 28, 28, dtype=torch.uint8, device=device)
        self._images = torch.empty(size, 1, 28, 28, device=device)
        self._labels = torch.empty(size, dtype=torch.int64, device=device)

    def __call__(self, index: Tensor, lr: float) -> None:
        """Update the parameters by rate `lr` on the examples `index` (int64 [size])."""
        gradients = self._gradients(index)
        torch._foreach_add_(self._values, gradients, alpha=-lr)

    def _gradients(self, index: Tensor) -> tuple[Tensor, ...]:
        torch.index_select(self._split.images, 0, index, out=self._bytes)
        torch.index_select(self._split.labels, 0, index, out=self._labels)
        with torch.enable_grad():
            logits = self._model(scaled(self._bytes, out=self._images))
            loss = F.cross_entropy(logits, self._labels)
            gradients = torch.autograd.grad(loss, self._parameters)
        self._count(loss.detach(), logits.detach())
        return gradients

    def _count(self, loss: Tensor, logits: Tensor) -> None:
        loss_sum, correct, finite = self._sums
        loss_sum += loss * len(logits)
        correct += (logits.argmax(1) == self._labels).sum()
        finite += loss_sum.isfinite()


class GraphedUpdate(Update):
    """The same update as a CUDA graph: one launch an update, no word from the host."""

    def __init__(self, model: nn.Module, split: Split, sums: Tensor, *, size: int) -> None:
        super().__init__(model, split, sums, size=size)
        self._index = torch.zeros(size, dtype=torch.int64, device=sums.device)
        self._rate = torch.zeros((), device=sums.device)
        self._graph = self._capture()

    def __call__(self, index: Tensor, lr: float) -> None:
        self._index.copy_(index)
        self._rate.fill_(lr)
        self._graph.replay()

    def _capture(self) -> torch.cuda.CUDAGraph:
        """Warm up, put back what the warm-up changed, and record the update."""
        kept = [tensor.clone() for tensor in self._changed()]
        graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.backends.cudnn.flags(deterministic=True, benchmark=False):
            with torch.cuda.stream(stream):
                for _ in range(3):
                    self._step()
            torch.cuda.current_stream().wait_stream(stream)
            with torch.cuda.graph(graph):
                self._step()
        for tensor, before in zip(self._changed(), kept, strict=True):
            tensor.copy_(before)
        return graph

    def _changed(self) -> list[Tensor]:
        return [*self._values, self._sums]

    def _step(self) -> None:
        gradients = self._gradients(self._index)
        torch._foreach_sub_(self._values, torch._foreach_mul(gradients, self._rate))
