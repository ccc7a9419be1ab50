"""The operations of the HTTP interface, in one table: routes and description are made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from lrlab.api import models
from lrlab.api.health import health
from lrlab.api.hub import Hub
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from lrlab.runs.document import document, find
from lrlab.runs.listing import Wanted, find_runs
from lrlab.schedules import catalogue, ticks
from lrlab.schedules.advice import advise
from lrlab.schedules.summary import summarize

MOST_RATES = 100_000  # of one answer


class Refusal(InvalidInput):
    """A request that cannot be met, with the status that says so."""

    def __init__(self, status: int, field: str, fault: str) -> None:
        super().__init__(field, fault)
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was found to be sound; `run` is the number in its address."""

    hub: Hub
    run: int
    query: Any
    body: Any

    @property
    def store(self) -> Store:
        """The store that is asked."""
        return self.hub.store


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb of the interface. `act` returns status and answer, and may wait for the store."""

    name: str
    method: str
    path: str
    summary: str
    act: Callable[[Call], tuple[int, Any]]
    answers: Mapping[int, type[BaseModel]]
    query: type[BaseModel] = models.NoQuery
    body: type[BaseModel] | None = None

    @property
    def of_run(self) -> bool:
        """Whether its address names a run."""
        return "{run}" in self.path


def _experiment(body: models.Trained) -> Experiment:
    if (body.experiment is None) == (body.schedule is None):
        raise InvalidInput("experiment", "or schedule is what a body has, one of the two.")
    if body.schedule is not None:
        return Experiment.parse({"schedule": body.schedule})
    return Experiment.parse(body.experiment or {})


def _submit(call: Call) -> tuple[int, Any]:
    body: models.Submit = call.body
    parent = (body.parent.run, body.parent.update) if body.parent else None
    found = call.store.submit(
        _experiment(body), body.owner, body.name,
        anew=body.anew, parent=parent,
    )  # fmt: skip
    return (201 if found.fresh else 200), {"run": found.run, "stored": not found.fresh}


def _runs(call: Call) -> tuple[int, Any]:
    query: models.RunsQuery = call.query
    wanted = Wanted(
        text=query.text, states=tuple(query.state or ()), owner=query.owner,
        tags=tuple(query.tag), starred=query.starred, uses=query.uses, before=query.before,
    )  # fmt: skip
    found = find_runs(call.store, wanted, limit=query.limit)
    following = found[-1].id if len(found) == query.limit else None
    return 200, {"runs": [run.status() for run in found], "next": following}


def _show(call: Call) -> tuple[int, Any]:
    return 200, document(call.store, call.run)


def _telling(
    command: str, tell: Callable[[Call], State]
) -> Callable[[Call], tuple[int, dict[str, Any]]]:
    def act(call: Call) -> tuple[int, dict[str, Any]]:
        state = tell(call)
        return 200, {"run": call.run, "state": str(state), "command": command}

    return act


def _label(call: Call) -> tuple[int, Any]:
    call.store.label(call.run, **call.body.model_dump(exclude_unset=True))
    return 200, find(call.store, call.run).status()


def _schedules(call: Call) -> tuple[int, Any]:
    return 200, {"schedules": catalogue()}


def _preview(call: Call) -> tuple[int, Any]:
    body: models.Preview = call.body
    one = _experiment(body)
    steps = body.steps_per_epoch or one.steps_per_epoch
    count = one.epochs if one.clock == "epoch" else one.epochs * steps
    if body.at is None and count > MOST_RATES:
        raise InvalidInput("epochs", f"makes {count} rates; allowed are {MOST_RATES}, or use at.")
    if one.epochs * steps > 100 * MOST_RATES:
        raise InvalidInput("steps_per_epoch", f"makes {one.epochs * steps} updates; allowed are "
                           f"{100 * MOST_RATES}.")  # fmt: skip
    said = one.model_dump(include={"epochs", "clock", "lag", "initial_lr"})
    times, length = ticks(one.clock, one.epochs, steps)
    if body.at is None:
        rates = one.schedule.rates(steps_per_epoch=steps, **said)
    else:
        rates = one.schedule.at(body.at, length)
    return 200, {
        "t": times.tolist() if body.at is None else body.at,
        "lr": rates.tolist(),
        "summary": summarize(one.schedule, steps_per_epoch=steps, **said).as_json(),
        "advice": [each.as_json() for each in advise(one, steps_per_epoch=steps)],
    }


_STATE = {200: models.Told}
_COMMANDS: list[tuple[str, str, type[BaseModel], Callable[[Call], State]]] = [
    ("cancel", "End a run; what it recorded is kept.", models.Nothing,
     lambda call: call.store.cancel(call.run)),
    ("pause", "Let a run stand still until it is resumed.", models.Nothing,
     lambda call: call.store.pause(call.run)),
    ("resume", "Let a paused run go on.", models.Nothing,
     lambda call: call.store.resume(call.run)),
    ("set-lr", "Set a run's rate by hand, until it is handed back.", models.SetLr,
     lambda call: call.store.set_lr(call.run, call.body.lr)),
    ("hand-back", "Hand a run's rate back to its schedule.", models.HandBack,
     lambda call: call.store.hand_back(call.run, scaled=call.body.scaled)),
]  # fmt: skip

OPERATIONS = (
    Operation("submit", "POST", "/runs",
              "Queue a run; one that was trained before, or waits already, answers it.",
              _submit, {201: models.Submitted, 200: models.Submitted}, body=models.Submit),
    Operation("runs", "GET", "/runs", "List runs, newest first, page by page.",
              _runs, {200: models.RunPage}, query=models.RunsQuery),
    Operation("show", "GET", "/runs/{run}", "Return a run with everything that it recorded.",
              _show, {200: models.Document}),
    Operation("label", "PATCH", "/runs/{run}", "Name, note, tag or star a run.",
              _label, {200: models.Status}, body=models.Label),
    *(Operation(name, "POST", f"/runs/{{run}}/{name}", summary, _telling(name, tell), _STATE,
                body=body)
      for name, summary, body, tell in _COMMANDS),
    Operation("schedules", "GET", "/schedules", "List every kind of schedule.",
              _schedules, {200: models.Kinds}),
    Operation("preview", "POST", "/preview", "Return a schedule's rates, figures and advice.",
              _preview, {200: models.Rates}, body=models.Preview),
    Operation("health", "GET", "/health", "Say whether the lab can do its work.",
              lambda call: health(call.hub), {200: models.Health, 503: models.Health}),
)  # fmt: skip
