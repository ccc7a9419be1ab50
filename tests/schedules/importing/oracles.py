"""The libraries' own objects, evaluated tick by tick, beside what lrlab reads from the same text.

A test writes one text; the library runs it, lrlab only reads it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st

from lrlab.schedules.importing import Imported, read_code

os.environ.setdefault("KERAS_BACKEND", "torch")

EXAMPLES = settings(max_examples=200, deadline=None)
FEW = settings(max_examples=50, deadline=None)  # where the library takes its time
TICKS = 40

rates = st.floats(1e-4, 2).map(lambda value: float(f"{value:.4g}"))
factors = st.floats(0.05, 1).map(lambda value: float(f"{value:.3g}"))
lengths = st.integers(1, 30)
warmups = st.integers(0, 12)


def read(text: str, base_lr: float | None = None) -> Imported:
    return read_code(text, base_lr=base_lr)


def agree(imported: Imported, expected: Any, *, skip: Any = ()) -> None:
    """The imported schedule has the library's rates, but for the ticks in `skip`."""
    found = imported.schedule.at(np.arange(len(expected)), len(expected))
    kept = np.setdiff1d(np.arange(len(expected)), list(skip))
    top = max(np.abs(expected).max(), 1e-300)
    np.testing.assert_allclose(found[kept], np.asarray(expected)[kept], rtol=1e-6, atol=1e-10 * top)


def optimizer(base_lr: float) -> torch.optim.SGD:
    parameter = torch.nn.Parameter(torch.zeros(1))
    return torch.optim.SGD([parameter], lr=base_lr, momentum=0.9)


def run_torch(text: str, base_lr: float, names: dict[str, Any], ticks: int = TICKS) -> np.ndarray:
    """Step what the text makes as its users step it, the rate before each step."""
    opt = optimizer(base_lr)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = eval(text, {**names, "opt": opt})  # noqa: S307  (our own text)
        for _ in range(ticks):
            found.append(opt.param_groups[0]["lr"])
            opt.step()
            scheduler.step()
    return np.array(found)


def run_function(text: str, names: dict[str, Any], ticks: int = TICKS) -> np.ndarray:
    """Ask the function of the step that the text makes."""
    schedule: Callable[[int], Any] = eval(text, names)  # noqa: S307  (our own text)
    return np.array([float(schedule(tick)) for tick in range(ticks)])
