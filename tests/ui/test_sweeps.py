"""What the entries of a race are called: never two of them the same."""

from __future__ import annotations

from typing import Any

import pytest

from lrlab.experiment import Experiment
from lrlab.ui.sweeps import name_of

CONSTANTS = [{"kind": "constant", "base_lr": rate} for rate in (0.05, 0.5)]
COSINE = {"kind": "cosine"}


@pytest.mark.parametrize(
    ("specs", "names"),
    [
        ([COSINE, CONSTANTS[0]], ["cosine", "constant"]),
        (CONSTANTS, ["Base rate 0.05", "Base rate 0.5"]),
        ([*CONSTANTS, COSINE], ["constant, Base rate 0.05", "constant, Base rate 0.5", "cosine"]),
        ([{"schedule": COSINE, "momentum": 0.9}, COSINE],
         ["cosine, Momentum 0.9", "cosine, Momentum 0.0"]),
        ([{"schedule": one, "epochs": epochs} for one in CONSTANTS for epochs in (4, 9)],
         ["Base rate 0.05, Epochs 4", "Base rate 0.05, Epochs 9", "Base rate 0.5, Epochs 4",
          "Base rate 0.5, Epochs 9"]),
        ([{"kind": "multistep", "milestones": [at]} for at in (2, 3)],
         ["multistep (1)", "multistep (2)"]),
    ],
)  # fmt: skip
def test_entries_are_told_apart(specs: list[dict[str, Any]], names: list[str]) -> None:
    assert name_of([Experiment.parse(spec) for spec in specs]) == names
