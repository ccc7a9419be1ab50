"""What the lessons show as real runs: each a group of entries, trained from several seeds.

A group is one question; its entries are the answers that are compared. `tools/lessons.py` trains
them, `recorded.py` reads what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lrlab.experiment import Experiment
from lrlab.lessons.chapter import CASES, COSINE, ROOT, TABS, WARMUP

SEEDS = 5

RATES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5)
POWERS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
WARMUPS = (0, 1, 2, 3, 5, 8, 10)
PEAKS = (0.3, 0.6, 1.0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One experiment of a group, whatever its seed. `value`: of what a sweep varies."""

    group: str
    name: str
    fields: dict[str, Any]
    value: float | None = None

    def experiment(self, seed: int = 0) -> Experiment:
        """Return the experiment with that seed."""
        return Experiment.parse({**self.fields, "seed": seed})


def entries() -> list[Entry]:
    """Return the entries of every group."""
    return [*_as_run(), *_as_printed(), *_exercises(), *_prose()]


def _as_run() -> Iterator[Entry]:
    """Yield the chapter's experiments as each tab's code really runs them."""
    for case in CASES:
        yield Entry(f"{case.tab} as run", case.name, {**TABS[case.tab], **case.fields})


# What the chapter prints and plots, in the words of the experiments' names.
PRINTED: dict[str, dict[str, Any]] = {
    "constant": {"kind": "constant", "base_lr": 0.3},
    "square root": ROOT,
    "multi-factor": {
        "kind": "multistep", "base_lr": 0.5, "milestones": [15, 30], "factor": 0.5,
    },
    "cosine": COSINE,
    "cosine + warmup": WARMUP,
}  # fmt: skip


def _as_printed() -> Iterator[Entry]:
    """Yield what the prose and the plots say, on the epochs' clock and without lag."""
    for tab, settings in TABS.items():
        for name, schedule in PRINTED.items():
            fields = {**settings, "clock": "epoch", "schedule": schedule}
            yield Entry(f"{tab} as printed", name, fields)


def _exercises() -> Iterator[Entry]:
    for rate in RATES:
        schedule: dict[str, Any] = {"kind": "constant", "base_lr": rate}
        yield Entry("fixed rates", f"{rate:g}", {"schedule": schedule}, rate)
    for power in POWERS:
        schedule = {"kind": "polynomial", "base_lr": 0.3, "final_lr": 0.01, "power": power}
        yield Entry("polynomial powers", f"{power:g}", {"schedule": schedule}, power)
    for length in WARMUPS:
        inner = {"kind": "cosine", "base_lr": 0.3, "final_lr": 0.01, "length": 30 - length}
        warm = {"kind": "warmup", "length": length, "inner": inner}
        schedule = warm if length else inner
        yield Entry("warmup lengths", f"{length}", {"schedule": schedule}, length)


def _prose() -> Iterator[Entry]:
    """Yield what the prose only points to: averages of the path, plateaus, cycles, divergence."""
    averages = {"averages": ["swa", "ema"], "average_from": 0.5}
    constant = {"kind": "constant", "base_lr": 0.3}
    cyclic = {"kind": "cyclic", "min_lr": 0.01, "max_lr": 0.3, "up": 5, "down": 5}
    plateau = {"kind": "plateau", "base_lr": 0.3, "factor": 0.5, "patience": 1}
    yield Entry("averages", "constant", {"schedule": constant, **averages})
    yield Entry("averages", "cyclic", {"schedule": cyclic, **averages})
    yield Entry("progress", "plateau", {"schedule": plateau})
    restarts = {"kind": "cosine_restarts", "base_lr": 0.3, "final_lr": 0.01, "period": 10}
    yield Entry("cycles", "cyclic", {"schedule": cyclic})
    yield Entry("cycles", "cosine restarts", {"schedule": restarts})
    for peak in PEAKS:
        inner = {"kind": "cosine", "base_lr": peak, "final_lr": 0.01, "length": 15}
        shorter = {**inner, "length": 10}
        warm = {"kind": "warmup", "length": 5, "inner": shorter}
        shared = {"epochs": 15, "instruments": ["distance", "gradient-norm", "sharpness"]}
        yield Entry("divergence", f"{peak:g}", {"schedule": inner, **shared}, peak)
        yield Entry("divergence", f"{peak:g}, warmed up", {"schedule": warm, **shared}, peak)
