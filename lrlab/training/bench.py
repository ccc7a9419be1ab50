"""The engine beside the chapter's own loop: same data, same process, epoch by epoch in turn."""

from __future__ import annotations

import os
import platform
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from lrlab.experiment import Experiment
from lrlab.records import Evaluation
from lrlab.training import data
from lrlab.training.chapter import RATE, ChapterLoop
from lrlab.training.device import choose, describe, prepare_threads, threads
from lrlab.training.engine import Training
from lrlab.training.peak import peak_memory

PACKS = {"cpu": (8,), "cuda": (8, 32, 64)}


def bench(
    epochs: int = 5,
    device: str = "cpu",
    train_examples: int = 60_000,
    packs: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Train `epochs` epochs each way, in turn; return seconds, medians, ratios and hardware.

    Seconds are wall time of an epoch with its evaluation, of a pack divided by its members;
    `start` is the time from nothing loaded but the libraries to the first update done;
    `memory` is the peak in bytes beside libraries and data. packs: their sizes, by default
    8 on a CPU and 8, 32 and 64 on a GPU. The chapter's loop has as many threads as torch takes
    by itself.
    """
    kind = choose(device)
    own_threads = torch.get_num_threads()
    schedule = {"kind": "constant", "base_lr": RATE}
    settings = {"schedule": schedule, "epochs": epochs, "train_examples": train_examples}
    experiment = Experiment.parse({**settings, "batch_size": min(256, train_examples)})
    contestants = {"chapter": Contestant(own_threads, 1, lambda: ChapterLoop(experiment, kind))}
    for size in (1, *(PACKS[kind] if packs is None else packs)):
        contestants[_name(size)] = _engine(experiment, kind, size)
    hardware = _hardware(kind, own_threads)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="This DataLoader will create")
            results = _race(contestants, epochs)
    finally:
        prepare_threads(own_threads)
    for each in results.values():
        each["examples_per_second"] = train_examples / each["median"]
    ratio = results["engine"]["median"] / results["chapter"]["median"]
    return {"epochs": epochs, **results, "ratio": ratio, "hardware": hardware}


def table(result: dict[str, Any]) -> str:
    """Return a bench's result as lines for people."""
    hardware = result["hardware"]
    rows = [f"{_title(name):14}" + _row(result[name]) for name in result if _title(name)]
    return "\n".join(
        [
            f"{hardware['device']}, {hardware['cpu']}, {hardware['cores']} cores, "
            f"{hardware['engine_threads']} threads, torch {hardware['torch']}, "
            f"n = {result['epochs']} epochs each, medians",
            f"{'':14}{'epoch a run':>14}{'examples/s':>13}{'memory':>10}{'start':>10}",
            *rows,
            f"{'ratio':14}{result['ratio']:>12.3f}",
        ]
    )


def _row(figures: dict[str, Any]) -> str:
    memory = figures["memory"]
    megabytes = f"{memory / 1e6:>7.0f} MB" if memory is not None else f"{'':>10}"
    speed = f"{figures['examples_per_second']:>13,.0f}"
    return f"{figures['median']:>12.3f} s{speed}{megabytes}{figures['start']:>8.2f} s"


def _title(name: str) -> str:
    titles = {"chapter": "chapter loop", "engine": "lrlab engine"}
    return titles.get(name) or (name.replace("_", " ") if name.startswith("pack_of") else "")


def _name(size: int) -> str:
    return "engine" if size == 1 else f"pack_of_{size}"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to train: with how many threads, how many runs at once, and what makes it."""

    threads: int
    members: int
    make: Callable[[], EngineLoop | ChapterLoop]
    memory: Callable[[], int | None] = lambda: None


def _engine(experiment: Experiment, kind: str, size: int) -> Contestant:
    members = [experiment] * size
    return Contestant(
        threads(),
        size,
        lambda: EngineLoop(members, kind),
        lambda: peak_memory(members, kind),
    )


class EngineLoop:
    """The engine, an epoch at a time."""

    def __init__(self, experiments: Sequence[Experiment], device: str) -> None:
        data.forget()
        self.training = Training(experiments, device)

    def first_update(self) -> None:
        """Do the first update, which counts to the start."""
        self.training.advance()
        self.training.head()

    def epoch(self) -> None:
        """Train until the next evaluation is done."""
        while not any(isinstance(record, Evaluation) for record in self.training.advance()):
            pass


def _race(contestants: dict[str, Contestant], epochs: int) -> dict[str, dict[str, Any]]:
    """Start each contestant, then let them train an epoch in turn."""
    loops: dict[str, Any] = {}
    results: dict[str, dict[str, Any]] = {}
    for name, contestant in contestants.items():
        prepare_threads(contestant.threads)
        began = time.perf_counter()
        contestant.make().first_update()
        start, memory = time.perf_counter() - began, contestant.memory()
        results[name] = {"start": start, "memory": memory, "seconds": []}
        loops[name] = contestant.make()
    for _ in range(epochs):
        for name, contestant in contestants.items():
            prepare_threads(contestant.threads)
            began = time.perf_counter()
            loops[name].epoch()
            seconds = (time.perf_counter() - began) / contestant.members
            results[name]["seconds"].append(seconds)
    for each in results.values():
        each["median"] = median(each["seconds"])
    return results


def _hardware(device: str, own_threads: int) -> dict[str, Any]:
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "chapter_threads": own_threads,
        "engine_threads": threads(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,  # of others, before
        "torch": torch.__version__,
        "device": describe(device),
    }


def _cpu_name() -> str:
    """Return the processor's name as Linux has it, else as Python knows it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
