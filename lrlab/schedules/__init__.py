"""Learning-rate schedules as formulas: pure SymPy and NumPy, no torch, no screen."""

from lrlab.schedules.adaptive import Greedy, Manual, Plateau
from lrlab.schedules.base import Schedule
from lrlab.schedules.catalogue import catalogue
from lrlab.schedules.clocks import CLOCKS, Clock, ticks
from lrlab.schedules.combinators import (
    Clamp,
    Cooldown,
    Part,
    Product,
    Repeat,
    Scale,
    Sequence,
    Warmup,
)
from lrlab.schedules.decisions import Decisions, replay
from lrlab.schedules.families import (
    Constant,
    Cosine,
    CosineRestarts,
    CosineWaves,
    Cyclic,
    Exponential,
    InversePower,
    Multistep,
    Noam,
    OneCycle,
    Piecewise,
    Polynomial,
    Rex,
    Sweep,
    Tanh,
    WarmupStableDecay,
)
from lrlab.schedules.formula import Formula
from lrlab.schedules.latex import latex
from lrlab.schedules.noise import Noise

__all__ = [
    "CLOCKS", "Clamp", "Clock", "Constant", "Cooldown", "Cosine", "CosineRestarts",
    "CosineWaves", "Cyclic", "Decisions", "Exponential", "Formula", "Greedy", "InversePower",
    "Manual", "Multistep", "Noam", "Noise", "OneCycle", "Part", "Piecewise", "Plateau",
    "Polynomial", "Product", "Repeat", "Rex", "Scale", "Schedule", "Sequence", "Sweep", "Tanh",
    "Warmup", "WarmupStableDecay", "catalogue", "latex", "replay", "ticks",
]  # fmt: skip
