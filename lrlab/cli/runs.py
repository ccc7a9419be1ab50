"""Commands about stored runs: submit, runs, show, cancel, worker."""

from __future__ import annotations

from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Device, Json
from lrlab.cli.settings import takes_experiment
from lrlab.experiment import Experiment
from lrlab.runs import Run, Store
from lrlab.runs.document import document

Number = Annotated[int, typer.Argument(metavar="RUN", help="A run's number.")]


@takes_experiment()
def submit(
    experiment: Experiment,
    name: Annotated[str, typer.Option(help="A name for lists.")] = "",
    owner: Annotated[str, typer.Option(help="Whose run it is.")] = "",
    as_json: Json = False,
) -> None:
    """Queue a training for the worker and print the run's number."""
    number = Store().submit(experiment, owner=owner, name=name)
    if as_json:
        options.say({"run": number})
    else:
        print(f"run {number} is queued; `lrlab worker` trains it where no worker runs yet")


def runs(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List the newest runs."""
    found = Store().list(limit=limit)
    if as_json:
        options.say([run.status() for run in found])
        return
    print("\n".join(map(_line, found)) or "no runs yet; `lrlab submit SPEC` queues one")


def _line(run: Run) -> str:
    accuracy = "" if run.test_acc is None else f"test acc {run.test_acc:.4f}"
    place = f"epoch {run.epoch:.1f} of {run.epochs}"
    return f"{run.id:>5}  {run.state!s:<10} {place:<20} {accuracy:<16} {run.name}"


def show(number: Number, as_json: Json = False) -> None:
    """Print one run with everything it recorded."""
    found = document(Store(), number)
    if as_json:
        options.say(found)
        return
    for name in ("run", "name", "state", "error", "epoch", "epochs", "lr", "device"):
        if found[name] is not None:
            print(f"{name:<8} {found[name]}")
    for evaluation in found["evaluations"]:
        print(
            f"epoch {evaluation['epoch']:>4}  train loss {evaluation['train_loss']:.4f}  "
            f"train acc {evaluation['train_acc']:.4f}  test acc {evaluation['test_acc']:.4f}"
        )


def cancel(number: Number, as_json: Json = False) -> None:
    """End a run; what it recorded is kept."""
    state = Store().cancel(number)
    if as_json:
        options.say({"run": number, "state": str(state)})
    else:
        print(f"run {number} is told to end" if not state.final else f"run {number} is {state}")


def worker(
    device: Device = "auto",
    idle_exit: Annotated[
        bool, typer.Option("--idle-exit", help="End when no app runs and nothing waits.")
    ] = False,
) -> None:
    """Train queued runs, in the foreground, until told to stop."""
    from lrlab.runs.supervisor import main

    main(device=device, idle_exit=idle_exit)


def add_to(app: typer.Typer) -> None:
    """Register this file's commands."""
    for command in (submit, runs, show, cancel, worker):
        app.command()(command)
