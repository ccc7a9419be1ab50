"""Commands that move a whole store: export-store, import-store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Json
from lrlab.runs import Store
from lrlab.runs.moving import Moved, export_store, import_store

File = Annotated[Path, typer.Argument(metavar="FILE", help="A file of export-store.")]
NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, as lab.zip.")]
WithoutCheckpoints = Annotated[
    bool, typer.Option("--without-checkpoints", help="Leave the files out that runs go on from.")
]


def export(
    file: NewFile, without_checkpoints: WithoutCheckpoints = False, as_json: Json = False
) -> None:
    """Write all runs with everything of them into one file; a worker may go on meanwhile."""
    tell = _quiet if as_json else _tell
    database = Store().database
    moved = export_store(database, file, checkpoints=not without_checkpoints, tell=tell)
    _say(moved, file, as_json=as_json)


def import_(file: File, as_json: Json = False) -> None:
    """Fill an empty store, on any database, with the runs of a file; those in training wait."""
    moved = import_store(Store().database, file, tell=_quiet if as_json else _tell)
    _say(moved, file, as_json=as_json)


def _tell(what: str, count: int) -> None:
    print(f"{what}: {count:,}", file=sys.stderr)


def _quiet(what: str, count: int) -> None:
    """Say nothing: what is counted comes as JSON in the end."""


def _say(moved: Moved, file: Path, *, as_json: bool) -> None:
    if as_json:
        counts = {"checkpoints": moved.checkpoints, "missing": moved.missing}
        options.say({"file": str(file), "rows": moved.rows, **counts})
        return
    print(f"{moved.rows['run']:,} runs and {moved.checkpoints:,} checkpoints moved")
    if moved.missing:
        print(f"{moved.missing:,} checkpoints are not there", file=sys.stderr)


def add_to(app: typer.Typer) -> None:
    """Register this file's commands."""
    app.command("export-store")(export)
    app.command("import-store")(import_)
