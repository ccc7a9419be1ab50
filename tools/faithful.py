"""Train the chapter's experiments as its tabs really ran them, and write the table of docs.

    python -m tools.faithful train RESULTS.jsonl [--seeds 5] [--device auto] [--threads 2]
    python -m tools.faithful table RESULTS.jsonl > docs/FAITHFUL.md

Training goes seed by seed, each tab's five experiments as one pack, and appends a line a run:
stopped and started again it goes on where it was.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean, stdev
from typing import Annotated, Any

import typer

from lrlab.lessons.chapter import CASES, TABS, Case
from lrlab.records import Diverged, Finished, Record, event

app = typer.Typer(add_completion=False)
Results = Annotated[Path, typer.Argument(help="A file of JSON lines, one a run.")]


@app.command()
def train(results: Results, seeds: int = 5, device: str = "auto", threads: int = 2) -> None:
    """Train what is not in the file yet."""
    from lrlab import train as records
    from lrlab.training.device import prepare_threads

    prepare_threads(threads)
    done = {(line["tab"], line["name"], line["seed"]) for line in read(results)}
    for seed in range(seeds):
        for tab in TABS:
            cases = [
                case for case in CASES if case.tab == tab and (tab, case.name, seed) not in done
            ]
            experiments = [case.experiment(seed) for case in cases]
            for record in records(experiments, device=device):
                if isinstance(record, Finished | Diverged):
                    keep(results, cases[record.member], seed, record)


@app.command()
def table(results: Results) -> None:
    """Print the table of what is in the file."""
    lines = read(results)
    print(HEAD.format(device=" and ".join(sorted({line["device"] for line in lines}))))
    for case in CASES:
        found = [li for li in lines if (li["tab"], li["name"]) == (case.tab, case.name)]
        if found:
            print(row(case, found))


HEAD = """\
| tab | experiment | n | train loss | published | test accuracy | published | within 2 sd | \
train loss within 10 % | as it really ran |
|---|---|---|---|---|---|---|---|---|---|"""


def row(case: Case, found: list[dict[str, Any]]) -> str:
    """Return a case's row of the table."""
    finished = [line for line in found if line["event"] == "finished"]
    losses, accuracies = ([line[n] for line in finished] for n in ("train_loss", "test_acc"))
    loss, accuracy, published = mean(losses), mean(accuracies), case.published
    spread = f" ± {stdev(accuracies):.4f}" if len(accuracies) > 1 else ""
    near = abs(accuracy - published.test_acc) <= 2 * published.test_acc_sd
    close = abs(loss / published.train_loss - 1) <= 0.1
    diverged = len(found) - len(finished)
    count = f"{len(finished)}" + (f" ({diverged} more diverged)" if diverged else "")
    cells = [
        case.tab, case.name, count, f"{loss:.3f}", f"{published.train_loss:.3f}",
        f"{accuracy:.4f}{spread}", f"{published.test_acc:.4f} ± {published.test_acc_sd:.4f}",
        "yes" if near else "**no**",
        "yes" if close else f"**no** ({loss / published.train_loss - 1:+.0%})", case.note,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def keep(results: Path, case: Case, seed: int, record: Record) -> None:
    """Append a run's last record to the file."""
    line = {"tab": case.tab, "name": case.name, "seed": seed, **event(record)}
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(results: Path) -> list[dict[str, Any]]:
    """Return the file's lines; none where there is no file."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    app()
