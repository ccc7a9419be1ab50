"""The command that reads another library's scheduler: import."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Json
from lrlab.errors import InvalidInput, shown
from lrlab.schedules.importing import Imported, read_code
from lrlab.schedules.importing.reader import MAX_CHARACTERS

Code = Annotated[
    str, typer.Argument(help="A scheduler's call as text, a Python file's name, or - for stdin.")
]
BaseLr = Annotated[
    float | None, typer.Option(help="The optimizer's rate, where the code does not name it.")
]


def read(code: Code, base_lr: BaseLr = None, as_json: Json = False) -> None:
    """Read a torch, Transformers, Keras, optax, timm or MXNet scheduler as a schedule."""
    found = read_code(_text(code), base_lr=base_lr)
    if as_json:
        options.say(document(found))
        return
    print(json.dumps(found.schedule.spec()))
    if found.clock:
        print(f"clock: {found.clock}")
    for note in found.notes:
        print(f"note: {note}")


def document(found: Imported) -> dict[str, object]:
    """Return what was read as one JSON object."""
    spec = found.schedule.spec()
    return {"schedule": spec, "clock": found.clock, "notes": list(found.notes)}


def _text(code: str) -> str:
    if code == "-":
        return sys.stdin.read(MAX_CHARACTERS + 1)
    if "(" in code or "\n" in code:
        return code
    try:
        with Path(code).open(encoding="utf-8") as file:
            return file.read(MAX_CHARACTERS + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise InvalidInput(
            "CODE", f"is {shown(code)}; allowed is a call, a file's name or - ({reason})."
        ) from None


def add_to(app: typer.Typer) -> None:
    """Register this file's command."""
    app.command("import")(read)
