"""The reference pages: one for each kind, and an index, written from the catalogue alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from lrlab.schedules.base import Schedule
from lrlab.schedules.catalogue import catalogue
from lrlab.schedules.parameters import Parameter
from lrlab.schedules.picture import line, svg

Entry = dict[str, Any]
MADE = "<!-- Written by `make docs` from the catalogue: change the schedule's class instead. -->"
INTRODUCTION = (
    "Every kind that lrlab knows, as `lrlab schedules --json` lists it. `t` is the schedule's "
    "clock, `T` the run's length on it; a rate is a finite number of 0 or more at every t."
)
UNITS = {"clock": "the clock's"}


def pages() -> dict[str, str]:
    """Return every file of the reference by its name: pages and pictures."""
    entries = catalogue()
    files = {"README.md": _index(entries)}
    for entry in entries:
        files[f"{entry['kind']}.md"] = _page(entry)
        files[f"{entry['kind']}.svg"] = _picture(entry)
    return files


def write(folder: Path) -> None:
    """Write the reference into `folder`, and take pages out that are no longer made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in [*folder.glob("*.md"), *folder.glob("*.svg")]:
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def _index(entries: Iterable[Entry]) -> str:
    lines = [MADE, "", "# Schedules", "", INTRODUCTION]
    for group, own in groupby(entries, key=lambda entry: str(entry["group"])):
        lines += ["", f"## {group}", "", "| | kind | |", "|---|---|---|"]
        lines += [_row_of_index(entry) for entry in own]
    return "\n".join(lines) + "\n"


def _row_of_index(entry: Entry) -> str:
    kind, title = entry["kind"], entry["title"]
    picture = f'<img src="{kind}.svg" width="160" alt="">'
    return f"| {picture} | [{title}]({kind}.md) `{kind}` | {entry['summary']} |"


def _page(entry: Entry) -> str:
    example = entry["example"]
    blocks = [
        MADE,
        f"# {entry['title']}",
        f"`{entry['kind']}` in [{entry['group']}](README.md). {entry['summary']}",
        f"![The rate over the run of the example below]({entry['kind']}.svg)",
        f"$$\n{entry['formula']}\n$$",
        "\n".join(_table(entry)),
        "For example, as pictured:",
        f"```sh\nlrlab preview '{json.dumps(example)}'\n```",
        f"Known elsewhere as: {entry['known_as']}.",
        "\n".join(_origins(entry)),
    ]
    return "\n\n".join(blocks) + "\n"


def _table(entry: Entry) -> Iterator[str]:
    parameters = Schedule.kinds[entry["kind"]].parameters()
    yield "| parameter | | default | allowed | unit | |"
    yield "|---|---|---|---|---|---|"
    for row in entry["parameters"]:
        own = parameters[row["name"]]
        symbol = f"${own.symbol}$" if own.symbol else ""
        unit = UNITS.get(own.unit, own.unit)
        cells = [f"`{row['name']}`", symbol, _default(row), _allowed(own), unit, own.help]
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _default(row: Entry) -> str:
    value = row["default"]
    if value is None:
        return "the whole run" if row["absent"] == "T" else "none"
    if row["type"] == "schedule":
        return f"a [{value['kind']}]({value['kind']}.md)"
    if row["type"] in ("schedules", "parts"):
        kinds = [each.get("schedule", each)["kind"] for each in value]
        return ", ".join(f"[{kind}]({kind}.md)" for kind in kinds)
    return f"`{json.dumps(value)}`"


def _allowed(parameter: Parameter) -> str:
    if parameter.type == "choice":
        return ", ".join(f"`{word}`" for word in parameter.choices)
    return parameter.allowed()


def _origins(entry: Entry) -> Iterator[str]:
    yield "Where it comes from:"
    yield ""
    for paper in entry["references"]:
        yield f"- {paper['authors']} ({paper['year']}): [{paper['title']}]({paper['link']})."
    if entry["origin"]:
        yield f"- {entry['origin']}"


def _picture(entry: Entry) -> str:
    example = entry["example"]
    schedule = Schedule.parse(example["schedule"])
    path = line(schedule, epochs=example["epochs"], clock=example["clock"])
    return svg(path, entry["title"])
