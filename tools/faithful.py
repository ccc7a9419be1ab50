"""Write the table of docs/FAITHFUL.md: the chapter's experiments beside what was published.

    python -m tools.faithful

The figures are those of the runs that ship with the lessons; `tools/lessons.py` trains them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

from lrlab.lessons.chapter import CASES, Case
from lrlab.lessons.recorded import Recorded, group
from lrlab.records import Finished

DOCUMENT = Path(__file__).parents[1] / "docs" / "FAITHFUL.md"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
HEAD = """\
| tab | experiment | n | train loss | published | test accuracy | published | within 2 sd | \
train loss within 10 % | as it really ran |
|---|---|---|---|---|---|---|---|---|---|"""


def main() -> None:
    """Put the table in the place of the one before."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


def table() -> str:
    """Return the table of all cases."""
    return "\n".join([HEAD, *(row(c, group(f"{c.tab} as run")[c.name]) for c in CASES)])


def row(case: Case, found: Sequence[Recorded]) -> str:
    """Return a case's row of the table."""
    finished = [run.last for run in found if isinstance(run.last, Finished)]
    losses, accuracies = [last.train_loss for last in finished], [r.test_acc for r in finished]
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


if __name__ == "__main__":
    main()
