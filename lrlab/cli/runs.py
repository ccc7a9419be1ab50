"""Commands about stored runs: submit, branch, list, show, steer, label; and the worker."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Device, Json
from lrlab.cli.settings import takes_experiment
from lrlab.experiment import Experiment
from lrlab.runs import Run, State, Store, Submission
from lrlab.runs.document import document, find
from lrlab.runs.lineage import branched, last_checkpoint, replayed
from lrlab.runs.listing import NEWEST, SORTABLE, Wanted, find_runs

Number = Annotated[int, typer.Argument(metavar="RUN", help="A run's number.")]
Name = Annotated[str, typer.Option(help="A name for lists.")]
Owner = Annotated[str, typer.Option(help="Whose run it is.")]
Priority = Annotated[
    int, typer.Option(help="Runs of higher priority go first.", parser=options.whole)
]


@takes_experiment()
def submit(
    experiment: Experiment,
    name: Name = "",
    owner: Owner = "",
    priority: Priority = 0,
    anew: Annotated[
        bool, typer.Option("--anew", help="Train even what is in the store already.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Queue a training for the worker and print the run's number.

    One that was trained before, or waits already, is answered by that run.
    """
    found = Store().submit(experiment, owner=owner, name=name, anew=anew, priority=priority)
    _say_submitted(found, as_json)


def branch(
    number: Number,
    at: Annotated[
        int | None, typer.Option(help="The checkpoint's update; the last one if left out.")
    ] = None,
    changes: Annotated[
        str, typer.Option("--with", metavar="SPEC", help="What is other from there on, as JSON.")
    ] = "{}",
    name: Name = "",
    owner: Owner = "",
    priority: Priority = 0,
    as_json: Json = False,
) -> None:
    """Queue a run that goes on from a checkpoint of RUN, with a part of it changed."""
    store = Store()
    parent = find(store, number)
    child = branched(parent.experiment, options.read_spec(changes))
    update = last_checkpoint(store, number) if at is None else at
    found = store.submit(child, owner=owner, name=name, priority=priority, parent=(number, update))
    _say_submitted(found, as_json)


def _say_submitted(found: Submission, as_json: bool) -> None:
    if as_json:
        options.say({"run": found.run, "stored": not found.fresh})
    elif found.fresh:
        print(f"run {found.run} is queued; `lrlab worker` trains it where no worker runs yet")
    else:
        print(f"run {found.run} trains or has trained the same; --anew trains it again")


def runs(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The first so many.")] = 50,
    text: Annotated[str, typer.Option(help="With this in name, note, owner or a tag.")] = "",
    state: Annotated[
        list[State] | None, typer.Option(help="In this state; several: again.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Whose.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="With this tag; several: again.")] = None,
    starred: Annotated[bool, typer.Option("--starred", help="Only starred ones.")] = False,
    uses: Annotated[str, typer.Option(metavar="KIND", help="With this kind of schedule.")] = "",
    sort: Annotated[
        str, typer.Option(help=f"{', '.join(SORTABLE)}; with - from high to low.")
    ] = NEWEST,
    as_json: Json = False,
) -> None:
    """List runs, the newest first."""
    wanted = Wanted(text, tuple(state or ()), owner, tuple(tag or ()), starred, uses, sort)
    found = find_runs(Store(), wanted, limit=limit)
    if as_json:
        options.say([run.status() for run in found])
        return
    nothing = "no runs yet; `lrlab submit SPEC` queues one" if wanted == Wanted() else "no run fits"
    print("\n".join(map(_line, found)) or nothing)


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
    _say_told(number, "cancel", Store().cancel(number), as_json)


def pause(number: Number, as_json: Json = False) -> None:
    """Let a run stand still, with a checkpoint, until it is resumed."""
    _say_told(number, "pause", Store().pause(number), as_json)


def resume(number: Number, as_json: Json = False) -> None:
    """Let a paused run go on from where it stood."""
    _say_told(number, "resume", Store().resume(number), as_json)


def set_lr(
    number: Number,
    lr: Annotated[float, typer.Argument(metavar="LR", help="The rate.", parser=options.number)],
    as_json: Json = False,
) -> None:
    """Set a run's rate by hand, from its next update on, until it is handed back."""
    _say_told(number, "set-lr", Store().set_lr(number, lr), as_json)


def hand_back(
    number: Number,
    scaled: Annotated[
        bool, typer.Option("--scaled", help="Scale what is left of the schedule to the rate.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Hand a run's rate back to its schedule."""
    _say_told(number, "hand-back", Store().hand_back(number, scaled=scaled), as_json)


def _say_told(number: int, command: str, state: State, as_json: bool) -> None:
    if as_json:
        options.say({"run": number, "state": str(state), "command": command})
    elif state.final:
        print(f"run {number} is {state}")
    else:
        print(f"run {number} is told to {command} ({state})")


def label(
    number: Number,
    name: Annotated[str | None, typer.Option(help="Its name in lists.")] = None,
    note: Annotated[str | None, typer.Option(help="What you want to remember of it.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag; several: again. They replace its tags.")
    ] = None,
    star: Annotated[bool | None, typer.Option(help="Starred runs are never removed.")] = None,
    priority: Annotated[
        int | None, typer.Option(help="Higher ones go first.", parser=options.whole)
    ] = None,
    as_json: Json = False,
) -> None:
    """Name a run, note something on it, tag or star it, or give it another priority."""
    store = Store()
    store.label(number, name=name, note=note, tags=tag, starred=star, priority=priority)
    status = find(store, number).status()
    print(_line(find(store, number))) if not as_json else options.say(status)


def replay(number: Number, as_json: Json = False) -> None:
    """Print the experiment that repeats the rates that RUN really applied, as `piecewise`."""
    spec = json.loads(replayed(Store(), number).canonical())
    print(json.dumps(spec, indent=None if as_json else 1))


def worker(
    device: Device = "auto",
    idle_exit: Annotated[
        bool, typer.Option("--idle-exit", help="End when no app runs and nothing waits.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="A name that no other worker on this store has.")
    ] = None,
    while_stdin_open: Annotated[
        bool, typer.Option("--while-stdin-open", help="End when nobody holds stdin open.")
    ] = False,
) -> None:
    """Train queued runs, in the foreground, until told to stop."""
    from lrlab.runs.supervisor import main

    main(device=device, idle_exit=idle_exit, name=name, while_stdin_open=while_stdin_open)


def add_to(app: typer.Typer) -> None:
    """Register this file's commands."""
    for command in (submit, branch, runs, show, cancel, pause, resume, label, replay, worker):
        app.command()(command)
    app.command("set-lr")(set_lr)
    app.command("hand-back")(hand_back)
