"""One update of a pack: the same program each time, in memory that stays where it is.

What differs between two updates (the count, the order of the data, the rates) it reads from the
pack's tensors, so on CUDA it is captured once per batch size as a graph and replayed without a
word from the host.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lrlab.training.data import Split, scaled
from lrlab.training.device import casts, kernels
from lrlab.training.pack import Chunk, Pack
from lrlab.training.stack import losses_of


class Update:
    """The update of `pack` on batches of `size` examples.

    Each call moves the weights, counts the update and adds to the pack's sums [members, 3]:
    the batch's loss times its size, its right answers, and one if the epoch's sum of losses is
    still finite. Of members that have ended the figures mean nothing.
    """

    def __init__(self, pack: Pack, size: int) -> None:
        self._pack = pack
        self._offsets = torch.arange(size, device=pack.kind)
        self._batches = [Batch(pack.split, chunk, size) for chunk in pack.chunks]

    def __call__(self) -> None:
        """Do one update."""
        with kernels(self._pack.first.precision, self._pack.kind):
            self._do()

    def _do(self) -> None:
        pack = self._pack
        step = pack.update % pack.first.steps_per_epoch
        index = pack.orders.index_select(1, step * pack.first.batch_size + self._offsets)
        for chunk, batch in zip(pack.chunks, self._batches, strict=True):
            if any(pack.alive[chunk.members]):
                self._derive(chunk, *batch.at(index))
        rate = pack.rates.index_select(0, step.view(1)).T
        pack.optimizer.step(pack.gradients, rate, pack.update)
        pack.averages.after_update(pack.update)
        pack.update += 1

    def _derive(self, chunk: Chunk, images: Tensor, labels: Tensor) -> None:
        """Write the chunk's gradients, and add up its figures."""
        pack, members = self._pack, chunk.members
        weights = pack.weights.of(members)
        leaves = pack.stack.leaves(weights.parameters)
        with torch.enable_grad():
            with casts(pack.first.precision, pack.kind):
                logits = pack.stack.learn(leaves, images, weights)
            losses = losses_of(logits, labels)
            gradients = torch.autograd.grad(losses.sum(), list(leaves.values()))
        pack.stack.row(gradients, len(chunk), out=pack.gradients[members])
        self._count(pack.sums[members], losses.detach(), logits.detach(), labels)

    def _count(self, sums: Tensor, losses: Tensor, logits: Tensor, labels: Tensor) -> None:
        sums[:, 0] += losses * logits.shape[1]
        sums[:, 1] += (logits.argmax(2) == labels).sum(1)
        sums[:, 2] += sums[:, 0].isfinite()


class Batch:
    """Gathers the images and labels of a chunk's batches, each time into the same memory."""

    def __init__(self, split: Split, chunk: Chunk, size: int) -> None:
        self._split, self._chunk = split, chunk
        columns = 1 if chunk.shared else len(chunk)
        channels, *side = split.images.shape[1:]
        device = split.images.device
        self._bytes = torch.empty(size * columns, channels, *side, dtype=torch.uint8, device=device)
        images = torch.empty(size, columns * channels, *side, device=device)
        layout = torch.channels_last if device.type == "cpu" else torch.contiguous_format
        self._images = images.contiguous(memory_format=layout)

    def at(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return images [batch, columns * channels, …] and labels [batch] or [members, batch].

        index: the batch's examples in each order of the data, int64 [orders, batch].
        """
        chunk = self._chunk
        own = index.index_select(0, chunk.orders)
        rows = own[0] if chunk.shared else own.mT
        torch.index_select(self._split.images, 0, rows.reshape(-1), out=self._bytes)
        images = scaled(self._bytes.view(self._images.shape), out=self._images)
        labels = self._split.labels[rows]
        return images, labels if chunk.shared else labels.mT


class GraphedUpdate(Update):
    """The same update as a CUDA graph: one launch an update, no word from the host."""

    def __init__(self, pack: Pack, size: int) -> None:
        super().__init__(pack, size)
        self._graph = self._capture()

    def __call__(self) -> None:
        """Launch one update."""
        self._graph.replay()

    def _capture(self) -> torch.cuda.CUDAGraph:
        """Warm up, record the update, and put back what the warm-up changed."""
        changed = self._pack.changed().values()
        kept = [tensor.clone() for tensor in changed]
        graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                super().__call__()
        torch.cuda.current_stream().wait_stream(stream)
        with torch.cuda.graph(graph):
            super().__call__()
        for tensor, before in zip(changed, kept, strict=True):
            tensor.copy_(before)
        return graph
