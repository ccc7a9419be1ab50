"""The command range-test: which rates an experiment could use. Torch is loaded when it runs."""

from __future__ import annotations

from math import isfinite
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Device, Json
from lrlab.cli.settings import takes_experiment
from lrlab.errors import InvalidInput
from lrlab.experiment import FIELDS, Experiment
from lrlab.sweeping import DECIDED, RangeTest, swept

BLOCKS, WIDTH = "▁▂▃▄▅▆▇█", 60  # of the curve in a line
NAMES = {"start_lr": "from", "end_lr": "to"}  # as the options have it

From = Annotated[
    float, typer.Option("--from", parser=options.number, help="The rate of the first update.")
]
To = Annotated[
    float, typer.Option("--to", parser=options.number, help="The rate of the last update.")
]
Updates = Annotated[int, typer.Option(parser=options.whole, help="Updates from one to the other.")]


@takes_experiment(*(name for name in FIELDS if name not in DECIDED), without='{"kind": "sweep"}')
def range_test(
    experiment: Experiment,
    start_lr: From = 1e-5,
    end_lr: To = 10.0,
    updates: Updates = 200,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Let the rate rise with each update until the loss does, and suggest rates.

    The rates, and how long it takes, are the test's; all else is as SPEC and options say.
    """
    try:
        swept(experiment, start_lr=start_lr, end_lr=end_lr, updates=updates)
    except InvalidInput as error:
        raise InvalidInput(NAMES.get(error.field, error.field), error.fault) from None
    from lrlab.training import range_test as test

    found = test(experiment, start_lr=start_lr, end_lr=end_lr, updates=updates, device=device)
    if as_json:
        options.say(found.as_json())
    else:
        print(table(found))


def table(found: RangeTest) -> str:
    """Return the curve as a line, and the suggestions, for people."""
    rates, losses, smoothed = found.tried
    rows = {name: each.lr or each.reason for name, each in found.suggestions.items()}
    rows |= {"highest stable": found.stable_lr or "The loss never falls."}
    said = [f"{name.replace('_', ' '):<18}{_shown(value)}" for name, value in rows.items()]
    end = "the test stopped there" if found.stopped_at else "the end"
    return "\n".join([
        spark(smoothed),
        f"loss {losses[0]:.3g} at rate {rates[0]:.3g}, {losses[-1]:.3g} at {rates[-1]:.3g}: {end}",
        f"{len(rates)} updates in {found.seconds:.1f} s on {found.device}", "", *said,
    ])  # fmt: skip


def spark(losses: list[float]) -> str:
    """Return losses as a line of blocks; what is far above the first is cut off, to show the fall.

    Cut off is what lies above it by more than a quarter of the fall.
    """
    finite = [loss for loss in losses if isfinite(loss)]
    if not finite:
        return ""
    low = min(finite)
    high = min(max(finite), finite[0] + (finite[0] - low) / 4)
    columns = min(WIDTH, len(finite))
    picked = [finite[len(finite) * column // columns] for column in range(columns)]
    parts = [(min(loss, high) - low) / ((high - low) or 1) for loss in picked]
    return "".join(BLOCKS[round(part * (len(BLOCKS) - 1))] for part in parts)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"


def add_to(app: typer.Typer) -> None:
    """Register this file's command."""
    app.command("range-test")(range_test)
