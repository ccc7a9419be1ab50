"""How much memory a pack takes at its peak beside libraries and data, by its size.

    python -m tests.bench.memory [SIZE …] [--device cpu]

Each is measured in a process of its own, through one short epoch and its evaluation; beside it
stands what `lrlab.training.memory` reckons with before a pack is started.
"""

from __future__ import annotations

from typing import Annotated

import typer

from lrlab.experiment import Experiment
from lrlab.training.memory import needed
from lrlab.training.peak import peak_memory

SIZES = [1, 2, 4, 8, 16]


def main(sizes: Annotated[list[int] | None, typer.Argument()] = None, device: str = "cpu") -> None:
    """Measure and print."""
    schedule = {"kind": "constant", "base_lr": 0.05}
    experiment = Experiment.parse({"schedule": schedule, "epochs": 1, "train_examples": 2_560})
    fixed, each = needed(experiment, device)
    for size in sizes or SIZES:
        members = [experiment.model_copy(update={"seed": seed}) for seed in range(size)]
        peak = peak_memory(members, device)
        found = "not told by this system" if peak is None else f"{peak / 1e6:6.0f} MB"
        print(f"{size:3} members {found}, reckoned {(fixed + size * each) / 1e6:6.0f} MB")


if __name__ == "__main__":
    typer.run(main)
