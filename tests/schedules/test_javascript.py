"""The printed JavaScript, run in a real browser, against NumPy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Browser

from lrlab import Schedule
from lrlab.errors import InvalidInput
from lrlab.schedules import javascript
from tests.schedules.strategies import ADAPTIVE, COMBINATORS, FAMILIES, one, specs

Evaluate = Callable[[list[dict[str, Any]]], list[Any]]
EXAMPLES = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

LOAD = """async (source) => {
  window.lab = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}"""
RUN = """(calls) => {
  return calls.map(({ spec, settings, times, T }) => times
    ? times.map((t) => lab.compile(spec, settings.formulas)(t, T))
    : Array.from(lab.rates(spec, settings, settings.points).lr));
}"""


@pytest.fixture(scope="module")
def in_browser(chromium: Browser) -> Iterator[Evaluate]:
    page = chromium.new_page()
    page.evaluate(LOAD, javascript.module())
    yield lambda calls: page.evaluate(RUN, json.loads(json.dumps(calls)))
    page.close()


def both(in_browser: Evaluate, spec: dict[str, Any], length: float) -> None:
    schedule = Schedule.parse(spec)
    times = np.linspace(0, 1.5 * length, 97)
    call = {"spec": spec, "times": times.tolist(), "T": length,
            "settings": {"formulas": javascript.formulas(schedule)}}  # fmt: skip
    (drawn,) = in_browser([call])
    try:
        rates = schedule.at(times, length)
    except InvalidInput:  # an exponential cooldown from a rate of 0: the browser has none either
        assert not np.isfinite(drawn).all()
        return
    np.testing.assert_allclose(drawn, rates, rtol=1e-9, atol=0)


@pytest.mark.parametrize("kind", FAMILIES + ADAPTIVE)
def test_every_family_draws_what_numpy_evaluates(in_browser: Evaluate, kind: str) -> None:
    @EXAMPLES
    @given(one(kind, specs(0)))
    def agree(spec: dict[str, Any]) -> None:
        both(in_browser, spec, 30.0)

    agree()


@pytest.mark.parametrize("kind", COMBINATORS)
def test_every_combinator_draws_what_numpy_evaluates(in_browser: Evaluate, kind: str) -> None:
    @EXAMPLES
    @given(one(kind, specs(3)))
    def agree(spec: dict[str, Any]) -> None:
        both(in_browser, spec, 30.0)

    agree()


@pytest.mark.parametrize("kind", sorted(Schedule.kinds))
def test_a_kind_alone_has_pythons_defaults(in_browser: Evaluate, kind: str) -> None:
    schedule = Schedule.parse({"kind": kind})
    formulas = javascript.formulas(schedule)
    call = {"spec": {"kind": kind}, "times": list(range(40)), "T": 30,
            "settings": {"formulas": formulas}}  # fmt: skip
    assert in_browser([call])[0] == pytest.approx(schedule.at(range(40), 30.0), rel=1e-12)


@pytest.mark.parametrize("clock", ["epoch", "step", "progress"])
@pytest.mark.parametrize("lag", [0, 1])
def test_the_preview_shows_clock_and_lag(in_browser: Evaluate, clock: str, lag: int) -> None:
    schedule = Schedule.parse({"kind": "exponential", "factor": 0.8})
    run = {"epochs": 6, "steps_per_epoch": 5, "clock": clock, "lag": lag}
    expected = schedule.rates(**run, initial_lr=0.7 if lag else None)
    # As many points as there are ticks and one more lie exactly on the ticks.
    asked = {"spec": schedule.spec(), "settings": run | {"points": len(expected) + 1}}
    if lag:
        asked["settings"]["initial_lr"] = 0.7
    (drawn,) = in_browser([asked])
    assert drawn[:-1] == pytest.approx(expected, rel=1e-9)


def test_a_long_sequence_brings_its_own_printed_body(in_browser: Evaluate) -> None:
    parts = [{"schedule": {"kind": "constant", "base_lr": n / 10}, "length": 1} for n in range(12)]
    both(in_browser, {"kind": "sequence", "parts": parts}, 12.0)
