"""Annealings: by the same factor at every step, from any rate that a schedule may have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.schedules import Schedule


def cooled(inner: dict[str, Any], final_lr: float) -> np.ndarray:
    """Return the rates of a cooldown from t = 5 to 10, with both ends."""
    spec = {"kind": "cooldown", "inner": inner, "start": 5, "length": 5, "final_lr": final_lr}
    return Schedule.parse(spec | {"shape": "exponential"}).at(np.arange(5, 11), 10.0)


@given(st.floats(1e-300, 100), st.floats(1e-7, 100))
def test_an_exponential_goes_by_the_same_factor(base_lr: float, final_lr: float) -> None:
    found = cooled({"kind": "constant", "base_lr": base_lr}, final_lr)
    assert found == pytest.approx(np.geomspace(base_lr, final_lr, 6), rel=1e-9)


@pytest.mark.parametrize(
    "inner", [{"kind": "cosine", "final_lr": 0, "length": 5}, {"kind": "constant", "base_lr": 0}]
)
def test_an_exponential_from_zero_stays_there_to_its_end(inner: dict[str, Any]) -> None:
    assert cooled(inner, 0.01).tolist() == [0, 0, 0, 0, 0, 0.01]
