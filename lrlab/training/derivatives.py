"""First and second derivatives of a pack's loss at its weights, for instruments.

Batch normalisation goes by the given examples and lets no running buffer follow them; whatever
the run's precision, all is float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lrlab.training.data import Split, scaled
from lrlab.training.device import kernels
from lrlab.training.pack import Pack
from lrlab.training.stack import losses_of

PRECISION = "float32"


def gradients(pack: Pack, members: slice, split: Split) -> Tensor:
    """Return the gradients of the members' mean losses on `split`, [members, numbers]."""
    _, derived = _derived(pack, members, split, twice=False)
    return _rows(pack, derived)


def hessians(pack: Pack, members: slice, split: Split) -> Callable[[Tensor], Tensor]:
    """Return the function that multiplies rows [members, numbers] with the losses' Hessians.

    It keeps what the forward and backward pass made of the examples as long as it is held.
    """
    leaves, derived = _derived(pack, members, split, twice=True)

    def product(rows: Tensor) -> Tensor:
        along = [leaf.detach() for leaf in pack.stack.leaves(rows).values()]
        with kernels(PRECISION, pack.kind):
            return _rows(pack, torch.autograd.grad(derived, leaves, along, retain_graph=True))

    return product


def _derived(
    pack: Pack, members: slice, split: Split, *, twice: bool
) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """Return the leaves and the gradients by them, which can be derived again if `twice`."""
    leaves = pack.stack.leaves(pack.weights.parameters[members])
    with kernels(PRECISION, pack.kind), torch.enable_grad():
        logits = pack.stack.logits(leaves, scaled(split.images), buffers=None)
        # No member's loss knows of another's weights: the sum's derivatives are each one's own.
        total = losses_of(logits, split.labels).sum()
        each = list(leaves.values())
        return each, torch.autograd.grad(total, each, create_graph=twice)


def _rows(pack: Pack, derived: Sequence[Tensor]) -> Tensor:
    members = len(derived[-1])  # the output's biases are [members, classes]
    rows = torch.empty(members, pack.stack.numbers, device=pack.kind)
    pack.stack.row(derived, members, out=rows)
    return rows
