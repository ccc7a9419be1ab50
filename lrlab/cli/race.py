"""The command race: several experiments, each from several seeds, trained as one program."""

from __future__ import annotations

import json
from collections.abc import Iterable
from statistics import mean, stdev
from typing import Annotated, Any

import typer

from lrlab.cli import options
from lrlab.cli.options import Device, Json
from lrlab.cli.settings import takes_experiment
from lrlab.cli.training import line
from lrlab.experiment import Experiment
from lrlab.records import Finished, Measure, Record, event

COLUMNS = {"train_loss": 3, "train_acc": 3, "test_acc": 4}  # a run's last figures, their digits
Seeds = Annotated[int, typer.Option(min=1, max=100, help="Runs of each SPEC, from its seed on.")]


@takes_experiment()
def race(
    experiments: list[Experiment],
    seeds: Seeds = 5,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train each SPEC from several seeds, all in one program, and compare them.

    With --json every line has its "member": the first SPEC's seeds, then the second's.
    """
    from lrlab.training import train

    entries = [_seeded(one, one.seed + k) for one in experiments for k in range(seeds)]
    heads = [name for name in names(experiments) for _ in range(seeds)]
    seen: list[Record] = []
    for record in train(entries, device=device):
        seen.append(record)
        if as_json:
            options.say(event(record) | {"member": record.member})
        else:
            member = record.member
            print(f"{heads[member]}, seed {entries[member].seed}: {line(record)}", flush=True)
    if not as_json:
        print("\n" + table(experiments, seen, seeds=seeds))


def _seeded(experiment: Experiment, seed: int) -> Experiment:
    return Experiment.parse(json.loads(experiment.canonical()) | {"seed": seed})


def names(experiments: list[Experiment]) -> list[str]:
    """Return a name for each experiment: what it does not share with all the others."""
    shared = _shared([one.changed() for one in experiments])
    specs = [one.schedule.spec() for one in experiments]
    found = []
    for one, spec in zip(experiments, specs, strict=True):
        alike = [other for other in specs if other["kind"] == spec["kind"]]
        own = {name: spec[name] for name in spec if name not in _shared(alike)}
        words = [f"{k} {v:g}" for k, v in own.items() if isinstance(v, (int, float))]
        found.append(", ".join([one.named(unsaid={*shared, "seed"}), *words]))
    return [
        f"{name}, SPEC {place}" if found.count(name) > 1 else name
        for place, name in enumerate(found, start=1)
    ]


def _shared(each: list[dict[str, Any]]) -> set[str]:
    """Return the keys under which all hold the same."""
    first, *others = each
    return {
        name
        for name, value in first.items()
        if all(name in other and other[name] == value for other in others)
    }


def table(experiments: list[Experiment], records: Iterable[Record], *, seeds: int) -> str:
    """Return mean ± standard deviation over its seeds of each experiment's last figures.

    `records` are those of a race with `seeds` members for each experiment, in this order. An
    average's test accuracy has a row of its own.
    """
    kept = [record for record in records if isinstance(record, (Finished, Measure))]
    head = ["", "finished", *(name.replace("_", " ") for name in COLUMNS)]
    rows = [head]
    for place, name in enumerate(names(experiments)):
        own = [record for record in kept if record.member // seeds == place]
        rows += [[name, *_figures(own, seeds)], *_averages(own)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)] for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in padded)


def _figures(own: list[Finished | Measure], seeds: int) -> list[str]:
    ended = [record for record in own if isinstance(record, Finished)]
    figures = [
        _spread([getattr(r, name) for r in ended], digits) for name, digits in COLUMNS.items()
    ]
    return [f"{len(ended)} of {seeds}", *figures]


def _averages(own: list[Finished | Measure]) -> list[list[str]]:
    last: dict[str, dict[int, float]] = {}
    for record in own:
        if isinstance(record, Measure) and record.name.endswith("_test_acc"):
            last.setdefault(record.name, {})[record.member] = record.value
    return [
        [f"  {name.removesuffix('_test_acc')}", "", "", "", _spread(list(by_member.values()), 4)]
        for name, by_member in last.items()
    ]


def _spread(values: list[float], digits: int) -> str:
    if not values:
        return "–"
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"


def add_to(app: typer.Typer) -> None:
    """Register this file's command."""
    app.command()(race)
