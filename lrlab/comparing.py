"""What several seeds tell: means with their uncertainty, and differences paired by seed.

Two runs of one experiment from two seeds differ, and so may two experiments by chance alone.
Runs of the same seed share their first weights and the order of the data, so their difference
is less a matter of chance than either figure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, sqrt
from statistics import mean, stdev

from lrlab.experiment import Experiment

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Summary:
    """`n` values: their mean, standard deviation and the 95 % interval of the mean.

    low, high: Student's interval, which takes the values for draws of a normal distribution;
    None, as is `sd`, where one value tells nothing of chance.
    """

    n: int
    mean: float
    sd: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def beyond_noise(self) -> bool:
        """Whether the interval is there and leaves out 0: of a difference, that it is one."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def summary(values: Sequence[float]) -> Summary:
    """Summarise values, of which those that are not finite are left out.

    Raises ValueError where none is left.
    """
    finite = [value for value in values if isfinite(value)]
    if not finite:
        raise ValueError("There is no finite value to summarise.")
    middle = mean(finite)
    if len(finite) == 1:
        return Summary(1, middle)
    spread = stdev(finite)
    half = t_quantile(len(finite) - 1) * spread / sqrt(len(finite))
    return Summary(len(finite), middle, spread, middle - half, middle + half)


def paired(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Summary | None:
    """Summarise ours − theirs over the seeds that both have; None where they share none."""
    shared = [seed for seed in ours if seed in theirs]
    differences = [ours[seed] - theirs[seed] for seed in shared]
    return summary(differences) if any(map(isfinite, differences)) else None


def without_seed(experiment: Experiment) -> str:
    """Return what an experiment is apart from its seed: equal for runs that may be averaged."""
    fields = json.loads(experiment.canonical())
    return json.dumps({name: each for name, each in fields.items() if name != "seed"})


@lru_cache(maxsize=1024)
def t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return how many standard errors the two-sided interval reaches, of Student's t.

    freedom: degrees of it, 1 or more. P(|T| > t) is the regularised incomplete beta function
    of ν / (ν + t²) at (ν/2, 1/2).
    """
    from mpmath import betainc, findroot  # late: only comparisons need it

    def excess(t: float) -> float:
        x = freedom / (freedom + t * t)
        return betainc(freedom / 2, 0.5, 0, x, regularized=True) - (1 - confidence)

    return float(findroot(excess, (0.001, 700), solver="ridder", tol=1e-20, maxsteps=200))
