"""How much memory a training takes at its peak, measured.

    python -m lrlab.training.peak < EXPERIMENTS.json

reads a list of experiments and prints the bytes, or null where the system does not tell.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from lrlab.experiment import Experiment
from lrlab.records import Evaluation
from lrlab.training import data
from lrlab.training.device import prepare_threads
from lrlab.training.engine import Training


def peak_memory(members: Sequence[Experiment], kind: str) -> int | None:
    """Return the bytes that training takes at its peak, in a process of its own on a CPU.

    None where the system does not tell.
    """
    if kind == "cuda":
        return _peak_on_gpu(members)
    texts = json.dumps([member.canonical() for member in members])
    command = [sys.executable, "-m", "lrlab.training.peak"]
    told = subprocess.run(command, input=texts, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(told.stdout)
    return None if found is None else int(found)


def _peak_on_gpu(members: Sequence[Experiment]) -> int:
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    _work(Training(members, "cuda"))
    return torch.cuda.max_memory_allocated() - before


def _peak_on_cpu(members: Sequence[Experiment]) -> int | None:
    prepare_threads()
    data.load(members[0].dataset)
    before = _status("VmRSS")
    _work(Training(members, "cpu"))
    peak = _status("VmHWM")
    return peak - before if peak is not None and before is not None else None


def _status(field: str) -> int | None:
    """Return a field of the process's status in bytes, None where the system has none."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    found = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
    return int(found[0]) * 1024 if found else None


def _work(training: Training) -> None:
    """Train through the first evaluation; after it nothing takes more."""
    while not any(isinstance(record, Evaluation) for record in training.advance()):
        pass


if __name__ == "__main__":
    experiments = [Experiment.parse(text) for text in json.load(sys.stdin)]
    print(json.dumps(_peak_on_cpu(experiments)))
