"""Seeded noise on a schedule, the same in every language that it is printed in.

The draw for tick n is a permutation of n and the seed modulo a prime below 2²⁶: every
product stays below 2⁵³, so doubles hold it exactly and no random generator is needed.
"""

from __future__ import annotations

from math import inf
from types import SimpleNamespace
from typing import Literal

import sympy as sp
from pydantic import model_validator

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Example, Let
from lrlab.schedules.combinators import Around
from lrlab.schedules.functions import whole
from lrlab.schedules.parameters import MAX_LENGTH, Number, Whole, integer, number

PRIME = 67_108_859  # 2²⁶ − 5; cubing permutes its residues, as 3 does not divide it less one
STRIDE, SALT, OFFSETS = 40_014, 7_919, (12_345_701, 40_692_233)


class Noise(Around):
    """The inner schedule times 1 + std·ξ, with a seeded normal ξ of its own for each whole t."""

    kind: Literal["noise"] = "noise"
    title, group = "Noise", "Combinators"
    known_as = "timm lr_noise"
    origin = "Folklore; timm brought it to image models."
    example = Example({"inner": {"kind": "cosine", "length": None}})
    std: Number = number(0.1, "The noise's standard deviation, as a part of the rate.", r"\sigma",
                         0, 10, slider=(0, 1))  # fmt: skip
    seed: Whole = integer(0, "Another seed draws other noise.", "n", 0, 60_000, slider=(0, 100))
    # `from` is Python's word, so only the parameter's public name is that.
    begin: Number = number(0.0, "When the noise begins.", "a", 0, MAX_LENGTH, unit="clock",
                           slider=(0, 60), alias="from")  # fmt: skip
    to: Number | None = number(None, "When it ends; left out, never.", "b", 0, MAX_LENGTH,
                               above=True, unit="clock", slider=(1, 60), absent=inf)  # fmt: skip

    @model_validator(mode="after")
    def _fits(self) -> Noise:
        if self.to is not None and self.to <= self.begin:
            raise InvalidInput(
                "to",
                "is {to:g}; allowed is a number above from, {begin:g}, or null.",
                to=self.to,
                begin=self.begin,
            )
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        noise, steps = _normal(whole(t), p.seed)
        noisy = p.functions[0](t) * sp.Max(0, 1 + p.std * noise)
        begin = getattr(p, "from")
        inside = sp.And(t >= begin, t < p.to)
        return Let(
            sp.Piecewise((noisy, inside), (p.functions[0](t), True)),
            steps,
            note=r"\xi \sim \mathcal{N}(0, 1)\ \text{for each}\ \lfloor t \rfloor",
        )


def _normal(
    tick: sp.Expr, seed: sp.Expr
) -> tuple[sp.Symbol, tuple[tuple[sp.Symbol, sp.Expr], ...]]:
    """Return a symbol for a standard normal number of (tick, seed) and the steps to it."""
    steps: list[tuple[sp.Symbol, sp.Expr]] = []

    def step(name: str, value: sp.Expr) -> sp.Symbol:
        steps.append((sp.Symbol(name), value))
        return steps[-1][0]

    draw = step("draw_0", sp.Mod(tick * STRIDE + sp.Mod(seed * SALT, PRIME), PRIME))
    for round_, offset in enumerate(OFFSETS, start=1):
        moved = step(f"moved_{round_}", sp.Mod(draw + offset, PRIME))
        square = step(f"square_{round_}", sp.Mod(moved * moved, PRIME))
        draw = step(f"draw_{round_}", sp.Mod(square * moved, PRIME))
    first, second = sp.Symbol("draw_1"), draw
    radius = sp.sqrt(-2 * sp.log((first + sp.S.Half) / PRIME))
    return step("noise", radius * sp.cos(2 * sp.pi * (second + sp.S.Half) / PRIME)), tuple(steps)
