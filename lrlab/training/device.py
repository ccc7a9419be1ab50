"""Which device trains, how exactly it computes, and what a process sets before it does."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import torch

from lrlab import reasons
from lrlab.errors import DeviceFault, InvalidInput, OutOfMemory, shown

THREADS = 2  # more gain little on a net this small, and change the last bits of the sums

MOST_THREADS = 64

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # of glibc's mallopt


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


def count(kind: str) -> int:
    """Return how many devices of a kind this process may train on; the CPU is one."""
    return torch.cuda.device_count() if kind == "cuda" else 1


def describe(device: str) -> str:
    """Return the device's name for people: "cpu" or "cuda: NVIDIA H200"."""
    return f"cuda: {torch.cuda.get_device_name()}" if device == "cuda" else device


def threads() -> int:
    """Return how many threads a training on the CPU has: `LRLAB_THREADS`, else two.

    Raises InvalidInput.
    """
    said = os.environ.get("LRLAB_THREADS") or str(THREADS)
    if not (said.isascii() and said.isdigit() and 1 <= int(said) <= MOST_THREADS):
        raise InvalidInput(
            "LRLAB_THREADS",
            f"is {shown(said)}; allowed is a whole number from 1 to {MOST_THREADS}.",
        )
    return int(said)


def prepare_threads(count: int | None = None) -> None:
    """Let torch use so many threads in this process, `threads()` unless told.

    To be called before the first training. The same experiment gives the same bits only with
    the same number of threads.
    """
    torch.set_num_threads(count or threads())


def keep_memory() -> None:
    """Let the C library keep what is freed: an update asks for the same megabytes again.

    Otherwise each large tensor of an update is mapped anew and zeroed by the kernel, a quarter
    of the time of a single run. Without effect where the C library is not glibc.
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(MMAP_THRESHOLD, 1 << 30)
        mallopt(TRIM_THRESHOLD, (1 << 31) - 1)


def kernels(precision: str, kind: str) -> AbstractContextManager[object]:
    """Return a context in which kernels sum in a fixed order and as exactly as asked.

    "tf32" lets a GPU round the factors of products to 10 bits; without it, float32 is that and
    nothing less.
    """
    if kind != "cuda":
        return nullcontext()
    loose = precision == "tf32"
    torch.set_float32_matmul_precision("high" if loose else "highest")
    return torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=loose
    )


@contextmanager
def faults() -> Iterator[None]:
    """Raise what a device cannot do as DeviceFault or OutOfMemory, in one sentence."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(reasons.MEMORY.format(text=_first_line(error))) from error
    except torch.AcceleratorError as error:
        raise DeviceFault(reasons.DEVICE.format(text=_first_line(error))) from error


def casts(precision: str, kind: str) -> AbstractContextManager[object]:
    """Return a context for forward passes: "bfloat16" computes products in it, weights stay."""
    return torch.autocast(kind, torch.bfloat16, enabled=precision == "bfloat16")


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__


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
