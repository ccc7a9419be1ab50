"""What every schedule is: validated parameters and one SymPy expression.

A family or combinator is one subclass: typed fields (its parameters) and
`formula`, which writes the rate at `t` with the symbols it is given. Nested
schedules are functions in that expression. Evaluation, JavaScript, LaTeX and
code are derived from it in `compile`, `javascript`, `latex` and `export`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType, SimpleNamespace
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
import sympy as sp
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializeAsAny,
    ValidationError,
)

from lrlab.errors import InvalidInput, Location, invalid, shown
from lrlab.schedules.clocks import ticks
from lrlab.schedules.parameters import Parameter
from lrlab.sentence import Sentence

MAX_DEPTH = 16
MAX_NODES = 200
MAX_TEXT = 1_000_000


class Reference(NamedTuple):
    """Where a schedule comes from."""

    authors: str
    year: int
    title: str
    link: str


class Example(NamedTuple):
    """A run in which a kind's curve shows what it is: parameters, length and clock."""

    parameters: Mapping[str, Any] = MappingProxyType({})
    epochs: int = 30
    clock: str = "epoch"


class Handle(NamedTuple):
    """A point of the curve that a hand can take hold of.

    at: its time on the schedule's own clock, an expression of the symbols that `formula` is
    given. across: the parameter that a move along the time changes; `at` is linear in it. up:
    the parameter that a move of the rate changes; left out, it is the first one of the schedule
    inside. Each entry of a list, and each part but the last, has a handle of its own. before: its
    rate is the one just before its time, as the curve jumps there.
    """

    at: Callable[[SimpleNamespace], Any]
    across: str = ""
    up: str = ""
    before: bool = False


def first(up: str = "base_lr") -> Handle:
    """The handle at t = 0, which changes the parameter `up`."""
    return Handle(lambda p: sp.S.Zero, up=up)


class Let(NamedTuple):
    """An expression that names some of its parts, so that each is computed and printed once.

    `note` is LaTeX that readers see in place of the parts, where those are only arithmetic.
    """

    value: sp.Expr
    where: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()
    note: str = ""


class Schedule(BaseModel):
    """A learning-rate schedule: a function of its clock `t` and the run's length `T`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True
    )
    kinds: ClassVar[dict[str, type[Schedule]]] = {}
    title: ClassVar[str]
    group: ClassVar[str]
    references: ClassVar[tuple[Reference, ...]] = ()
    known_as: ClassVar[str] = ""
    origin: ClassVar[str] = ""  # where it comes from, where no reference says that
    example: ClassVar[Example] = Example()
    handles: ClassVar[tuple[Handle, ...]] = ()  # what of its curve can be dragged
    adaptive: ClassVar[bool] = False  # whether it also looks at the run, see `adaptive`
    one_clock: ClassVar[bool] = True  # whether the clocks of schedules inside only run on
    law: ClassVar[str] = ""  # LaTeX in place of the formula, where that is not all
    kind: str

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        Schedule.kinds[cls.model_fields["kind"].default] = cls

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr | Let:
        """Return the rate at `t` as an expression.

        `p` holds a symbol for each number, an indexed base for each list, the
        value itself for choices and switches, and a function of time for each
        nested schedule.
        """
        raise TypeError(f"{cls.__name__} has no formula")

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """Return the facts of each parameter, in the order of definition."""
        return {
            field.alias or name: field.json_schema_extra["parameter"]  # type: ignore[index, misc]
            for name, field in cls.model_fields.items()
            if name != "kind"
        }

    @staticmethod
    def parse(spec: Schedule | Mapping[str, Any] | str) -> Schedule:
        """Return the schedule that `spec` describes: a JSON text, its object, or a schedule.

        Raises InvalidInput (a ValueError) with one sentence naming field, value
        and what is allowed.

        >>> Schedule.parse('{"kind": "constant", "base_lr": 0.3}').rates(epochs=2).tolist()
        [0.3, 0.3]
        """
        if isinstance(spec, Schedule):
            return spec
        data = load_json(spec, "the schedule") if isinstance(spec, str) else spec
        _check_size(data)
        return _parse(data)

    def values_of(self) -> dict[str, Any]:
        """Return the value of each parameter under its public name."""
        fields = type(self).model_fields.items()
        return {f.alias or name: getattr(self, name) for name, f in fields if name != "kind"}

    def spec(self) -> dict[str, Any]:
        """Return the schedule as a JSON object, every parameter named."""
        return self.model_dump(mode="json")

    def describe(self) -> str:
        """Return the schedule's name in a few words, nested ones inside."""
        inner = ", ".join(child.describe() for child in self.children())
        return f"{self.title.lower()} ({inner})" if inner else self.title.lower()

    def children(self) -> list[Schedule]:
        """Return the schedules directly inside this one."""
        return []

    def clock_of(self, child: int, t: float) -> float:
        """Return the clock of the schedule at place `child` inside; 0 or less before its turn.

        It is computed as the formula does it, to the last bit.
        """
        return t

    def extra_options(self) -> list[tuple[str, Any]]:
        """Return what, beside choices, makes this formula one of its own."""
        return []

    def extra_arguments(self) -> dict[str, Any]:
        """Return arguments of the formula that are computed from parameters."""
        return {}

    def at(self, t: Any, T: float) -> np.ndarray:
        """Return the rates at `t` (any shape, in the clock's unit) of a run of length `T`.

        Raises InvalidInput where a rate is not a finite number of 0 or more.
        """
        from lrlab.schedules.compile import evaluate

        times = np.asarray(t, dtype=np.float64)
        with np.errstate(all="ignore"):
            rates = np.array(np.broadcast_to(evaluate(self, times, T), times.shape), np.float64)
        check_rates(times, rates)
        return rates

    def rates(
        self,
        *,
        epochs: int = 30,
        steps_per_epoch: int = 235,
        clock: str = "epoch",
        lag: int = 0,
        initial_lr: float | None = None,
    ) -> np.ndarray:
        """Return the rate of every tick of a run: one an epoch, or one an update.

        With `lag` 1 the loop asks the schedule one tick late: tick 0 runs at
        `initial_lr` (left out: the schedule's own first rate), tick n at that of n − 1.
        """
        t, T = ticks(clock, epochs, steps_per_epoch)
        rates = self.at(t, T)
        if lag:
            first = rates[0] if initial_lr is None else initial_lr
            rates = np.concatenate([[first], rates[:-1]])
        return rates


