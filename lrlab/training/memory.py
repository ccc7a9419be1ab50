"""How much memory a pack takes, and how large a pack the free memory holds.

a member = weights and what the optimizer keeps of them + activations of a batch
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor, nn

from lrlab.datasets import DATASETS
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.training import sharpness
from lrlab.training.evaluation import PIECE
from lrlab.training.models import build
from lrlab.training.pack import MEMBERS_AT_ONCE

ROOM = 0.8  # of what is free
FIXED = {"cpu": 200e6, "cuda": 800e6}  # libraries' own, kernels and workspaces
# Copies of the weights, as multiples of the parameters: gradients, state, averages, scratch.
COPIES = 10
# A batch's activations, their gradients, and what kernels need beside them; on a GPU also the
# windows of convolutions and a graph's memory of its own (H200: 103 MB a member of LeNet).
PASSES = {"cpu": 2.5, "cuda": 9.5}
# A product with the Hessian keeps an example's activations and their derivatives as well (H200:
# about 2 GB for 16 members of LeNet).
SECOND = 6
IMAGE = 5  # bytes a pixel: as it is kept, and as float32
GIGA = 1e9


def most_members(experiment: Experiment, kind: str) -> int:
    """Return how many members like `experiment` fit; raise InvalidInput where not even one."""
    bytes_free, fixed, each = free(kind) * ROOM, *needed(experiment, kind)
    most = int((bytes_free - fixed) / each)
    if most < 1:
        raise InvalidInput(
            "batch_size",
            f"is {experiment.batch_size}, for which a run needs {(fixed + each) / GIGA:.1f} GB; "
            f"allowed is what fits into the {bytes_free / GIGA:.1f} GB that are free.",
        )
    return most


def needed(experiment: Experiment, kind: str) -> tuple[float, float]:
    """Return the bytes that a pack takes whatever its size, and those that each member adds."""
    parameters, activations, image = _sizes(experiment)
    batch = experiment.batch_size * (PASSES[kind] * activations + IMAGE * image)
    # In an evaluation all members share a piece of a fixed size, without gradients.
    fixed = FIXED[kind] + PIECE[kind] * activations * 2
    if "sharpness" in experiment.instruments:
        fixed += sharpness.AT_ONCE[kind] * sharpness.EXAMPLES * activations * SECOND
    facts = DATASETS[experiment.dataset]
    predictions = 2 * 4 * facts.classes * facts.test if "posterior" in experiment.averages else 0
    each = parameters * COPIES + 8 * experiment.train_examples + predictions
    if kind == "cpu":  # where a few members are computed at a time
        return fixed + MEMBERS_AT_ONCE * batch, each
    return fixed, each + batch


def free(kind: str) -> float:
    """Return the bytes that a program may still take, infinite where nobody can tell."""
    if kind == "cuda":
        return float(torch.cuda.mem_get_info()[0])
    return min(_available(), _container())


def _sizes(experiment: Experiment) -> tuple[float, float, float]:
    """Return the bytes of the parameters, of an example's activations, and of an image."""
    facts = DATASETS[experiment.dataset]
    network = build(experiment.model, facts, init="default", seed=0).eval()
    activations = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal activations
        activations += output.numel() * output.element_size()

    for layer in network.children():
        layer.register_forward_hook(count)
    image = torch.zeros(1, facts.channels, facts.side, facts.side)
    with torch.no_grad():
        network(image)
    parameters = sum(p.numel() * p.element_size() for p in network.parameters())
    return float(parameters), float(activations), float(image.numel())


def _available() -> float:
    """Return the bytes that Linux says programs can take without swapping."""
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        found = next(line for line in lines if line.startswith("MemAvailable:"))
        return float(found.split()[1]) * 1024
    with suppress(ValueError, OSError, AttributeError):
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return float("inf")


def _container() -> float:
    """Return the bytes left under the limit of a container, infinite outside of one."""
    folder = Path("/sys/fs/cgroup")
    with suppress(OSError, ValueError):
        limit = (folder / "memory.max").read_text().strip()
        used = (folder / "memory.current").read_text().strip()
        return float(limit) - float(used)
    return float("inf")
