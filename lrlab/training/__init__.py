"""Training: data, model and engine; the one room that imports torch."""

import os

# Read by the OpenMP library when torch loads it. Threads that spin while they wait for each
# other make an update thirty times as long once another program wants the processor; so short
# a spin costs nothing when it does not.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

from lrlab.training.branching import Origin, branch
from lrlab.training.engine import Training
from lrlab.training.packing import packs, train
from lrlab.training.sweep import range_test

__all__ = ["Origin", "Training", "branch", "packs", "range_test", "train"]
