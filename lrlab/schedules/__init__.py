"""Learning-rate schedules as formulas: pure SymPy and NumPy, no torch, no screen."""

from lrlab.schedules.base import Schedule
from lrlab.schedules.catalogue import catalogue
from lrlab.schedules.clocks import CLOCKS, Clock, ticks
from lrlab.schedules.combinators import Clamp, Part, Sequence, Warmup
from lrlab.schedules.families import (
    Constant,
    Cosine,
    Exponential,
    InversePower,
    Multistep,
    Piecewise,
    Polynomial,
)
from lrlab.schedules.formula import Formula
from lrlab.schedules.latex import latex

__all__ = [
    "CLOCKS", "Clamp", "Clock", "Constant", "Cosine", "Exponential", "Formula", "InversePower",
    "Multistep", "Part", "Piecewise", "Polynomial", "Schedule", "Sequence", "Warmup", "catalogue",
    "latex", "ticks",
]  # fmt: skip
