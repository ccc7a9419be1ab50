"""The adaptive rules in a real browser decide what Python's decide."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from lrlab import Schedule
from lrlab.schedules import Decisions, javascript, replay
from tests.schedules.strategies import ADAPTIVE, specs
from tests.schedules.test_adaptive import greedies, plateaus
from tests.schedules.test_decisions import trees
from tests.schedules.test_javascript import LOAD

EXAMPLES = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
RUN = """(calls) => {
  return calls.map(({ spec, settings, values }) =>
    [lab.ruleIn(spec)?.metric ?? null, lab.replayed(spec, settings, values)]);
}"""
# A missing figure is null in JSON.
values = st.lists(st.none() | st.floats(0, 3) | st.sampled_from([0.5, 0.4999, 0.1]), max_size=60)

Replayed = Callable[[dict[str, Any], dict[str, Any], list[Any]], Any]


@pytest.fixture(scope="module")
def in_browser(chromium: Browser) -> Iterator[Replayed]:
    page = chromium.new_page()
    page.evaluate(LOAD, javascript.module())
    yield lambda spec, settings, values: page.evaluate(
        RUN, [{"spec": spec, "settings": settings, "values": values}]
    )[0]
    page.close()


@EXAMPLES
@given(plateaus | greedies | trees(), st.sampled_from(["epoch", "step", "progress"]), values)
def test_the_browser_replays_as_python(
    in_browser: Replayed, spec: dict[str, Any], clock: str, values: list[Any]
) -> None:
    spec = json.loads(json.dumps(spec))
    metric, found = in_browser(spec, {"clock": clock, "steps_per_epoch": 4}, values)
    schedule = Schedule.parse(spec)
    assert metric == Decisions.of(schedule).metric
    expected = replay(schedule, values, clock=clock, steps_per_epoch=4)
    assert Schedule.parse(found) == expected


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_a_kind_alone_has_pythons_defaults(in_browser: Replayed, kind: str) -> None:
    losses = [1.0, 0.9, 0.8, *[0.8] * 30]
    metric, found = in_browser({"kind": kind}, {"clock": "epoch", "steps_per_epoch": 4}, losses)
    schedule = Schedule.parse({"kind": kind})
    assert metric == Decisions.of(schedule).metric
    if metric:
        expected = replay(schedule, losses, clock="epoch", steps_per_epoch=4)
        assert Schedule.parse(found) == expected
        assert len(set(expected.rates().tolist())) > 1
    else:
        assert found == {"kind": kind}


@EXAMPLES
@given(specs(2), values)
def test_a_schedule_without_a_rule_comes_back_as_it_is(
    in_browser: Replayed, spec: dict[str, Any], values: list[Any]
) -> None:
    spec = json.loads(json.dumps(spec))
    assert in_browser(spec, {"clock": "epoch", "steps_per_epoch": 4}, values) == [None, spec]
