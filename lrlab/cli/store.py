"""Commands that move a whole store: export-store, import-store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Json
from lrlab.errors import InvalidInput, shown
from lrlab.runs import Store
from lrlab.runs.document import find
from lrlab.runs.moving import Moved, export_store, import_store

RUN_FORMATS = ("csv", "parquet", "tensorboard", "mlflow")

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


def export_runs(
    numbers: Annotated[list[int], typer.Argument(metavar="RUN…", help="The runs' numbers.")],
    to: Annotated[
        str, typer.Option(metavar="FORMAT", help=f"One of {', '.join(RUN_FORMATS)}.")
    ] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="The file, or for the trackers the folder, to write.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the records of runs as a table, or as the files of another tracker."""
    if to not in RUN_FORMATS:
        raise InvalidInput("to", f"is {shown(to)}; allowed is one of {', '.join(RUN_FORMATS)}.")
    from lrlab.runs import table, tracking  # late: pandas takes its time

    store = Store()
    runs = [find(store, number) for number in dict.fromkeys(numbers)]
    folder = to in ("tensorboard", "mlflow")
    target = out or Path(f"lrlab-{to}" if folder else f"lrlab-runs.{to}")
    try:
        if to == "csv":
            target.write_text(table.as_csv(store, runs), encoding="utf-8")
        elif to == "parquet":
            target.write_bytes(table.as_parquet(store, runs))
        elif to == "tensorboard":
            tracking.write_tensorboard(store, runs, target)
        else:
            tracking.write_mlflow(store, runs, target)
    except OSError as error:
        fault = f"{target} cannot be written: {error.strerror}."
        raise InvalidInput("out", fault) from None
    if as_json:
        options.say({"runs": [run.id for run in runs], "path": str(target)})
    else:
        print(f"{len(runs)} runs are in {target}")


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
    app.command("export-runs")(export_runs)
