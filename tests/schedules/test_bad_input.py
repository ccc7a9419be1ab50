"""Wrong input: one sentence with the field, the value and what is allowed; nothing executed."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrlab import Experiment, Schedule
from lrlab.errors import InvalidInput
from lrlab.schedules.formula import FUNCTIONS

BAD_SCHEDULES = [
    ({"kind": "cosinus"}, "kind", "cosine"),
    ({"base_lr": 0.3}, "kind", "constant"),
    ({"kind": "cosine", "base_lr": -0.1}, "base_lr is -0.1", "from 0"),
    ({"kind": "cosine", "base_lr": 1e9}, "base_lr is 1000000000.0", "to 1000000"),
    ({"kind": "cosine", "base_lr": "fast"}, "base_lr is 'fast'", "a number"),
    ({"kind": "cosine", "base_lr": True}, "base_lr is True", "a number"),
    ({"kind": "cosine", "base_lr": None}, "base_lr is None", "a number"),
    ({"kind": "cosine", "base_lr": 10**400}, "base_lr", "a number"),
    ({"kind": "cosine", "length": 0}, "length is 0", "above 0"),
    ({"kind": "cosine", "colour": 1}, "colour", "base_lr, final_lr, length, exponent"),
    ({"kind": "multistep", "milestones": [30, 15]}, "milestones has 15", "rising order"),
    ({"kind": "multistep", "milestones": 15}, "milestones is 15", "a list of numbers"),
    ({"kind": "multistep", "milestones": [1, "x"]}, "milestones.1 is 'x'", "numbers"),
    ({"kind": "piecewise", "times": [0, 1], "rates": [1]}, "rates has 1", "as many rates"),
    ({"kind": "piecewise", "times": [0, 0], "rates": [1, 2]}, "times has 0", "strictly rising"),
    ({"kind": "exponential", "staircase": 1}, "staircase is 1", "true or false"),
    ({"kind": "warmup", "mode": "slow"}, "mode is 'slow'", "linear, constant"),
    ({"kind": "warmup", "inner": {"kind": "cosine", "length": -1}}, "inner.length is -1",
     "above 0"),
    ({"kind": "warmup", "mode": "exponential"}, "begin_lr is 0", "above 0"),
    ({"kind": "sequence", "parts": []}, "parts is []", "a list of {schedule, length}"),
    ({"kind": "sequence", "parts": [{"schedule": {"kind": "constant"}, "length": 0},
      {"schedule": {"kind": "constant"}}]}, "parts.0.length is 0", "parts"),
    ({"kind": "sequence", "parts": [{"schedule": {"kind": "constant"}},
      {"schedule": {"kind": "constant"}}]}, "parts.0.length is missing", "above 0"),
    ({"kind": "clamp", "min_lr": 2, "max_lr": 1}, "max_lr is 1", "from min_lr, 2"),
    ({"kind": "formula", "expression": "__import__('os').system('true')"}, "expression", "sqrt"),
    ({"kind": "formula", "expression": "t.__class__"}, "expression", "sqrt"),
    ({"kind": "formula", "expression": "(lambda: 1)()"}, "expression", "sqrt"),
    ({"kind": "formula", "expression": "base_lr * lr"}, "'lr' is not known", "named constants"),
    ({"kind": "formula", "expression": "sqrt(1, 2)"}, "sqrt takes 1", "sqrt"),
    ({"kind": "formula", "expression": ""}, "expression", "cannot be read"),
    ({"kind": "formula", "expression": 3}, "expression is 3", "text"),
    ({"kind": "formula", "expression": "1" * 3000}, "3000 characters", "2000"),
    ({"kind": "formula", "expression": "a", "constants": {"a": "x"}}, "constants.a is 'x'",
     "numbers"),
    ({"kind": "formula", "expression": "t", "constants": {"t": 1}}, "constants.t", "letters"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "names", "allows"), BAD_SCHEDULES)
def test_a_bad_schedule_is_refused_in_one_sentence(spec: dict, names: str, allows: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Schedule.parse(spec)
    sentence = str(refused.value)
    assert names in sentence
    assert allows in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"base_lr is (nan|-?inf); allowed is a number from 0"):
        Schedule.parse(f'{{"kind": "cosine", "base_lr": {text}}}')


@pytest.mark.parametrize(
    "expression", ["9**9**9", "9.0**9**9**9**9", "(t/t + t/t + 7)**9**9**9", "1/t", "log(t)",
                   "-base_lr", "exp(exp(exp(9)))", "sqrt(0-1)", "1e308 * 10", "t - 1"]
)  # fmt: skip
def test_a_formula_that_gives_no_usable_rate_says_where(expression: str) -> None:
    began = time.monotonic()
    with pytest.raises(InvalidInput, match=r"gives the rate .* at t = 0; allowed are finite"):
        Experiment.parse({"kind": "formula", "expression": expression})
    assert time.monotonic() - began < 5, "a tower of powers was computed while it was read"


BAD_EXPERIMENTS = [
    ({}, "schedule is missing"),
    ({"schedule": {"kind": "cosine"}, "epochs": 0}, "epochs is 0; allowed is a whole number"),
    ({"schedule": {"kind": "cosine"}, "epochs": 2.5}, "epochs is 2.5; allowed is a whole number"),
    ({"schedule": {"kind": "cosine"}, "epochs": "2"}, "epochs is '2'; allowed is a whole number"),
    ({"schedule": {"kind": "cosine"}, "batch_size": 0}, "batch_size is 0; allowed is"),
    ({"schedule": {"kind": "cosine"}, "batch_size": 256, "train_examples": 100},
     "batch_size is 256; allowed is at most train_examples, 100"),
    ({"schedule": {"kind": "cosine"}, "clock": "hour"}, "allowed is one of epoch, step, progress"),
    ({"schedule": {"kind": "cosine"}, "lag": 2}, "lag is 2; allowed is one of 0, 1"),
    ({"schedule": {"kind": "cosine"}, "initial_lr": 1.0}, "allowed is that only with lag 1"),
    ({"schedule": {"kind": "cosine"}, "lag": 1, "initial_lr": -1.0}, "initial_lr is -1.0"),
    ({"schedule": {"kind": "cosine"}, "seed": -1}, "seed is -1; allowed is a whole number from 0"),
    ({"schedule": {"kind": "cosine"}, "colour": 1}, "colour is not a known field; allowed is one"),
    ({"schedule": {"kind": "cosine", "base_lr": -1}}, "schedule.base_lr is -1; allowed is"),
    ({"schedule": "cosine"}, "allowed is a JSON object"),
    ({"schedule": {"kind": "cosine"}, "epochs": 1000, "batch_size": 1}, "allowed are 3000000"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "sentence"), BAD_EXPERIMENTS)
def test_a_bad_experiment_is_refused_in_one_sentence(spec: dict, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Experiment.parse(spec)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "3", "[" * 100_000, "{" * 5000, '"cosine"',
                                  "x" * 2_000_000])  # fmt: skip
def test_text_that_is_no_object_is_refused(text: str) -> None:
    for read in (Schedule.parse, Experiment.parse):
        with pytest.raises(InvalidInput):
            read(text)


def nested(depth: int) -> dict:
    spec: dict = {"kind": "constant"}
    for _ in range(depth - 1):
        spec = {"kind": "clamp", "inner": spec}
    return spec


def test_nesting_is_allowed_to_16_levels() -> None:
    assert Schedule.parse(nested(16)).rates(epochs=1)[0] == 0.3
    with pytest.raises(InvalidInput, match=r"nests 17 deep; allowed are 16"):
        Schedule.parse(nested(17))
    with pytest.raises(InvalidInput, match="allowed are 16"):
        Schedule.parse(nested(900))


def test_a_schedule_has_at_most_200_parts() -> None:
    parts = [{"schedule": {"kind": "constant"}, "length": 1} for _ in range(199)]
    assert len(Schedule.parse({"kind": "sequence", "parts": parts}).rates()) == 30
    with pytest.raises(InvalidInput, match="200"):
        Schedule.parse({"kind": "sequence", "parts": [*parts, parts[0]]})


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
names = st.sampled_from(
    [n for c in Schedule.kinds.values() for n in c.parameters()] + ["kind", "x"]
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(Schedule.kinds)), st.dictionaries(names, json_values, max_size=4))
def test_any_values_are_used_or_refused_never_a_crash(kind: str, fields: dict) -> None:
    try:
        rates = Experiment.parse({"schedule": {**fields, "kind": kind}, "epochs": 2}).rates()
    except InvalidInput:
        return
    assert (rates >= 0).all()


words = st.sampled_from(
    [*FUNCTIONS, "t", "T", "base_lr", "pi", "(", ")", ",", "+", "-", "*", "/", "**", "%", "<", "==",
     "9", "0.1", "1e300", "a", "lambda", "import", "'x'", "[", ".", "not ", "if ", " else ", "\n"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(words, max_size=30).map("".join) | st.text(max_size=2000))
@example("(" * 1999)
@example("-" * 1999 + "1")
@example("t**" * 600 + "t")
@example("t+" * 900 + "t")
@example("min(" * 300 + "t")
@example("\x00")
@example("t\ud800")
def test_any_text_as_a_formula_is_answered_or_refused(text: str) -> None:
    began = time.monotonic()
    try:
        rates = Experiment.parse({"kind": "formula", "expression": text}).rates()
    except InvalidInput:
        rates = np.zeros(1)
    assert np.isfinite(rates).all()
    assert time.monotonic() - began < 5, "the parser hangs"
