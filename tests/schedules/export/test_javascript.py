"""Exported JavaScript, imported as a module in a real browser, gives the previewed rates."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Browser

from lrlab import Schedule
from lrlab.errors import InvalidInput
from lrlab.schedules.export import export
from tests.schedules.export.drivers import load
from tests.schedules.strategies import COMBINATORS, FAMILIES, one, specs

Run = Callable[[str, list[float]], list[float]]
RUN = """async ([source, times]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const exported = await import(url);
  URL.revokeObjectURL(url);
  if (exported.lrAt !== exported.lr_at) throw new Error("lr_at is not lrAt");
  return times.map(exported.lrAt);
}"""


@pytest.fixture(scope="module")
def in_browser(chromium: Browser) -> Iterator[Run]:
    page = chromium.new_page()
    yield lambda source, times: page.evaluate(RUN, [source, times])
    page.close()


@pytest.mark.parametrize("kind", FAMILIES + COMBINATORS)
def test_lr_at_gives_the_schedules_rates(in_browser: Run, kind: str) -> None:
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(one(kind, specs(1)))
    def check(spec: dict[str, Any]) -> None:
        schedule = Schedule.parse(spec)
        times = np.linspace(0, 45, 46)
        rates = in_browser(export(schedule, "javascript", epochs=30), times.tolist())
        try:
            expected = schedule.at(times, 30.0)
        except InvalidInput:  # an exponential cooldown from a rate of 0: the code has none either
            assert not all(isinstance(rate, float | int) and np.isfinite(rate) for rate in rates)
            return
        np.testing.assert_allclose(rates, expected, rtol=1e-9, atol=1e-15)

    check()


@pytest.mark.parametrize("name", ["new", "var", "math", "Math", "lr_at", "jnp", "ops", "len"])
def test_a_constant_may_have_a_name_that_the_code_needs(in_browser: Run, name: str) -> None:
    assert not keyword.iskeyword(name)
    spec = {"kind": "formula", "expression": f"cos(t)**2 * {name}", "constants": {name: 0.5}}
    schedule = Schedule.parse(spec)
    expected = schedule.at(np.array([0.0, 2.0]), 30.0)
    assert in_browser(export(schedule, "javascript"), [0, 2]) == pytest.approx(expected)
    for library in ("python", "optax", "keras"):
        lr_at = load(export(schedule, library))["lr_at"]
        assert [float(lr_at(t)) for t in (0.0, 2.0)] == pytest.approx(expected, rel=1e-6)
