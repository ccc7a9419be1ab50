"""The command line: the same verbs as the screens, without a browser."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from lrlab.cli import (
    cluster,
    importing,
    keeping,
    race,
    range_test,
    runs,
    schedules,
    store,
    training,
)
from lrlab.errors import InvalidInput
from lrlab.runs import StoreError
from lrlab.runs.cluster import ClusterError

app = typer.Typer(
    name="lrlab",
    help="A lab for learning-rate schedules: preview, export, train, queue and watch.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for room in (schedules, importing, training, race, range_test, runs, keeping, store, cluster):
    room.add_to(app)


def main() -> NoReturn:
    """Run the command line: exit 2 and one line on stderr for what cannot be used."""
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except (InvalidInput, StoreError, ClusterError) as error:
        _fail(str(error))
    except typer.TyperException as error:
        _fail(error.format_message() if hasattr(error, "format_message") else str(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        # The reader went away, as `head` does; nothing more can be said on stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> NoReturn:
    print("lrlab: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)
