"""The ways from one rate to another that several schedules share."""

from __future__ import annotations

import sympy as sp

from lrlab.errors import InvalidInput
from lrlab.schedules.functions import half_cosine

ANNEALINGS = ("linear", "cosine", "sqrt", "exponential")


def annealed(start: sp.Expr, end: sp.Expr, part: sp.Expr, shape: str) -> sp.Expr:
    """Return the rate at `part` (0 to 1) of the way from `start` to `end`.

    shape: linear, cosine, sqrt (1 − √part) or exponential (the same factor at every step).
    """
    if shape == "exponential":
        return start * (end / start) ** part
    left = {"linear": 1 - part, "cosine": half_cosine(part), "sqrt": 1 - sp.sqrt(part)}[shape]
    return end + (start - end) * left


def check_annealing(shape: str, name: str, end: float) -> None:
    """Refuse an exponential that should end at zero, which it never reaches."""
    if shape == "exponential" and end <= 0:
        raise InvalidInput(name, "is 0; allowed with exponential is a number above 0.")
