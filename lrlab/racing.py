"""A race: experiments that differ in a few parameters, each trained from several seeds.

What the entries are called and which parameters they differ in is read from the experiments
themselves, so runs that are in the store already race like those that were swept for it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from lrlab.comparing import without_seed
from lrlab.errors import InvalidInput, shown
from lrlab.experiment import Experiment

MOST_RUNS = 64
MOST_AXES = 2
DIGITS = 4  # of a swept value: what a person would type

Spacing = Literal["linear", "log"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One swept parameter: its dotted path in the schedule, as "inner.length", and its values.

    Raises InvalidInput for a range that has no such values.
    """

    parameter: str
    low: float
    high: float
    count: int
    spacing: Spacing = "linear"

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_RUNS:
            raise InvalidInput(
                "count",
                "is {value}; allowed are 1 to {most} values.",
                value=shown(self.count),
                most=MOST_RUNS,
            )
        if not self.low < self.high and self.count > 1:
            raise InvalidInput(
                self.parameter,
                "goes from {low:g} to {high:g}; allowed is upwards.",
                low=self.low,
                high=self.high,
            )
        if self.spacing == "log" and self.low <= 0:
            raise InvalidInput(
                self.parameter,
                "starts at {low:g}; allowed with equal factors is a number above 0.",
                low=self.low,
            )

    def at(self, part: float) -> float:
        """Return the value at a part, 0 to 1, of the range."""
        if self.spacing == "log":
            value = self.low * (self.high / self.low) ** part
        else:
            value = self.low + (self.high - self.low) * part
        return float(f"{value:.{DIGITS}g}")

    def values(self) -> list[float]:
        """Return the values, both ends among them."""
        return [self.at(step / max(1, self.count - 1)) for step in range(self.count)]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A base experiment and the parameters that vary: all combinations, or a Latin square's.

    The Latin design takes as many entries as its longer axis has values, each value of an axis
    once, in an order drawn by `drawn_by`.
    """

    base: Experiment
    axes: tuple[Axis, ...]
    seeds: int = 3
    design: Literal["grid", "latin"] = "grid"
    drawn_by: int = 0

    def entries(self) -> list[Experiment]:
        """Return the experiments, at the base's seed. Raises InvalidInput."""
        if len(self.axes) > MOST_AXES:
            raise InvalidInput(
                "axes",
                "are {count}; allowed are {most} parameters at most.",
                count=len(self.axes),
                most=MOST_AXES,
            )
        if not 1 <= self.seeds <= MOST_RUNS:
            raise InvalidInput(
                "seeds",
                "is {value}; allowed are 1 to {most}.",
                value=shown(self.seeds),
                most=MOST_RUNS,
            )
        names = [axis.parameter for axis in self.axes]
        found = [varied(self.base, dict(zip(names, each, strict=True))) for each in self._points()]
        if len(found) * self.seeds > MOST_RUNS:
            raise InvalidInput(
                "runs",
                "are {count} schedules of {seeds} seeds; allowed are {most} runs in all.",
                count=len(found),
                seeds=self.seeds,
                most=MOST_RUNS,
            )
        return found

    def experiments(self) -> list[Experiment]:
        """Return every entry from each seed, entry by entry."""
        return [
            with_seed(entry, entry.seed + more)
            for entry in self.entries()
            for more in range(self.seeds)
        ]

    def _points(self) -> list[tuple[float, ...]]:
        if self.design == "grid" or len(self.axes) < MOST_AXES:
            return list(product(*(axis.values() for axis in self.axes)))
        count = max(axis.count for axis in self.axes)
        draw = random.Random(self.drawn_by)
        parts = [draw.sample(range(count), count) for _ in self.axes]
        columns = [
            [axis.at(place / max(1, count - 1)) for place in places]
            for axis, places in zip(self.axes, parts, strict=True)
        ]
        return list(zip(*columns, strict=True))


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    """Return the experiment with another seed."""
    return Experiment.parse(json.loads(experiment.canonical()) | {"seed": seed})


def varied(experiment: Experiment, values: Mapping[str, float]) -> Experiment:
    """Return the experiment with other parameters of its schedule, by their dotted paths.

    Raises InvalidInput for a path that is not in the schedule and a value out of its range.
    """
    spec = experiment.schedule.spec()
    for path, value in values.items():
        _put(spec, path, value)
    return Experiment.parse(json.loads(experiment.canonical()) | {"schedule": spec})


def parameters(experiment: Experiment) -> dict[str, float | None]:
    """Return the numbers that a sweep may vary, by dotted path; None: left to the run's length."""
    return dict(_numbers(experiment.schedule.spec(), ""))


def entries(experiments: Sequence[Experiment]) -> dict[str, list[int]]:
    """Return the places of the experiments that are the same but for their seed, by what it is."""
    found: dict[str, list[int]] = {}
    for place, experiment in enumerate(experiments):
        found.setdefault(without_seed(experiment), []).append(place)
    return found


def differing(experiments: Sequence[Experiment]) -> dict[str, list[float]]:
    """Return the parameters of the schedules that differ, with each experiment's value.

    Empty where the schedules are not alike but for numbers.
    """
    each = [parameters(experiment) for experiment in experiments]
    first = each[0] if each else {}
    shapes = {_shape(experiment.schedule.spec()) for experiment in experiments}
    if len(shapes) != 1:
        return {}
    columns = {path: [other.get(path) for other in each] for path in first}
    return {
        path: [float(value) for value in column if value is not None]
        for path, column in columns.items()
        if len(set(column)) > 1 and None not in column
    }


def _put(spec: Any, path: str, value: float) -> None:
    *way, last = path.split(".")
    for step in way:
        spec = spec[int(step)] if isinstance(spec, list) else spec.get(step)
        if not isinstance(spec, dict | list):
            break
    if not isinstance(spec, dict) or last not in spec:
        raise InvalidInput(
            "parameter", "is {value}; allowed is one of the schedule's.", value=shown(path)
        )
    whole = isinstance(spec[last], int) and not isinstance(spec[last], bool)
    spec[last] = round(value) if whole else value


def _numbers(spec: Any, before: str) -> list[tuple[str, float | None]]:
    items = enumerate(spec) if isinstance(spec, list) else spec.items()
    found: list[tuple[str, float | None]] = []
    for name, value in items:
        path = f"{before}{name}"
        if isinstance(value, dict) or (isinstance(value, list) and _nested(value)):
            found += _numbers(value, f"{path}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append((path, float(value)))
        elif value is None:
            found.append((path, None))
    return found


def _nested(values: list[Any]) -> bool:
    return any(isinstance(value, dict) for value in values)


def _shape(spec: Any) -> str:
    """Return what is left of a schedule when its numbers are taken out."""
    if isinstance(spec, dict):
        return "{" + ",".join(f"{name}:{_shape(spec[name])}" for name in sorted(spec)) + "}"
    if isinstance(spec, list):
        return "[" + ",".join(map(_shape, spec)) + "]"
    numeric = isinstance(spec, int | float) and not isinstance(spec, bool)
    return "#" if numeric else json.dumps(spec)
