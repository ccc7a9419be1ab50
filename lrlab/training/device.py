"""Which device trains, and what a process sets before it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from lrlab.errors import InvalidInput, shown

THREADS = 2  # more gain little on a net this small, and change the last bits of the sums


def choose(device: str) -> str:
    """Return "cpu" or "cuda" for "auto", "cpu" or "cuda"; raise InvalidInput for another."""
    if device not in ("auto", "cpu", "cuda"):
        raise InvalidInput("device", f"is {shown(device)}; allowed are auto, cpu and cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise InvalidInput(
            "device", "is 'cuda', but no GPU is available here; allowed are auto and cpu."
        )
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device


def describe(device: str) -> str:
    """Return the device's name for people: "cpu" or "cuda: NVIDIA H200"."""
    return f"cuda: {torch.cuda.get_device_name()}" if device == "cuda" else device


def prepare_threads(threads: int = THREADS) -> None:
    """Let torch use `threads` threads in this process; call it before the first training.

    The same experiment gives the same bits only with the same number of threads.
    """
    torch.set_num_threads(threads)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch work on one thread meanwhile.

    A process forked from one whose torch has used several waits for ever at its first
    parallel operation; what a fork server does before it forks goes in here.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
