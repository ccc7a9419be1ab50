"""What NVIDIA's own tool tells of this machine's GPUs: it needs neither torch nor their memory."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

FIELDS = ("index", "name", "utilization.gpu", "memory.used", "memory.total")
COMMAND = ("nvidia-smi", f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader,nounits")
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: the part of the last moments in which it worked, and bytes of its memory.

    A figure is NaN where the driver does not tell it.
    """

    index: str
    name: str
    use: float
    memory_used: float
    memory_total: float


def gpus() -> list[Gpu]:
    """Return this machine's GPUs; none where the tool is missing, fails or takes too long."""
    try:
        told = subprocess.run(
            COMMAND, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return list(_read(told.stdout))


def _read(text: str) -> Iterator[Gpu]:
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        if len(row) == len(FIELDS):
            index, name, *figures = row
            use, used, total = map(_number, figures)
            yield Gpu(index, name, use / 100, used * 2**20, total * 2**20)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # "[N/A]"
        return nan
