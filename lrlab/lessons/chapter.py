"""The chapter's experiments as each of its tabs really ran them, and what was published.

The code of a tab often does something else than its prose says; each case is derived from that
code. Source: Zhang, Lipton, Li and Smola, Dive into Deep Learning, section 12.11; the published
figures are those of 50 unseeded runs of each tab (editions 0.14.4 to 1.0.3), the last epoch's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrlab.experiment import Experiment
from lrlab.lessons.words import _


@dataclass(frozen=True, slots=True)
class Published:
    """Means over so many published runs, and the standard deviation of the test accuracy."""

    train_loss: float
    train_acc: float
    test_acc: float
    test_acc_sd: float
    runs: int = 50


@dataclass(frozen=True, slots=True)
class Case:
    """One experiment of one tab: what it trained, why it is not what is printed, its result."""

    tab: str
    name: str
    fields: dict[str, Any]
    published: Published
    note: str = ""

    def experiment(self, seed: int = 0) -> Experiment:
        """Return the experiment with that seed."""
        return Experiment.parse({**TABS[self.tab], **self.fields, "seed": seed})


# What all experiments of a tab share; 30 epochs in batches of 256 are the defaults.
TABS: dict[str, dict[str, Any]] = {
    "pytorch": {"model": "lenet", "init": "default"},
    "mxnet": {"model": "lenet", "init": "xavier", "clock": "step"},
    "tensorflow": {"model": "lenet-tensorflow", "init": "xavier"},
}
COSINE = {"kind": "cosine", "base_lr": 0.3, "final_lr": 0.01, "length": 20}
WARMUP = {"kind": "warmup", "length": 5, "inner": {**COSINE, "length": 15}}
ROOT = {"kind": "inverse_power", "base_lr": 0.1, "power": 0.5, "timescale": 1}


def _constant(rate: float) -> dict[str, Any]:
    return {"kind": "constant", "base_lr": rate}


def _halved(at: int) -> dict[str, Any]:
    return {"kind": "multistep", "base_lr": 0.25, "milestones": [at], "factor": 0.5}


def _late(schedule: dict[str, Any], first: float) -> dict[str, Any]:
    return {"schedule": schedule, "lag": 1, "initial_lr": first}


CASES = [
    Case("pytorch", "constant", {"schedule": _constant(0.3)},
         Published(0.165, 0.937, 0.8830, 0.0125)),
    Case("pytorch", "square root", _late(ROOT, 0.1), Published(0.275, 0.900, 0.8784, 0.0063),
         _("one epoch late: 0.1, 0.1, 0.0707, …")),
    Case("pytorch", "multi-factor", {"schedule": _constant(0.125)},
         Published(0.194, 0.927, 0.8864, 0.0106),
         _("the plot used up both drops: constant 0.125")),
    Case("pytorch", "cosine", _late(COSINE, 0.3), Published(0.189, 0.930, 0.8987, 0.0056),
         _("one epoch late")),
    Case("pytorch", "cosine + warmup", _late(WARMUP, 0.3),
         Published(0.201, 0.926, 0.8971, 0.0068),
         _("one epoch late: 0.3, then a whole epoch at 0, then 0.06, …")),
    Case("mxnet", "constant", {"schedule": _constant(0.3)},
         Published(0.168, 0.936, 0.8822, 0.0121, 45),
         _("5 of the 50 published runs diverged to chance and are left out")),
    Case("mxnet", "square root", {"schedule": ROOT}, Published(0.522, 0.811, 0.8088, 0.0066),
         _("counts minibatches: ends at 0.0012")),
    Case("mxnet", "multi-factor", {"schedule": _halved(30)},
         Published(0.195, 0.927, 0.8882, 0.0090),
         _("the plot used up the first drop: 0.25, and 0.125 after 30 minibatches")),
    Case("mxnet", "cosine", {"schedule": COSINE}, Published(0.345, 0.877, 0.8688, 0.0093),
         _("at 0.01 after 20 minibatches")),
    Case("mxnet", "cosine + warmup", {"schedule": WARMUP},
         Published(0.350, 0.874, 0.8656, 0.0075), _("the warmup lasts 5 minibatches")),
    Case("tensorflow", "constant", {"schedule": _constant(0.3)},
         Published(0.216, 0.919, 0.8892, 0.0063)),
    Case("tensorflow", "square root", {"schedule": ROOT},
         Published(0.380, 0.861, 0.8473, 0.0038)),
    Case("tensorflow", "multi-factor", {"schedule": _halved(15)},
         Published(0.232, 0.914, 0.8866, 0.0043),
         _("the plot used up the first drop: 0.25, and 0.125 from epoch 15")),
    Case("tensorflow", "cosine", {"schedule": COSINE}, Published(0.261, 0.905, 0.8831, 0.0027)),
    Case("tensorflow", "cosine + warmup", {"schedule": WARMUP},
         Published(0.270, 0.901, 0.8802, 0.0023), _("epoch 0 at rate 0")),
]  # fmt: skip
