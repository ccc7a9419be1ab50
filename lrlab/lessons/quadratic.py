"""The noisy quadratic in closed form: the expected loss of SGD with momentum, step by step.

In a direction of curvature λ a step is v ← βv + λw + ξ, w ← w − ηv with noise ξ of deviation σ,
so the second moments M of (w, v) go as A M Aᵀ + σ² b bᵀ with A = [[1 − ηλ, −ηβ], [λ, β]] and
b = (−η, 1). Without momentum and at a constant rate the loss ends at ησ²/(4 − 2ηλ) a direction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def expected_loss(
    rates: Sequence[float],
    *,
    curvatures: Sequence[float],
    start: Sequence[float],
    momentum: float = 0.0,
    noise: float = 0.0,
) -> np.ndarray:
    """Return the expected losses [steps + 1], the first before any step.

    start: the weights along the directions of the curvatures. noise: σ of each direction.
    """
    total = np.zeros(len(rates) + 1)
    for curvature, weight in zip(curvatures, start, strict=True):
        moments = np.array([[weight**2, 0.0], [0.0, 0.0]])
        total[0] += curvature * moments[0, 0] / 2
        for step, rate in enumerate(rates, start=1):
            move = np.array([[1 - rate * curvature, -rate * momentum], [curvature, momentum]])
            kick = np.array([-rate, 1.0])
            moments = move @ moments @ move.T + noise**2 * np.outer(kick, kick)
            total[step] += curvature * moments[0, 0] / 2
    return total


def floor(rate: float, curvature: float, noise: float) -> float:
    """Return where the loss of a direction ends at a constant rate without momentum.

    Infinite where the rate is not below 2 / curvature.
    """
    edge = 2 - rate * curvature
    return rate * noise**2 / (2 * edge) if edge > 0 else float("inf")
