"""The finished runs that ship with the lessons: real ones, with what trained them.

`recorded.jsonl.gz` beside this file has a line a run, written by `tools/lessons.py`; runs of
entries that are the same experiment are there once. Nothing here is computed or smoothed.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import nan, sqrt
from pathlib import Path
from typing import Any

from lrlab.experiment import Experiment
from lrlab.lessons.programme import SEEDS, entries
from lrlab.records import Diverged, Evaluation, Finished, Measure, Point

FILE = Path(__file__).with_name("recorded.jsonl.gz")
CHANCE = 0.1  # the test accuracy of one answer for all: ten classes of as many images each


@dataclass(frozen=True, slots=True)
class Recorded:
    """One real run: its records, and on what it was trained, with which version, and when."""

    experiment: Experiment
    points: tuple[Point, ...]
    evaluations: tuple[Evaluation, ...]
    measures: tuple[Measure, ...]
    last: Finished | Diverged
    hardware: Mapping[str, Any]


@cache
def runs() -> dict[tuple[str, str], list[Recorded]]:
    """Return each entry's runs, by (group, name), in the order of their seeds; read once."""
    known = _by_experiment()
    return {
        (entry.group, entry.name): [
            known[text]
            for seed in range(SEEDS)
            if (text := entry.experiment(seed).canonical()) in known
        ]
        for entry in entries()
    }


def group(name: str) -> dict[str, list[Recorded]]:
    """Return the runs of a group's entries by the entries' names, in the programme's order."""
    return {entry: found for (each, entry), found in runs().items() if each == name}


def _by_experiment() -> dict[str, Recorded]:
    if not FILE.exists():
        return {}
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        read = [_run(json.loads(line)) for line in lines]
    return {run.experiment.canonical(): run for run in read}


def _run(line: dict[str, Any]) -> Recorded:
    last = {"finished": Finished, "diverged": Diverged}[line["last"].pop("event")]
    return Recorded(
        Experiment.parse(line["experiment"]),
        tuple(Point(*_numbers(row)) for row in line["points"]),
        tuple(Evaluation(*_numbers(row)) for row in line["evaluations"]),
        tuple(Measure(*_numbers(row)) for row in line["measures"]),
        last(**line["last"]),
        line["hardware"],
    )


def _numbers(row: list[Any]) -> list[Any]:
    return [nan if each is None else each for each in row]


def by_seed(found: list[Recorded], figure: str = "test_acc") -> dict[int, float]:
    """Return a last figure of those that finished, by seed."""
    return {
        run.experiment.seed: getattr(run.last, figure)
        for run in found
        if isinstance(run.last, Finished)
    }


def learnt(run: Recorded) -> bool:
    """Return whether a run ended well above chance, as opposed to having broken down."""
    return isinstance(run.last, Finished) and run.last.test_acc > 1.5 * CHANCE


def last_measure(run: Recorded, name: str) -> float:
    """Return the last value of one of a run's measures; NaN where it has none."""
    found = [measure.value for measure in run.measures if measure.name == name]
    return found[-1] if found else nan


def distances(run: Recorded) -> list[tuple[float, float]]:
    """Return by epoch how far all weights are from where they began, in the Euclidean norm."""
    squares: dict[float, float] = defaultdict(float)
    for measure in run.measures:
        if measure.name.startswith("distance/"):
            squares[measure.epoch] += measure.value**2
    return [(epoch, sqrt(total)) for epoch, total in sorted(squares.items())]


def measured(run: Recorded) -> dict[str, list[Measure]]:
    """Return a run's measures by name, each in order."""
    named: dict[str, list[Measure]] = defaultdict(list)
    for measure in run.measures:
        named[measure.name].append(measure)
    return dict(named)