def check_rates(t: np.ndarray, rates: np.ndarray) -> None:
    """Refuse rates that no optimizer can use, naming the first one."""
    wrong = ~(np.isfinite(rates) & (rates >= 0))
    if wrong.any():
        where = int(np.argmax(wrong))
        raise InvalidInput(
            "schedule",
            "gives the rate {lr:g} at t = {t:g}; allowed are finite numbers of 0 or more.",
            lr=rates.flat[where],
            t=t.flat[where],
        )


def load_json(text: str, name: str) -> Any:
    """Return what a JSON text says, or refuse it in one sentence."""
    if len(text) > MAX_TEXT:
        raise InvalidInput(
            name,
            "is {count} characters long; allowed are {max_text}.",
            count=len(text),
            max_text=MAX_TEXT,
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        cause = error.msg if isinstance(error, json.JSONDecodeError) else "too deep or too large"
        raise InvalidInput(
            name, "is {text}; allowed is a JSON object ({cause}).", text=shown(text), cause=cause
        ) from None


def _schedules_in(data: Any) -> Iterator[tuple[Any, int]]:
    stack = [(data, 1)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, Mapping):
            is_schedule = "kind" in node
            if is_schedule:
                yield node, depth
            stack += [(value, depth + is_schedule) for value in node.values()]
        elif isinstance(node, (list, tuple)) and any(isinstance(v, Mapping) for v in node):
            stack += [(value, depth) for value in node]


def _check_size(data: Any) -> None:
    for number, (_, depth) in enumerate(_schedules_in(data), start=1):
        if depth > MAX_DEPTH:
            raise InvalidInput(
                "schedule",
                "nests {depth} deep; allowed are {max_depth} levels.",
                depth=depth,
                max_depth=MAX_DEPTH,
            )
        if number > MAX_NODES:
            raise InvalidInput(
                "schedule", "has more parts than the {max_nodes} allowed.", max_nodes=MAX_NODES
            )


def _parse(data: Any) -> Schedule:
    if isinstance(data, Schedule):
        return data
    kinds = ", ".join(Schedule.kinds)
    if not isinstance(data, Mapping):
        raise InvalidInput(
            "schedule", "is {value}; allowed is an object with a kind.", value=shown(data)
        )
    kind = data.get("kind")
    cls = Schedule.kinds.get(kind) if isinstance(kind, str) else None
    if cls is None:
        near = get_close_matches(str(kind)[:60], Schedule.kinds, n=3)
        known = Sentence("{near}, or another of {kinds}" if near else "one of {kinds}",
                         near=", ".join(near), kinds=kinds)  # fmt: skip
        raise InvalidInput(
            "kind", "is {value}; allowed is {known}.", value=shown(kind), known=known
        )
    try:
        return cls.model_validate(dict(data))
    except ValidationError as error:
        raise invalid(error, _allowed(cls)) from None


def _allowed(cls: type[Schedule]) -> Any:
    def allowed(location: Location) -> str | None:
        if not location:
            return Sentence("one of kind, {names}", names=", ".join(cls.parameters()))
        parameter = cls.parameters().get(str(location[0]))
        return parameter.allowed() if parameter else None

    return allowed


Nested = Annotated[SerializeAsAny[Schedule], BeforeValidator(_parse)]
