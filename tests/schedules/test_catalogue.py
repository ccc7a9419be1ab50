"""The catalogue holds what screens and the command line show of each kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from lrlab import Schedule
from lrlab.schedules import catalogue, latex
from tests.schedules.strategies import specs

ENTRIES = {entry["kind"]: entry for entry in catalogue()}


def test_the_catalogue_is_json_with_every_kind() -> None:
    assert json.loads(json.dumps(catalogue(), allow_nan=False)) == catalogue()
    assert set(ENTRIES) == set(Schedule.kinds)


@pytest.mark.parametrize("kind", ENTRIES)
def test_an_entry_says_all_that_a_slider_needs(kind: str) -> None:
    entry = ENTRIES[kind]
    assert entry["title"]
    assert entry["summary"].endswith(".")
    assert entry["formula"].count("{") == entry["formula"].count("}")
    for parameter in entry["parameters"]:
        assert parameter["help"].endswith(".")
        if parameter["type"] == "number":
            assert parameter["min"] <= parameter["slider_min"] < parameter["slider_max"]
            assert parameter["slider_max"] <= parameter["max"]


@pytest.mark.parametrize(
    ("kind", "defaults"),
    [
        ("constant", {"base_lr": 0.3}),
        ("inverse_power", {"base_lr": 0.1, "power": 0.5, "timescale": 1}),
        ("exponential", {"factor": 0.9, "every": 1, "staircase": False, "min_lr": 0}),
        ("multistep", {"base_lr": 0.5, "milestones": [15, 30], "factor": 0.5}),
        ("cosine", {"base_lr": 0.3, "final_lr": 0.01, "length": 20, "exponent": 1}),
        ("polynomial", {"final_lr": 0, "power": 1, "length": None}),
        ("warmup", {"mode": "linear", "begin_lr": 0, "shift": True}),
    ],
)
def test_names_and_defaults_are_the_contracts(kind: str, defaults: dict) -> None:
    found = {p["name"]: p["default"] for p in ENTRIES[kind]["parameters"]}
    assert defaults.items() <= found.items()


def test_the_cosine_formula_reads_as_in_the_book() -> None:
    text = latex(Schedule.parse({"kind": "cosine"}))
    assert r"\frac{1 + \cos\left(\pi\, \frac{\min\left(L, t\right)}{L}\right)}{2}" in text


@settings(max_examples=60, deadline=None)
@given(specs(2))
def test_any_schedule_can_be_written_as_latex(spec: dict) -> None:
    text = latex(Schedule.parse(spec))
    assert text.count("{") == text.count("}")
    assert "schedule_" not in text
    assert "number_" not in text
