"""What the HTTP interface takes and answers, each as one model.

Bodies and queries are checked by their models; answers are described by theirs.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lrlab.runs import State

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Update = Annotated[int, Field(ge=0, le=2**31 - 1)]
Figure = float | None
Spec = dict[str, Any]


class Body(BaseModel):
    """What a request says, in JSON: a number is no text and a text no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Answer(BaseModel):
    """What is said back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Parent(Body):
    """The run and the update of its checkpoint from which a branch goes on."""

    run: Number
    update: Update


class Trained(Body):
    """What is to be trained: an experiment, or a schedule with all else as it is by default."""

    experiment: Spec | None = Field(None, description="As `lrlab train` takes it.")
    schedule: Spec | None = Field(None, description="As `lrlab preview` takes it.")


class Submit(Trained):
    """A run to be queued."""

    owner: str = ""
    name: str = ""
    anew: bool = Field(False, description="Train even what is in the store already.")
    parent: Parent | None = None


class Preview(Trained):
    """A schedule to be asked for its rates."""

    steps_per_epoch: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    at: Annotated[list[Annotated[float, Field(ge=0)]], Field(max_length=100_000)] | None = Field(
        None, description="Only at these t."
    )


class Nothing(Body):
    """Nothing: `{}`, or no body at all."""


class SetLr(Body):
    """The rate that a run takes from its next update on."""

    lr: float


class HandBack(Body):
    """How a run goes on with its schedule."""

    scaled: bool = Field(False, description="Scale what is left of it to the rate.")


class Label(Body):
    """What people say of a run; what is left out stays."""

    name: str | None = None
    note: str | None = None
    starred: bool | None = None
    tags: list[str] | None = None


class RunsQuery(BaseModel):
    """Which runs, newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000, description="So many at most.")] = 50
    before: Annotated[Number, Field(description="Older than this run.")] | None = None
    state: Annotated[list[State], Field(description="In one of these.")] | None = None
    owner: str | None = None
    text: Annotated[str, Field(description="With this in name, note, owner or a tag.")] = ""
    tag: Annotated[list[str], Field(description="With all of these tags.")] = []
    starred: Annotated[bool, Field(description="Only starred ones.")] = False
    uses: Annotated[str, Field(description="With this kind of schedule in theirs.")] = ""


class NoQuery(BaseModel):
    """An address without parameters; others' are let be."""


class Submitted(Answer):
    """The run that trains the experiment; stored: it was there before."""

    run: int
    stored: bool


class Told(Answer):
    """A run's state now that it was told something."""

    run: int
    state: State
    command: str


class Status(Answer):
    """Where a run stands. Times are seconds since 1970."""

    run: int
    state: State
    name: str
    update: int
    updates: int
    epoch: float
    epochs: int
    lr: Figure
    train_loss: Figure
    train_acc: Figure
    test_acc: Figure
    seconds: float
    examples_per_second: Figure
    device: str | None
    eta_seconds: Figure
    queue_position: int | None
    starts_in_seconds: Figure
    error: str | None
    wanted: State | None
    owner: str
    priority: int
    starred: bool
    note: str
    tags: list[str]
    parent: int | None
    parent_update: int | None
    command_seq: int
    submitted: float
    started: Figure
    finished: Figure


class RunPage(Answer):
    """Some runs; next: `before` of the page that follows, null on the last one."""

    runs: list[Status]
    next: int | None


class PointEvent(Answer):
    """A point of a run's curve."""

    event: str
    update: int
    epoch: float
    lr: float
    train_loss: Figure
    train_acc: Figure


class EvaluationEvent(Answer):
    """An epoch's evaluation."""

    event: str
    epoch: int
    test_loss: Figure
    test_acc: Figure
    train_loss: Figure
    train_acc: Figure
    update: int


class MeasureEvent(Answer):
    """What an instrument or an average showed."""

    event: str
    update: int
    epoch: float
    name: str
    value: Figure


class CommandEvent(Answer):
    """What somebody told a run to do, and at which update it took effect."""

    seq: int
    kind: str
    argument: Figure
    at: float
    applied_update: int | None
    refusal: str | None


class CheckpointOf(Answer):
    """A checkpoint that a branch may start from."""

    update: int
    epoch: float
    bytes: int


class Document(Status):
    """A run with everything that it recorded."""

    experiment: Spec
    identity: str
    points: list[PointEvent]
    evaluations: list[EvaluationEvent]
    measures: list[MeasureEvent]
    commands: list[CommandEvent]
    checkpoints: list[CheckpointOf]


class Rates(Answer):
    """A schedule's rates, with its figures and what is to be said of it."""

    t: list[float]
    lr: list[float]
    summary: dict[str, Any]
    advice: list[dict[str, Any]]


class Kinds(Answer):
    """Every kind of schedule."""

    schedules: list[dict[str, Any]]


class Health(Answer):
    """Whether the lab can do its work."""

    ok: bool
    version: str
    worker: bool
    watchers: int
    error: str | None = None


class Fault(Answer):
    """What is wrong: the field, its value where it is short, and what is allowed."""

    field: str
    value: Any = None
    sentence: str


class Failure(Answer):
    """A request that could not be met."""

    error: Fault
