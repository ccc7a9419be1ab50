"""The calls that the conventions compare, run in the libraries themselves, give their curves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.schedules import Schedule
from lrlab.schedules.conventions import Difference, Variant, first_difference, variants
from tests.schedules.export.drivers import mxnet_schedulers
from tests.schedules.importing.oracles import (
    optimizer,
    rates,
    run_function,
    run_torch,
)

keras = pytest.importorskip("keras")
optax = pytest.importorskip("optax")
jax = pytest.importorskip("jax")
timm = pytest.importorskip("timm.scheduler")
hugging = pytest.importorskip("transformers.optimization")

T, TICKS = 30, 45
EXAMPLES = settings(max_examples=50, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def _doubles() -> Iterator[None]:
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)
    keras.config.set_floatx(before)


def timm_rates(text: str, base_lr: float) -> np.ndarray:
    opt = optimizer(base_lr)
    scheduler = eval(text, {**vars(timm), "opt": opt})  # noqa: S307  (our own text)
    found = []
    for tick in range(TICKS):
        found.append(opt.param_groups[0]["lr"])
        scheduler.step(tick + 1)
    return np.array(found)


def book_rates(text: str, base_lr: float) -> np.ndarray:
    """The chapter's loop: the first epoch at the optimizer's rate, then scheduler(epoch)."""
    if "Multi" in text:
        return run_torch(text, base_lr, vars(torch.optim.lr_scheduler), TICKS)
    asked = run_function(text, vars(mxnet_schedulers()), TICKS)
    return np.concatenate([[base_lr], asked[:-1]])


def their_rates(variant: Variant, base_lr: float) -> np.ndarray:
    """Run the variant's own call in its library."""
    text = variant.call
    ticks = TICKS if variant.ends is None else int(variant.ends)
    return {
        "PyTorch": lambda: run_torch(text, base_lr, vars(torch.optim.lr_scheduler), ticks),
        "Transformers": lambda: run_torch(text, base_lr, vars(hugging), TICKS),
        "Keras": lambda: run_function(text, vars(keras.optimizers.schedules), TICKS),
        "optax": lambda: run_function(text, vars(optax), TICKS),
        "timm": lambda: timm_rates(text, base_lr),
        "MXNet": lambda: run_function(text, vars(mxnet_schedulers()), TICKS),
        "D2L": lambda: book_rates(text, base_lr),
    }[variant.library]()


def check(spec: dict[str, Any], base_lr: float) -> dict[str, Variant]:
    """Every variant is its library's curve; one that says "same" is ours to its last tick."""
    schedule, t = Schedule.parse(spec), np.arange(TICKS, dtype=float)
    found = {each.library: each for each in variants(schedule, T)}
    for each in found.values():
        if each.schedule is None or each.library == "fastai":
            continue
        expected = their_rates(each, base_lr)
        ours = each.at(t, T)
        np.testing.assert_allclose(
            ours[: len(expected)], expected, rtol=1e-6, atol=1e-9 * base_lr, err_msg=each.library
        )
        if each.words == "same":
            assert first_difference(each, schedule, t, T) is None, each.library
    return found


# A call is written in seven digits, whose rounding grows with each power.
factors = st.integers(1000, 9000).map(lambda n: n / 10_000)
milestones = st.lists(st.integers(1, 40), min_size=1, max_size=4).map(sorted)


@EXAMPLES
@given(rates, milestones, factors)
def test_multistep(lr: float, at: list[int], factor: float) -> None:
    found = check({"kind": "multistep", "base_lr": lr, "milestones": at, "factor": factor}, lr)
    assert ("cannot" in found["MXNet"].words) == (len(set(at)) < len(at))


@EXAMPLES
@given(rates, st.integers(1, 20), factors)
def test_a_staircase(lr: float, every: int, factor: float) -> None:
    check(
        {"kind": "exponential", "base_lr": lr, "every": every, "factor": factor,
         "staircase": True}, lr,
    )  # fmt: skip


lasts = st.just(0.0) | st.floats(1e-5, 0.1)


