"""The largest eigenvalues of symmetric matrices that are known by their products alone.

Lanczos' method (1950), every new vector made orthogonal to all before it, twice, so that float32
does. Of the same products it makes more than power iteration: the largest eigenvalue even where
a negative one dominates, in fewer of them, and a bound of what it is off by.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

LEAST, MOST = 8, 60  # products; a start that hides the largest needs some to show it
TOLERANCE = 0.01  # the residual as a part of the eigenvalue, which is off by far less
TINY = 1e-30  # instead of a division by 0


@dataclass(frozen=True, slots=True)
class Top:
    """The largest eigenvalue of each matrix, [members], and its vector, [members, numbers].

    products: how many were needed. residual: |Av - λv|, [members].
    """

    value: Tensor
    vector: Tensor
    residual: Tensor
    products: int


def largest(
    product: Callable[[Tensor], Tensor], start: Tensor, tolerance: float = TOLERANCE
) -> Generator[None, None, Top]:
    """Return the largest eigenvalues, not those farthest from 0; yield after each product.

    product: takes and returns [members, numbers], a member's row times its matrix. start: where
    to look first, of any length. Where a product is not finite the eigenvalue is NaN.
    """
    basis = _unit(start).unsqueeze(1)
    diagonal, beside = start.new_zeros(len(start), 0), start.new_zeros(len(start), 0)
    while True:
        image = product(basis[:, -1])
        diagonal = torch.cat([diagonal, (image * basis[:, -1]).sum(1, keepdim=True)], dim=1)
        rest = _orthogonal(_orthogonal(image, basis), basis)
        length = rest.norm(dim=1, keepdim=True)
        top = _top(basis, diagonal, beside, length[:, 0])
        if _enough(top, tolerance, numbers=start.shape[1]):
            return top
        yield
        beside = torch.cat([beside, length], dim=1)
        basis = torch.cat([basis, _unit(rest).unsqueeze(1)], dim=1)


def _top(basis: Tensor, diagonal: Tensor, beside: Tensor, length: Tensor) -> Top:
    """Return the largest eigenvalues in the span of the vectors [members, products, numbers]."""
    small = diagonal.diag_embed() + beside.diag_embed(1) + beside.diag_embed(-1)
    finite = small.isfinite().all(2).all(1)
    values, vectors = torch.linalg.eigh(torch.where(finite.view(-1, 1, 1), small, 0))
    weights = vectors[:, :, -1]
    value = torch.where(finite, values[:, -1], torch.nan)
    vector = torch.einsum("mp,mpn->mn", weights, basis)
    return Top(value, vector, length * weights[:, -1].abs(), basis.shape[1])


def _enough(top: Top, tolerance: float, *, numbers: int) -> bool:
    if top.products >= min(MOST, numbers):
        return True
    off = top.residual > tolerance * top.value.abs()  # False for NaN, which gets no better
    return top.products >= LEAST and not bool(off.any())


def _orthogonal(rows: Tensor, basis: Tensor) -> Tensor:
    """Return the part of each member's row that is orthogonal to its unit vectors in `basis`."""
    parts = torch.einsum("mpn,mn->mp", basis, rows)
    return rows - torch.einsum("mp,mpn->mn", parts, basis)


def _unit(rows: Tensor) -> Tensor:
    return rows / rows.norm(dim=1, keepdim=True).clamp_min(TINY)
