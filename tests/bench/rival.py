"""A pack of 8 beside its rivals: one run after the other, and two processes of one thread each.

    python -m tests.bench.rival [--rounds 5]

In turn, round by round, each trains 8 members for one epoch with its evaluation; printed are
the seconds a member, medians of the rounds. Members that share the order of the data and
members that do not are packs of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Annotated, Any

import typer

from lrlab.experiment import Experiment
from lrlab.training import Training
from lrlab.training.device import THREADS, prepare_threads

MEMBERS = 8


def members(**fields: Any) -> list[Experiment]:
    """Return eight one-epoch experiments at the rates 0.02 to 0.16."""
    return [
        Experiment.parse(
            {"schedule": {"kind": "constant", "base_lr": 0.02 * (n + 1)}, "seed": n, "epochs": 1}
            | fields
        )
        for n in range(MEMBERS)
    ]


def finish(experiments: list[Experiment]) -> None:
    """Train a pack to its end."""
    training = Training(experiments, "cpu")
    while not training.done:
        training.advance()


def finish_each(experiments: list[Experiment]) -> None:
    """Train one experiment after the other."""
    for experiment in experiments:
        finish([experiment])


def halves(pool: ProcessPoolExecutor, experiments: list[Experiment]) -> None:
    """Let two processes train a half each, one experiment after the other."""
    half = len(experiments) // 2
    list(pool.map(finish_each, (experiments[:half], experiments[half:])))


def main(rounds: Annotated[int, typer.Option(min=1)] = 5) -> None:
    """Measure and print."""
    prepare_threads(THREADS)
    shared, own = members(order_seed=0), members()
    with ProcessPoolExecutor(
        2, mp_context=get_context("spawn"), initializer=prepare_threads, initargs=(1,)
    ) as pool:
        ways: dict[str, Callable[[], None]] = {
            "one after the other": lambda: finish_each(own),
            "two processes, one thread each": lambda: halves(pool, own),
            "pack of 8, one order of the data": lambda: finish(shared),
            "pack of 8, an order each": lambda: finish(own),
        }
        finish_each(own[:1])
        halves(pool, own[:2])
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                began = time.perf_counter()
                way()
                seconds[name].append((time.perf_counter() - began) / MEMBERS)
    single = median(seconds["one after the other"])
    for name, each in seconds.items():
        middle = median(each)
        print(f"{name:34}{middle:8.2f} s an epoch and member, {middle / single:.2f} of a single")


if __name__ == "__main__":
    typer.run(main)
