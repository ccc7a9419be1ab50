"""Exported code of every family and combinator gives the previewed rates in its library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrlab import Schedule
from lrlab.schedules.export import export
from tests.schedules.export.drivers import DRIVERS, double, drive, expected, load
from tests.schedules.strategies import COMBINATORS, FAMILIES, one, specs

KINDS = FAMILIES + COMBINATORS
# Keras and JAX take long over each operation; per family it is over 500 in all libraries.
EXAMPLES = {"torch": 60, "python": 60, "timm": 40, "transformers": 40, "mxnet": 40, "keras": 15,
            "optax": 6}  # fmt: skip
VECTORS = ("keras", "optax")  # whose lr_at takes arrays
SETTINGS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def tidy(value: Any) -> Any:
    """The spec without denormal numbers, which XLA takes for zeros."""
    if isinstance(value, dict):
        return {name: tidy(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [tidy(entry) for entry in value]
    return 0.0 if isinstance(value, float) and abs(value) < 1e-300 else value


def spec_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return one(kind, specs(1)).map(tidy)


runs = st.fixed_dictionaries(
    {
        "epochs": st.integers(1, 6),
        "steps_per_epoch": st.integers(1, 4),
        "clock": st.sampled_from(["epoch", "step", "progress"]),
        "lag": st.sampled_from([0, 0, 1]),
        "initial_lr": st.none() | st.floats(1e-3, 1),
    }
)


def agree(found: Any, wanted: np.ndarray, largest: float = 0.0) -> None:
    atol = max(1e-12 * max(wanted.max(), 1e-3), 2e-7 * largest)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=atol)


def single(library: str, spec: dict[str, Any]) -> float:
    """Return what a library's single precision is to be seen beside, 0 where it has double.

    Keras takes a number of Python's for a float32 whatever else is asked for.
    """
    return largest_rate(spec) if library == "keras" else 0.0


def largest_rate(value: Any, name: str = "") -> float:
    """Return the largest rate that a spec names: beside it, single precision knows no smaller."""
    if isinstance(value, dict):
        return max((largest_rate(each, name) for name, each in value.items()), default=0.0)
    if isinstance(value, list):
        return max((largest_rate(each, name) for each in value), default=0.0)
    return value if name.endswith("_lr") and isinstance(value, float) else 0.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("library", ["torch", "python", *VECTORS])
def test_lr_at_gives_the_schedules_rates(library: str, kind: str) -> None:
    @settings(max_examples=EXAMPLES[library], **SETTINGS)
    @given(spec_of(kind), st.sampled_from([30, 7]))
    def check(spec: dict[str, Any], epochs: int) -> None:
        schedule = Schedule.parse(spec)
        times = np.linspace(0, 1.5 * epochs, 46)
        with double():
            lr_at = load(export(schedule, library, epochs=epochs))["lr_at"]
            rates = lr_at(times) if library in VECTORS else [lr_at(float(t)) for t in times]
            rates = np.broadcast_to(np.asarray(rates), times.shape)
        agree(rates, schedule.at(times, float(epochs)), single(library, spec))

    check()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("library", DRIVERS)
def test_schedulers_apply_the_schedules_rates(library: str, kind: str) -> None:
    @settings(max_examples=EXAMPLES[library], **SETTINGS)
    @given(spec_of(kind), runs)
    def check(spec: dict[str, Any], run: dict[str, Any]) -> None:
        schedule = Schedule.parse(spec)
        with double():
            rates = drive(library, export(schedule, library, **run), run)
        agree(rates, expected(library, schedule.rates(**run), run), single(library, spec))

    check()
