"""The adaptive rules, decision for decision, against the classes that people know them from."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrlab import Schedule
from lrlab.schedules import Greedy, Plateau
from lrlab.schedules.adaptive import METRICS

EXAMPLES = settings(max_examples=300, deadline=None)

# Few different values, so that ties, plateaus and near misses of the threshold are common.
values = st.one_of(
    st.sampled_from([0.5, 0.49, 0.4999, 0.1, 2.0, 0.0, -1.0, float("nan"), float("inf")]),
    st.floats(0, 3),
)
series = st.lists(values, max_size=60)
rates = st.floats(1e-6, 2) | st.sampled_from([0.3, 1e-8, 0.0])
metrics = st.sampled_from(METRICS)

plateaus = st.fixed_dictionaries(
    {
        "kind": st.just("plateau"),
        "base_lr": rates,
        "factor": st.floats(0, 0.99) | st.sampled_from([0.1, 0.5, 0.0, 0.999999]),
        "patience": st.integers(0, 6),
        "threshold": st.floats(0, 0.5) | st.sampled_from([0.0, 1e-4, 1.0, 2.0]),
        "threshold_mode": st.sampled_from(["rel", "abs"]),
        "cooldown": st.integers(0, 5),
        "min_lr": st.sampled_from([0.0, 1e-3, 0.1, 5.0]),
        "metric": metrics,
    }
)
greedies = st.fixed_dictionaries(
    {
        "kind": st.just("greedy"),
        "base_lr": rates,
        "factor": st.floats(0.1, 0.99),
        "patience": st.integers(0, 5),
        "min_lr": st.sampled_from([0.0, 1e-3, 0.1, 0.3]),
        "max_lr": st.sampled_from([0.3, 1.0, 5.0]),
        "smooth": st.booleans(),
        "window": st.integers(1, 6),
        "threshold": st.sampled_from([0.0, 1e-6, 0.01]),
        "reset": st.integers(1, 4) | st.just(500),
        "metric": metrics,
    }
)


def decided(rule: Any, metric: str, values: list[float]) -> list[float]:
    state, found = rule.begin(), []
    for value in values:
        state = rule.observe(state, {metric: value})
        found.append(state["lr"])
    return found


def stepped(scheduler: Any, optimizer: torch.optim.Optimizer, values: list[float]) -> list[float]:
    found = []
    for value in values:
        scheduler.step(value)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def sgd(lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def mode(spec: dict[str, Any]) -> str:
    return "max" if spec["metric"] == "test_acc" else "min"


@EXAMPLES
@given(plateaus, series)
def test_plateau_is_torchs_reduce_lr_on_plateau(spec: dict[str, Any], values: list[float]) -> None:
    rule = Schedule.parse(spec)
    optimizer = sgd(spec["base_lr"])
    names = ("factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr")
    theirs = ReduceLROnPlateau(optimizer, mode(spec), **{name: spec[name] for name in names})  # type: ignore[arg-type]
    assert decided(rule, spec["metric"], values) == stepped(theirs, optimizer, values)


# A rise after a fall at the lowest rate lets the falls be counted anew.
RISEN = {"kind": "greedy", "base_lr": 0.15, "factor": 0.5, "patience": 0, "min_lr": 0.1,
         "max_lr": 5.0, "smooth": False, "window": 1, "threshold": 0.0, "reset": 2,
         "metric": "test_loss"}  # fmt: skip


@EXAMPLES
@given(greedies, series)
@example(RISEN, [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.6, 0.4])
def test_greedy_is_transformers_greedy_lr(spec: dict[str, Any], values: list[float]) -> None:
    optimization = pytest.importorskip("transformers.optimization")
    rule = Schedule.parse(spec)
    optimizer = sgd(spec["base_lr"])
    names = ("factor", "patience", "threshold", "min_lr", "max_lr", "smooth")
    theirs = optimization.GreedyLR(
        optimizer, mode(spec), window_size=spec["window"], reset_start=spec["reset"],
        **{name: spec[name] for name in names},
    )  # fmt: skip
    assert decided(rule, spec["metric"], values) == stepped(theirs, optimizer, values)


def test_the_defaults_of_plateau_are_torchs() -> None:
    theirs = ReduceLROnPlateau(sgd(0.3))
    ours = Plateau()
    assert (ours.factor, ours.patience, ours.threshold, ours.threshold_mode, ours.cooldown) == (
        theirs.factor, theirs.patience, theirs.threshold, theirs.threshold_mode, theirs.cooldown
    )  # fmt: skip
    assert [ours.min_lr] == theirs.min_lrs


def test_a_drop_comes_after_more_bad_epochs_than_the_patience() -> None:
    rule = Plateau(base_lr=1.0, factor=0.5, patience=2)
    losses = [1.0, 1.0, 1.0, 1.0, 1.0]
    assert decided(rule, "test_loss", losses) == [1.0, 1.0, 1.0, 0.5, 0.5]


def test_a_figure_that_is_missing_is_no_improvement() -> None:
    rule = Plateau(base_lr=1.0, patience=0)
    assert rule.observe(rule.begin(), {"test_loss": None})["lr"] == 0.1
    assert rule.observe(rule.begin(), {"test_acc": 0.9})["lr"] == 0.1


def test_greedy_rises_while_it_improves_and_falls_while_it_does_not() -> None:
    rule = Greedy(base_lr=0.4, factor=0.5, patience=0, max_lr=1.0)
    assert decided(rule, "test_loss", [3.0, 2.0, 2.0, 2.0]) == [0.8, 1.0, 0.5, 0.25]


def test_bounds_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match=r"max_lr is 0\.1; allowed is a number from min_lr, 0\.2"):
        Schedule.parse({"kind": "greedy", "min_lr": 0.2, "max_lr": 0.1})
