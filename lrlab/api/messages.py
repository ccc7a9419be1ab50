"""The text of the run stream: server-sent events whose data are columns of new records.

A part, what one event says of one run, is written once a turn and shared by all
watchers that know the same of that run. Records are sent once each; of the status the
fields that differ from what a watcher knows; the commands, whose rows change, whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lrlab.records import Evaluation, Measure, Point, finite
from lrlab.runs import Position, Update
from lrlab.runs.commands import Command

GREETING = "retry: 1000\n\n"
# For proxies a comment, for the browser an event: its absence shows a line that broke silently.
ALIVE = ": nothing new\nevent: alive\ndata: {}\n\n"
END = "event: end\ndata: {}\n\n"

POINT = ("update", "epoch", "lr", "train_loss", "train_acc")
EVALUATION = ("epoch", "update", "test_loss", "test_acc", "train_loss", "train_acc")
MEASURE = ("epoch", "update", "value")
COMMAND = ("seq", "kind", "argument", "applied_update", "refusal")

Updates = Mapping[int, Update]


class Said(NamedTuple):
    """What changes of a run as a watcher was told last, as JSON: its status and its commands."""

    status: str = ""
    commands: str = "[]"


class Known(NamedTuple):
    """What a watcher has been sent of one run: records up to `position`, and `said`."""

    run: int
    position: Position
    said: Said


class Part(NamedTuple):
    """What one event says of one run, as JSON, and what is known after it."""

    text: str
    position: Position
    said: Said
    final: bool


Parts = dict[Known, Part | None]


def part(update: Update | None, known: Known, parts: Parts) -> Part | None:
    """Return what `update` holds past `known`, or None for nothing; `parts` keeps it for others."""
    if update is None:
        return None
    if known not in parts:
        parts[known] = _part(update, known)
    return parts[known]


def event(parts: Mapping[int, str], cursor: str) -> str:
    """Return the event that carries each run's part; its id is the cursor to go on from."""
    runs = ",".join(f'"{run}":{text}' for run, text in parts.items())
    return f'id: {cursor}\ndata: {{"runs":{{{runs}}}}}\n\n'


def _part(update: Update, known: Known) -> Part | None:
    points = [point for point in update.points if point.update > known.position.update]
    evaluations = [each for each in update.evaluations if each.epoch > known.position.epoch]
    measures = [each for each in update.measures if each.seq > known.position.measure]
    said = Said(_json(update.run.status()), _json([_command(each) for each in update.commands]))
    fields = []
    if said.status != known.said.status:
        fields.append(f'"status":{_changed(said.status, known.said.status)}')
    if said.commands != known.said.commands:
        fields.append(f'"commands":{said.commands}')
    fields += _records(points, evaluations, [each.measure for each in measures])
    if not fields:
        return None
    position = Position(
        points[-1].update if points else known.position.update,
        evaluations[-1].epoch if evaluations else known.position.epoch,
        measures[-1].seq if measures else known.position.measure,
    )
    return Part(f"{{{','.join(fields)}}}", position, said, update.run.state.final)


def _changed(status: str, known: str) -> str:
    """Return the fields of a status that are not as in the one `known`, all where that is ""."""
    if not known:
        return status
    before = json.loads(known)
    return _json({name: value for name, value in json.loads(status).items()
                  if name not in before or before[name] != value})  # fmt: skip


def _command(command: Command) -> dict[str, Any]:
    return {name: getattr(command, name) for name in COMMAND}


def _records(
    points: Sequence[Point], evaluations: Sequence[Evaluation], measures: Sequence[Measure]
) -> Iterator[str]:
    if points:
        yield f'"points":{_json(_columns(points, POINT))}'
    if evaluations:
        yield f'"evaluations":{_json(_columns(evaluations, EVALUATION))}'
    if measures:
        yield f'"measures":{_json(_by_name(measures))}'


def _by_name(measures: Sequence[Measure]) -> dict[str, dict[str, list[Any]]]:
    named: dict[str, list[Measure]] = {}
    for measure in measures:
        named.setdefault(measure.name, []).append(measure)
    return {name: _columns(records, MEASURE) for name, records in named.items()}


def _columns(records: Sequence[Any], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [finite(getattr(record, name)) for record in records] for name in names}


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
