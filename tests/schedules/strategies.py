"""Hypothesis strategies that make any schedule from the catalogue's own parameter tables."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lrlab.schedules import Schedule
from lrlab.schedules.parameters import Parameter

FORMULAS = (
    "base_lr * (1 + cos(pi * t / T)) / 2",
    "base_lr * a ** (t / T) + b",
    "where(t < T / 3, base_lr, base_lr * exp(-b * (t - T / 3)))",
    "abs(sin(t)) * max(a, b, 0.001) + mod(t, 3) / 100 + min(floor(t), ceil(a)) * 0",
    "base_lr * sqrt(1 / (1 + t)) * where(1 < t <= 9, tanh(1 + b), 1)",
)


def numbers(parameter: Parameter) -> st.SearchStrategy[float]:
    """Values a person would choose: inside the slider's range, short decimals among them."""
    low, high = float(parameter.slider_min or 0), float(parameter.slider_max or 1)
    low = low or (1e-3 if parameter.above else 0.0)
    return st.floats(low, high) | st.integers(1, max(1, int(high))).map(float)


def integers(parameter: Parameter) -> st.SearchStrategy[int]:
    return st.integers(int(parameter.slider_min or 0), int(parameter.slider_max or 1))


def lists(parameter: Parameter) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(0, 60), min_size=1, max_size=6, unique=True).map(sorted)


def piecewise() -> st.SearchStrategy[dict[str, Any]]:
    pairs = st.dictionaries(
        st.integers(0, 600).map(lambda n: n / 10), st.floats(1e-4, 5), min_size=1, max_size=7
    )
    kinds = st.sampled_from(["constant", "linear", "cosine", "log"])
    return st.builds(
        lambda points, interpolation: {
            "kind": "piecewise",
            "times": sorted(points),
            "rates": [points[time] for time in sorted(points)],
            "interpolation": interpolation,
        },
        pairs,
        kinds,
    )


def formulas() -> st.SearchStrategy[dict[str, Any]]:
    constants = st.fixed_dictionaries({"a": st.floats(0.01, 2), "b": st.floats(0, 2)})
    return st.fixed_dictionaries(
        {
            "kind": st.just("formula"),
            "expression": st.sampled_from(FORMULAS),
            "constants": constants,
            "base_lr": st.floats(1e-4, 2),
        }
    )


def one(kind: str, inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """A spec of `kind` with random parameters; nested schedules come from `inner`."""
    if kind == "piecewise":
        return piecewise()
    if kind == "formula":
        return formulas()
    fields: dict[str, Any] = {"kind": st.just(kind)}
    for name, parameter in Schedule.kinds[kind].parameters().items():
        fields[name] = _field(parameter, inner)
    return st.fixed_dictionaries(fields).map(_mend)


def _field(parameter: Parameter, inner: st.SearchStrategy[dict[str, Any]]) -> Any:
    if parameter.type in ("number", "integer"):
        values = numbers(parameter) if parameter.type == "number" else integers(parameter)
        return values | st.none() if parameter.optional else values
    return {
        "list": lists(parameter),
        "choice": st.sampled_from(parameter.choices or ("",)),
        "boolean": st.booleans(),
        "schedule": inner,
        "schedules": st.lists(inner, min_size=1, max_size=4),
        "parts": st.lists(
            st.fixed_dictionaries({"schedule": inner, "length": st.floats(0.5, 20)}),
            min_size=1,
            max_size=4,
        ),
    }[parameter.type]


def _mend(spec: dict[str, Any]) -> dict[str, Any]:
    """Put right what only fits together: bounds in order, a positive end for a power."""
    kind = spec["kind"]
    if kind == "clamp" and spec["max_lr"] is not None:
        spec["min_lr"], spec["max_lr"] = sorted([spec["min_lr"], spec["max_lr"]])
    if kind == "greedy":
        spec["min_lr"], spec["max_lr"] = sorted([spec["min_lr"], spec["max_lr"]])
        spec["factor"] = max(spec["factor"], 0.1)
    if kind == "one_cycle" and spec["three_phase"]:
        spec["pct_start"] /= 2
    if kind == "wsd" and spec["length"] is not None:
        spec["length"] += spec["warmup"] + spec["decay"]
    if kind == "noise" and spec["to"] is not None:
        spec["to"] += spec["from"] + 1
    # Of a kind's choices, the exponential ones must not begin or end at zero.
    if "exponential" in (spec.get("mode"), spec.get("shape"), spec.get("decay_shape")):
        for name in {"begin_lr", "final_lr", "start_lr", "end_lr"} & spec.keys():
            spec[name] = max(spec[name], 1e-4)
    return spec


COMBINATORS = [kind for kind, cls in Schedule.kinds.items() if cls.group == "Combinators"]
# What they decide depends on a run; undecided, they are constant.
ADAPTIVE = [kind for kind, cls in Schedule.kinds.items() if cls.adaptive]
FAMILIES = [kind for kind in Schedule.kinds if kind not in COMBINATORS + ADAPTIVE]


def specs(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Any spec, nested to `depth` combinators."""
    strategy = st.one_of([one(kind, st.nothing()) for kind in FAMILIES])
    for _ in range(depth):
        strategy = strategy | st.one_of([one(kind, strategy) for kind in COMBINATORS])
    return strategy
