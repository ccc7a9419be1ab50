"""Train the runs that ship with the lessons, and write them with what trained them.

    python -m tools.lessons train FOLDER [--seeds 5] [--device auto]
    python -m tools.lessons pack FOLDER

`train` adds a file to the folder for each seed and shape, when its pack is done: stopped and
started again it goes on with what is not there. `pack` writes all of them to
`lrlab/lessons/recorded.jsonl.gz`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from lrlab.experiment import ENGINE, Experiment
from lrlab.lessons.programme import SEEDS, entries
from lrlab.lessons.recorded import FILE
from lrlab.records import Diverged, Evaluation, Finished, Measure, Point, Record, event, finite

app = typer.Typer(add_completion=False)
Folder = Annotated[Path, typer.Argument(help="Of JSON lines, a file a seed and shape.")]
KINDS = {Point: "points", Evaluation: "evaluations", Measure: "measures"}


@app.command()
def train(folder: Folder, seeds: int = SEEDS, device: str = "auto") -> None:
    """Train what the folder does not have yet."""
    from lrlab import train as records

    folder.mkdir(parents=True, exist_ok=True)
    for file, experiments in wanted(seeds).items():
        path = folder / file
        if path.exists():
            continue
        lines: list[dict[str, Any]] = [
            {"experiment": json.loads(one.canonical()), "points": [], "evaluations": [],
             "measures": []} for one in experiments
        ]  # fmt: skip
        for record in records(experiments, device=device):
            keep(lines[record.member], record)
        written = path.with_suffix(".part")
        written.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        written.rename(path)
        print(f"{file}: {len(lines)} runs", flush=True)


def wanted(seeds: int) -> dict[str, Sequence[Experiment]]:
    """Return each file's experiments: those of one seed and shape, every one once."""
    found: dict[str, dict[str, Experiment]] = {}
    for seed in range(seeds):
        for entry in entries():
            one = entry.experiment(seed)
            found.setdefault(f"{one.shape[:8]}-{seed}.jsonl", {})[one.canonical()] = one
    return {file: list(experiments.values()) for file, experiments in found.items()}


def keep(line: dict[str, Any], record: Record) -> None:
    """Add a record to its run's line; a figure that is not finite is null."""
    if isinstance(record, Finished | Diverged):
        line["last"] = event(record)
        line["hardware"] = hardware(record.device)
    else:
        # Without the member, which is a place in a pack.
        values = astuple(record)[:-1]
        line[KINDS[type(record)]].append([finite(value) for value in values])


def hardware(device: str) -> dict[str, Any]:
    """Return what trained a run, and when."""
    import torch

    return {
        "device": device, "torch": torch.__version__, "engine": ENGINE,
        "date": date.today().isoformat(),
    }  # fmt: skip


@app.command()
def pack(folder: Folder) -> None:
    """Write the folder's runs to the file that ships."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jsonl"))]
    # No time in it: the same runs make the same file.
    FILE.write_bytes(gzip.compress("".join(texts).encode(), mtime=0))
    count = sum(len(text.splitlines()) for text in texts)
    print(f"{FILE.name}: {count} runs, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    app()
