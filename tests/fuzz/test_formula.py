"""Texts by a fuzzer and by grammar: a formula's reader answers or refuses, and runs nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.schedules import Schedule
from lrlab.schedules.formula import FUNCTIONS
from tests.fuzz.refusal import refusal

ROOT = Path(__file__).parents[2]
EXAMPLES = settings(max_examples=300, deadline=None)

leaves = st.sampled_from(["t", "T", "base_lr", "pi", "a"]) | st.floats(0, 1e12).map(repr)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = sorted(set(FUNCTIONS) - {"where"})
    calls = st.sampled_from(names).flatmap(
        lambda name: st.lists(inner, min_size=FUNCTIONS[name][0], max_size=FUNCTIONS[name][0]).map(
            lambda arguments: f"{name}({', '.join(arguments)})"
        )
    )
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "**"]), inner)
    choices = st.tuples(inner, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner, inner)
    return (
        calls
        | pairs.map(lambda p: f"({p[0]} {p[1]} {p[2]})")
        | choices.map(lambda c: f"where({c[0]} {c[1]} {c[2]}, {c[3]}, t)")
    )


@EXAMPLES
@given(st.recursive(leaves, grown, max_leaves=30))
def test_every_text_of_the_grammar_gives_rates_or_says_where_it_does_not(text: str) -> None:
    schedule = Schedule.parse({"kind": "formula", "expression": text, "constants": {"a": 1.5}})
    sentence = refusal(lambda: schedule.rates(epochs=5))
    assert sentence is None or "allowed are finite numbers" in sentence


@EXAMPLES
@given(st.text(max_size=2000))
def test_any_other_text_is_refused_in_one_sentence(text: str) -> None:
    sentence = refusal(lambda: Schedule.parse({"kind": "formula", "expression": text}))
    assert sentence is None or "\n" not in sentence


def test_a_fuzzer_finds_no_text_that_does_anything_else(tmp_path: Path) -> None:
    # No limit on the whole: a child's peak counts its parent's memory, here a test run's.
    options = ["-runs=8000", "-seed=1", "-timeout=10", "-rss_limit_mb=0", "-malloc_limit_mb=512",
               "-max_len=400"]  # fmt: skip
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.fuzz.formula_target",
            *options,
            f"-artifact_prefix={tmp_path}/",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert found.returncode == 0, found.stderr[-2000:]
    assert "Done 8000" in found.stderr
