"""The landscapes: what the browser needs to draw them, and what of them stands in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from lrlab.errors import InvalidInput, shown
from lrlab.experiment import Experiment
from lrlab.ui.component import component
from lrlab.ui.text import _, spoken, texts

_mount = component("landscape")

KEY = "landscape"
PROBLEMS = ("quadratic", "rosenbrock", "saddle", "double-well", "logistic", "posterior")
SHAPE = 400  # points of the schedule that the browser gets
# name → (first value, lowest, highest)
NUMBERS: dict[str, tuple[float, float, float]] = {
    "peak": (0.3, 0.001, 3.0),
    "momentum": (0.0, 0.0, 0.95),
    "noise": (0.2, 0.0, 2.0),
    "condition": (10.0, 1.0, 100.0),
    "steps": (100, 10, 400),
    "seed": (0, 0, 99),
    "a": (0.01, 0.0001, 0.1),
    "b": (10.0, 1.0, 1000.0),
    "gamma": (0.55, 0.51, 1.0),
}
WHOLE = {"steps", "seed"}
WORDS = {"problem": PROBLEMS, "injected": ("yes", "no")}


def chosen(query: Mapping[str, str]) -> dict[str, Any]:
    """Return what an address says of the landscape. Raises InvalidInput."""
    found: dict[str, Any] = {name: first for name, (first, _low, _high) in NUMBERS.items()}
    found |= {"problem": PROBLEMS[0], "injected": "yes", "start": None}
    for name, allowed in WORDS.items():
        if name in query:
            if query[name] not in allowed:
                raise InvalidInput(
                    name,
                    "is {value}; allowed are {names}.",
                    value=shown(query[name]),
                    names=", ".join(allowed),
                )
            found[name] = query[name]
    found |= {name: _number(name, query[name]) for name in NUMBERS if name in query}
    if "start" in query:
        found["start"] = _start(query["start"])
    return found


def _number(name: str, text: str) -> float:
    _first, low, high = NUMBERS[name]
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InvalidInput(
            name,
            "is {value}; allowed is a number from {low:g} to {high:g}.",
            value=shown(text),
            low=low,
            high=high,
        )
    return int(value) if name in WHOLE else value


def _start(text: str) -> list[float]:
    if not re.fullmatch(r"-?\d{1,2}(\.\d{1,6})?,-?\d{1,2}(\.\d{1,6})?", text):
        raise InvalidInput(
            "start", "is {value}; allowed are two numbers, as -2,1.2.", value=shown(text)
        )
    return [float(part) for part in text.split(",")]


def address(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the query of what was chosen; what is at its first value is left out."""
    first = chosen({})
    query = {
        name: value if isinstance(value, str) else f"{value:g}"
        for name, value in values.items()
        if name != "start" and name in first and value != first[name]
    }
    if values.get("start"):
        query["start"] = ",".join(f"{float(each):.4f}" for each in values["start"])
    return query


def schedule_query(query: Mapping[str, str]) -> dict[str, str]:
    """Return an experiment's query without what has another meaning on this screen."""
    return {name: text for name, text in query.items() if name not in chosen({})}


def landscape(one: Experiment, values: Mapping[str, Any]) -> dict[str, Any]:
    """Show the landscape with the experiment's schedule; return what a hand chose since."""
    _mount(
        key=KEY,
        data={
            "shape": shape(one),
            "chosen": dict(values),
            "controls": _controls(),
            "texts": _texts(),
        },
        on_chosen_change=lambda: None,
    )
    sent = (st.session_state.get(KEY) or {}).get("chosen")
    return dict(values) | sent if isinstance(sent, dict) else dict(values)


def shape(one: Experiment) -> list[float]:
    """Return the schedule's rates over its run, at most `SHAPE` of them, its highest 1."""
    rates = one.rates()
    places = np.linspace(0, len(rates) - 1, min(SHAPE, len(rates))).round().astype(int)
    highest = float(rates.max()) or 1.0
    return [float(rate) / highest for rate in rates[places]]


@spoken
def _controls() -> list[dict[str, Any]]:
    paths = list(PROBLEMS[:-1])

    def slider(name: str, label: str, only: list[str], step: float = 0, log: bool = False) -> Any:
        _first, low, high = NUMBERS[name]
        return {"name": name, "label": label, "min": low, "max": high, "step": step, "log": log,
                "only": only}  # fmt: skip

    return [
        {"name": "problem", "label": _("Problem"), "options": _problems()},
        slider("peak", _("Peak rate"), paths, log=True),
        slider("momentum", _("Momentum"), paths, 0.01),
        slider("noise", _("Gradient noise"), paths, 0.01),
        slider("condition", _("Condition number"), ["quadratic"], log=True),
        slider("steps", _("Steps"), paths, 1),
        slider("a", _("a, of the step a·(b + t)^(−γ)"), ["posterior"], log=True),
        slider("b", "b", ["posterior"], log=True),
        slider("gamma", "γ", ["posterior"], 0.01),
        {"name": "injected", "label": _("Injected noise"), "only": ["posterior"],
         "options": [["yes", _("yes: SGLD")], ["no", _("no: plain SGD")]]},
        slider("seed", _("Seed"), list(PROBLEMS), 1),
    ]  # fmt: skip


def _problems() -> list[list[str]]:
    words = {
        "quadratic": _("Quadratic"), "rosenbrock": "Rosenbrock", "saddle": _("Saddle"),
        "double-well": _("Double well"), "logistic": _("Logistic regression"),
        "posterior": _("Sampling a posterior (SGLD)"),
    }  # fmt: skip
    return [[name, words[name]] for name in PROBLEMS]


def explained(problem: str) -> str:
    """Return what is to be seen on a problem."""
    if problem == "posterior":
        return _(
            "The posterior of a Gaussian mean is known. Each step follows the gradient of a "
            "minibatch and adds noise as large as the step: the samples fill in the posterior. "
            "Without that noise it is optimisation, and the histogram is too narrow."
        )
    if problem == "quadratic":
        return _(
            "Noise in the gradients keeps the loss from falling below a floor that grows with "
            "the rate: at a constant rate η it is ησ²/(4 − 2ηλ) for each curvature λ. A rate "
            "that falls takes the floor along."
        )
    return _("Drag the start, or move it by the arrow keys, and see where the schedule leads.")


@spoken
def _texts() -> dict[str, str]:
    return texts(
        "This path",
        "Mean of {n} paths",
        "Expected, in closed form",
        "Learning rate",
        "Step",
        "Loss",
        "After {steps} steps at ({x}, {y}), loss {loss}.",
        "Diverged at step {step}.",
        "The rate {rate} is above {edge}, where this quadratic is no longer stable.",
        "The path on the contours; arrow keys move its start.",
        "Samples",
        "True posterior",
        "Parameter",
        "Density",
        "Samples: mean {mean}, deviation {sd}. True posterior: mean {true_mean}, deviation "
        "{true_sd}.",
    )
