"""Measure the engine beside the chapter's loop and write the README's table of it.

    python -m tools.bench [--epochs 5] [--device auto]

The table stands between two marks in README.md; what was there before is replaced.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lrlab.training.bench import bench, table
from lrlab.training.device import choose

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- bench {device} -->", "<!-- end of bench {device} -->"


def main(epochs: Annotated[int, typer.Option(min=1)] = 5, device: str = "auto") -> None:
    """Measure, print and write."""
    kind = choose(device)
    result = bench(epochs=epochs, device=kind)
    print(table(result))
    text = README.read_text(encoding="utf-8")
    README.write_text(written(text, result, kind), encoding="utf-8")


def written(text: str, result: dict[str, Any], device: str) -> str:
    """Return the README's `text` with the table of `result` between the marks for `device`."""
    begin, end = BEGIN.format(device=device), END.format(device=device)
    before, marked, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (marked and closed):
        raise SystemExit(f"README.md has no place between '{begin}' and '{end}' for the table.")
    return f"{before}{begin}\n{markdown(result)}\n{end}{after}"


def markdown(result: dict[str, Any]) -> str:
    """Return a bench's result as a paragraph and a table."""
    hardware, epochs = result["hardware"], result["epochs"]
    names = [name for name in result if name == "engine" or name.startswith("pack_of")]
    chapter = result["chapter"]["median"]
    head = (
        f"`lrlab bench --epochs {epochs} --device {hardware['device'].partition(':')[0]}`, "
        f"{hardware['device']}, {hardware['cpu']}, {hardware['cores']} cores, "
        f"{hardware['engine_threads']} threads, torch {hardware['torch']}, load before "
        f"{hardware['load']:.1f}; medians of n = {epochs} epochs with evaluation, in turn in one "
        "process:\n\n"
        "| | s an epoch and run | of the chapter's | examples/s in sum | memory | start |\n"
        "|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(row(result[name], name, chapter) for name in ["chapter", *names])


def row(figures: dict[str, Any], name: str, chapter: float) -> str:
    """Return a row of the table."""
    titles = {"chapter": "the chapter's loop", "engine": "lrlab, one run"}
    memory = figures["memory"]
    cells = [
        titles.get(name, name.replace("_", " ")),
        f"{figures['median']:.3g}",
        f"{figures['median'] / chapter:.2f}",
        f"{figures['examples_per_second']:,.0f}",
        "not measured" if memory is None else f"{memory / 1e6:.0f} MB",
        f"{figures['start']:.2f} s",
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    typer.run(main)
