"""The handles of every curve: each stands on it, and what it changes brings it where it should."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from lrlab.schedules import Schedule, catalogue, javascript
from lrlab.schedules.places import value_at, with_value

Handle = dict[str, Any]
Ask = Callable[..., Any]

# `wanted` are times to bring each handle to; back come the values that do it.
RUN = """async ([source, spec, T, wanted]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const lab = await import(url);
  return lab.handlesOf(spec, T).map(({ t, before, across, up }) => ({
    t, before, up, across: across?.path ?? null, values: across ? wanted.map(across.reach) : [],
  }));
}"""

NESTED = {
    "kind": "warmup", "length": 3, "inner": {
        "kind": "sequence", "parts": [
            {"schedule": {"kind": "constant", "base_lr": 0.2}, "length": 5},
            {"schedule": {"kind": "scale", "factor": 0.5, "inner": {
                "kind": "cosine", "length": 10}}, "length": None},
        ],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def ask(chromium: Browser) -> Iterator[Ask]:
    page = chromium.new_page()
    source = javascript.module()

    def asked(spec: Any, T: float, wanted: list[float]) -> list[Handle]:
        return list(page.evaluate(RUN, [source, json.loads(json.dumps(spec)), T, wanted]))

    yield asked
    page.close()


def examples() -> list[Any]:
    whole = [(entry["kind"], entry["example"]) for entry in catalogue()]
    return [pytest.param(each["schedule"], id=kind) for kind, each in whole] + [
        pytest.param(NESTED, id="nested")
    ]


def full(spec: Any) -> dict[str, Any]:
    return Schedule.parse(spec).spec()


@pytest.mark.parametrize("spec", examples())
def test_a_handle_comes_to_the_time_that_it_is_brought_to(ask: Ask, spec: Any) -> None:
    wanted = [4.0, 11.5, 17.0]
    for number, handle in enumerate(ask(spec, 30.0, wanted)):
        for time, value in zip(wanted, handle["values"], strict=False):
            moved = with_value(full(spec), tuple(handle["across"]), value)
            # A negative length, or a part of a cycle above 1, is cut to its range on screen.
            there = [each for each in ask(moved, 30.0, []) if each["across"] == handle["across"]]
            if there:
                assert there[0]["t"] == pytest.approx(time), (number, handle)


@pytest.mark.parametrize("spec", examples())
def test_what_a_handle_changes_is_a_number_of_the_schedule(ask: Ask, spec: Any) -> None:
    for handle in ask(spec, 30.0, []):
        assert 0 <= handle["t"] <= 30
        assert handle["up"] or handle["across"]
        for path in (handle["up"], handle["across"]):
            if path:
                value = value_at(full(spec), tuple(path))
                assert value is None or isinstance(value, (int, float)), path


@pytest.mark.parametrize(
    ("spec", "at"),
    [
        ({"kind": "cosine", "length": 20}, [0, 20]),
        ({"kind": "cosine", "length": None}, [0, 30]),
        ({"kind": "one_cycle", "pct_start": 0.4}, [0, 12, 30]),
        ({"kind": "wsd", "warmup": 3, "decay": 12}, [3, 18, 30]),
        ({"kind": "multistep", "milestones": [10, 20]}, [0, 10, 20]),
        ({"kind": "cooldown", "start": 18, "length": 4, "inner": {"kind": "constant"}},
         [18, 22, 0]),
        (NESTED, [0, 3, 8, 3, 8, 18]),
    ],
)  # fmt: skip
def test_handles_stand_where_the_curve_turns(ask: Ask, spec: Any, at: list[float]) -> None:
    assert [handle["t"] for handle in ask(spec, 30.0, [])] == at


def test_of_a_schedule_that_ends_after_the_run_the_end_has_no_handle(ask: Ask) -> None:
    assert [handle["t"] for handle in ask({"kind": "cosine", "length": 31}, 30.0, [])] == [0]
