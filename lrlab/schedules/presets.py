"""Every schedule of the chapter "Learning rate scheduling", as printed in the book.

Source: Zhang, Lipton, Li and Smola, Dive into Deep Learning, section 12.11.
Each is an experiment's fields beside the defaults (30 epochs, batches of 256).
"""

from __future__ import annotations

from typing import Any

Preset = dict[str, Any]


def _preset(name: str, title: str, schedule: dict[str, Any], help: str, **fields: Any) -> Preset:
    experiment = {"schedule": schedule, **fields}
    return {"name": name, "title": title, "help": help, "experiment": experiment}


_COSINE = {"kind": "cosine", "base_lr": 0.3, "final_lr": 0.01}

PRESETS: list[Preset] = [
    _preset(
        "constant", "Constant 0.3", {"kind": "constant", "base_lr": 0.3},
        "The book's baseline.",
    ),
    _preset(
        "by-hand", "Set by hand: 0.1", {"kind": "constant", "base_lr": 0.1},
        "The rate that the book sets on the fly.",
    ),
    _preset(
        "square-root", "Square root from 0.1",
        {"kind": "inverse_power", "base_lr": 0.1, "power": 0.5, "timescale": 1},
        "SquareRootScheduler: 0.1 over the root of t + 1.",
    ),
    _preset(
        "factor", "Factor 0.9 from 2.0",
        {"kind": "exponential", "base_lr": 2.0, "factor": 0.9, "min_lr": 0.01},
        "FactorScheduler, plotted over 50 ticks and never trained in the book.", epochs=50,
    ),
    _preset(
        "multi-factor", "Multi-factor: 0.5, halved at 15 and 30",
        {"kind": "multistep", "base_lr": 0.5, "milestones": [15, 30], "factor": 0.5},
        "MultiFactorScheduler; the second milestone lies past the last epoch.",
    ),
    _preset(
        "cosine", "Cosine 0.3 to 0.01 over 20", {**_COSINE, "length": 20},
        "CosineScheduler with max_update 20, then flat.",
    ),
    _preset(
        "cosine-warmup", "Cosine with 5 epochs of warmup",
        {"kind": "warmup", "length": 5, "inner": {**_COSINE, "length": 15}},
        "CosineScheduler with max_update 20 and 5 warmup steps, counted inside the 20.",
    ),
]  # fmt: skip
