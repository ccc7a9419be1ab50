"""The families: each a function of `t` alone, one class with its formula.

Every module of this folder is imported, so that a new one needs no word elsewhere.
"""

from importlib import import_module
from pkgutil import iter_modules

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

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
