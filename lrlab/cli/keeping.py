"""Commands that keep house: gc, check, vacuum."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Json
from lrlab.runs import Store
from lrlab.runs.clearing import sweep
from lrlab.runs.keeping import Plan, look
from lrlab.runs.vacuum import vacuum as shrink


def gc(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and let nothing go.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove what lab.toml's [retention] and [limits] say, and files that belong to no run.

    Starred runs stay, and whatever a run needs that has not ended.
    """
    database = Store().database
    plan = look(database)
    if not dry_run:
        plan = sweep(database, plan)
    if as_json:
        options.say(plan.as_json() | {"dry_run": dry_run})
        return
    print("\n".join(_lines(plan)) or "nothing to remove")


def _lines(plan: Plan) -> list[str]:
    return [
        *(f"run {number}" for number in plan.runs),
        *(f"checkpoint of run {one.run} at update {one.update}" for one in plan.checkpoints),
        *(f"file {each.path}, {each.bytes:,} bytes" for each in plan.files),
    ]


def check(as_json: Json = False) -> None:
    """Check the database, the checkpoints' files and the runs' states; exit 1 if one is wrong."""
    from lrlab.runs.checking import check as findings

    found = list(findings(Store().database))
    if as_json:
        options.say({"findings": [asdict(each) for each in found]})
    else:
        print("\n".join(each.sentence for each in found) or "all is well")
    if found:
        raise typer.Exit(1)


def vacuum(as_json: Json = False) -> None:
    """Shrink the database to what is in it, while no run trains."""
    done = shrink(Store().database)
    if as_json:
        options.say(asdict(done))
    else:
        print(f"{done.before:,} bytes before, {done.after:,} bytes after")


def add_to(app: typer.Typer) -> None:
    """Register this file's commands."""
    for command in (gc, check, vacuum):
        app.command()(command)