@EXAMPLES
@given(rates, lasts, st.integers(1, 35))
def test_cosine_and_past_its_end(lr: float, last: float, length: int) -> None:
    check({"kind": "cosine", "base_lr": lr, "final_lr": last, "length": length}, lr)


@EXAMPLES
@given(rates, lasts, st.integers(1, 20), st.integers(1, 10), st.just(0.0) | st.floats(0.01, 0.9))
def test_cosine_with_warmup(lr: float, last: float, length: int, warmup: int, part: float) -> None:
    inner = {"kind": "cosine", "base_lr": lr, "final_lr": last, "length": length}
    check({"kind": "warmup", "length": warmup, "begin_lr": lr * part, "inner": inner}, lr)


@EXAMPLES
@given(rates, st.integers(5, 40), st.floats(0.25, 0.45), st.sampled_from(["cosine", "linear"]),
       st.booleans())  # fmt: skip
def test_one_cycle(top: float, length: int, pct: float, shape: str, three: bool) -> None:
    spec = {
        "kind": "one_cycle", "max_lr": top, "length": length, "pct_start": round(pct, 3),
        "shape": shape, "three_phase": three,
    }  # fmt: skip
    check(spec, top)


def test_fastai_ends_at_the_top_over_final_div() -> None:
    """fastai's combined_cos, as it is written in its documentation."""
    found = {v.library: v for v in variants(Schedule.parse({"kind": "one_cycle"}), T)}

    def cos(start: float, end: float, part: float) -> float:
        return start + (1 + math.cos(math.pi * (1 - part))) * (end - start) / 2

    def combined(part: float) -> float:
        if part < 0.3:
            return cos(0.3 / 25, 0.3, part / 0.3)
        return cos(0.3, 0.3 / 1e4, (part - 0.3) / 0.7)

    expected = [combined(t / T) for t in range(T)]
    np.testing.assert_allclose(found["fastai"].at(np.arange(T), T), expected, rtol=1e-9)


def test_the_first_difference_names_the_tick_and_both_rates() -> None:
    schedule, t = Schedule.parse({"kind": "multistep"}), np.arange(30.0)
    found = {v.library: v for v in variants(schedule, T)}
    apart = {name: first_difference(v, schedule, t, T) for name, v in found.items()}
    assert apart["PyTorch"] is None
    assert apart["MXNet"] == Difference(15.0, 0.25, 0.5)
    assert apart["timm"] == Difference(14.0, 0.5, 0.25)


def test_past_its_last_step_torch_has_no_rate() -> None:
    schedule = Schedule.parse({"kind": "one_cycle", "length": 20})
    torch_own = variants(schedule, T)[0]
    assert np.isnan(torch_own.at(np.array([19.0, 20.0]), T)).tolist() == [False, True]


@pytest.mark.parametrize(
    "spec",
    [{"kind": "rex"}, {"kind": "constant"}, {"kind": "warmup", "inner": {"kind": "rex"}},
     {"kind": "warmup", "mode": "cosine"}, {"kind": "cosine", "exponent": 2},
     {"kind": "exponential"}],
)  # fmt: skip
def test_where_no_difference_is_known_there_is_nothing_to_compare(spec: dict[str, Any]) -> None:
    assert variants(Schedule.parse(spec), T) == []


@pytest.mark.parametrize(
    "spec",
    [{"kind": "multistep", "milestones": [2.5]}, {"kind": "multistep", "milestones": []},
     {"kind": "cosine", "length": 2.5}, {"kind": "one_cycle", "length": 1, "pct_start": 0},
     {"kind": "cosine", "base_lr": 0}, {"kind": "multistep", "milestones": [0, 1, 1]},
     {"kind": "warmup", "begin_lr": 5}],
)  # fmt: skip
def test_words_that_a_library_refuses_are_said_so(spec: dict[str, Any]) -> None:
    for each in variants(Schedule.parse(spec), T):
        assert each.schedule or "cannot be written" in each.words or "no such" in each.words
