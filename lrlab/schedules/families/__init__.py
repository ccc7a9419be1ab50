"""The families: each a function of `t` alone, one class with its formula."""

from lrlab.schedules.families.cycles import CosineRestarts, CosineWaves, Cyclic
from lrlab.schedules.families.decays import (
    Constant,
    Cosine,
    Exponential,
    InversePower,
    Noam,
    Polynomial,
    Rex,
    Tanh,
)
from lrlab.schedules.families.phases import OneCycle, Sweep, WarmupStableDecay
from lrlab.schedules.families.steps import Multistep, Piecewise

__all__ = [
    "Constant", "Cosine", "CosineRestarts", "CosineWaves", "Cyclic", "Exponential",
    "InversePower", "Multistep", "Noam", "OneCycle", "Piecewise", "Polynomial", "Rex", "Sweep",
    "Tanh", "WarmupStableDecay",
]  # fmt: skip
