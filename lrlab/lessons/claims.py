"""What the chapter claims, what its 50 published runs of each tab say, and what lrlab's say.

The published differences are paired within a notebook; ours are paired by seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Literal

from lrlab.comparing import Summary, paired
from lrlab.lessons.recorded import Recorded, group
from lrlab.records import Finished

Verdict = Literal["holds", "does not hold", "within the noise", "no runs"]
Figure = Callable[[Recorded], float]

FIRST_EPOCHS = 5  # as long as the chapter's warmup


@dataclass(frozen=True, slots=True)
class Difference:
    """A published mean difference, and in how many of the notebooks it was an improvement.

    sign: that of the difference, for where only that is known.
    """

    mean: float | None
    better: int | None = None
    of: int | None = None
    sign: int = 0

    @property
    def verdict(self) -> Verdict:
        """What the sign of the difference says of its claim."""
        return "holds" if (self.mean or self.sign) > 0 else "does not hold"


@dataclass(frozen=True, slots=True)
class Claim:
    """That experiment `this` does better than `that` by a figure, where more of it is better.

    published: by tab.
    """

    name: str
    this: str
    that: str
    figure: Figure
    published: dict[str, Difference] = field(default_factory=dict)

    def measured(self, tab: str, way: str = "as run") -> Summary | None:
        """Return this − that over the recorded seeds of a tab; None without runs."""
        runs = group(f"{tab} {way}")
        ours, theirs = (
            {run.experiment.seed: self.figure(run) for run in runs.get(name, [])}
            for name in (self.this, self.that)
        )
        return paired(ours, theirs)


def verdict(found: Summary | None) -> Verdict:
    """Return what a difference, of which more is better, says of its claim."""
    if found is None:
        return "no runs"
    if not found.beyond_noise:
        return "within the noise"
    return "holds" if found.mean > 0 else "does not hold"


def test_accuracy(run: Recorded) -> float:
    """Return the last test accuracy; NaN where the run diverged."""
    return run.last.test_acc if isinstance(run.last, Finished) else nan


def overfitting(run: Recorded) -> float:
    """Return minus the last gap of train and test accuracy, so that more is better."""
    if not isinstance(run.last, Finished):
        return nan
    return run.last.test_acc - run.last.train_acc


def first_accuracy(run: Recorded) -> float:
    """Return the test accuracy after the first epochs."""
    reached = [each.test_acc for each in run.evaluations if each.epoch == FIRST_EPOCHS]
    return reached[0] if reached else nan


CLAIMS: Sequence[Claim] = (
    Claim("root", "square root", "constant", test_accuracy, {
        "pytorch": Difference(-0.0046, 15, 50),
        "mxnet": Difference(-0.0732, 0, 45),
        "tensorflow": Difference(-0.0419, 0, 50),
    }),
    Claim("overfitting", "square root", "constant", overfitting, {
        "pytorch": Difference(0.0325),
    }),
    Claim("cosine", "cosine", "constant", test_accuracy, {
        "pytorch": Difference(0.0157, 46, 50),
        "mxnet": Difference(-0.0139),
        "tensorflow": Difference(-0.0061),
    }),
    Claim("warmup", "cosine + warmup", "cosine", first_accuracy, {
        tab: Difference(None, sign=-1) for tab in ("pytorch", "mxnet", "tensorflow")
    }),
)  # fmt: skip
