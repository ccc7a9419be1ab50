"""Specs that several libraries' calls come down to: warmups, joins, points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isclose
from typing import Any

from lrlab.schedules.base import Schedule
from lrlab.schedules.importing.table import Spec
from lrlab.schedules.importing.values import refuse

STARTS_AT_BASE = (
    "constant", "cosine", "cosine_restarts", "cosine_waves", "exponential", "inverse_power",
    "polynomial", "wsd",
)  # fmt: skip


def constant(base_lr: float) -> Spec:
    """The same rate for ever."""
    return {"kind": "constant", "base_lr": base_lr}


def line(first: float, last: float, length: float, power: float = 1.0) -> Spec:
    """A line, or a power's curve, from one rate to another; of no length, the first for ever."""
    if length == 0:
        return constant(first)
    rates = {"base_lr": first, "final_lr": last}
    return {"kind": "polynomial", **rates, "power": power, "length": length}


def cosine(base_lr: float, final_lr: float, length: float, exponent: float = 1.0) -> Spec:
    """Half a cosine wave."""
    rates = {"base_lr": base_lr, "final_lr": final_lr}
    return {"kind": "cosine", **rates, "length": length, "exponent": exponent}


def rate_at(spec: Spec, t: float) -> float:
    """Return a spec's rate at `t`."""
    return float(Schedule.parse(spec).at([t], 1.0)[0])


def first_rate(spec: Spec) -> float:
    """Return a spec's rate at 0; for most kinds without compiling their formula."""
    kind = spec["kind"]
    if kind in STARTS_AT_BASE or (kind == "multistep" and 0 not in spec["milestones"]):
        return float(spec["base_lr"])
    if kind == "sequence":
        return first_rate(spec["parts"][0]["schedule"])
    if kind == "warmup":
        return float(spec["begin_lr"])
    return rate_at(spec, 0.0)


def meets(rate: float, other: float) -> bool:
    """Whether two rates are the same but for rounding."""
    return isclose(rate, other, rel_tol=1e-12)


def warm(
    inner: Spec,
    length: float,
    begin_lr: float = 0.0,
    top: float | None = None,
    *,
    mode: str = "linear",
    shift: bool = True,
) -> Spec:
    """A warmup of the inner schedule, on a clock of its own after it.

    The ramp leads to `top`; where the inner schedule starts elsewhere, the rate jumps there.
    """
    if length == 0:
        return inner
    if top is None or meets(first_rate(inner), top):
        ramp = {"length": length, "begin_lr": begin_lr, "mode": mode, "shift": shift}
        return {"kind": "warmup", "inner": inner, **ramp}
    return joined([line(begin_lr, top, length), inner], [length])


def joined(specs: Sequence[Spec], boundaries: Sequence[float]) -> Spec:
    """One schedule after the other, each on its own clock; a line up to the next is a warmup."""
    lengths = [end - start for start, end in pairwise([0, *boundaries])]
    if len(specs) == 2 and (ramp := _ramp(specs[0], specs[1], lengths[0])):
        return ramp
    parts: list[Spec] = [
        {"schedule": spec, "length": length} for spec, length in zip(specs, lengths, strict=False)
    ]
    return {"kind": "sequence", "parts": [*parts, {"schedule": specs[-1]}]}


def _ramp(first: Spec, second: Spec, length: float) -> Spec | None:
    straight = first["kind"] == "polynomial" and first["power"] == 1
    if not straight or first["length"] != length:
        return None
    if not meets(first_rate(second), first["final_lr"]):
        return None
    return {"kind": "warmup", "length": length, "begin_lr": first["base_lr"], "inner": second}


def check_boundaries(call: str, name: str, boundaries: Sequence[float], schedules: int) -> None:
    """Refuse boundaries that do not rise or are not one fewer than the schedules."""
    if len(boundaries) != schedules - 1:
        raise refuse(
            f"has {call} with {schedules} schedulers and {len(boundaries)} {name}; "
            f"allowed is one fewer of {name}."
        )
    if any(end <= start for start, end in pairwise([0, *boundaries])):
        raise refuse(f"has {call} with {name} {list(boundaries)}; allowed are rising numbers.")


def after_warmup(call: str, total: float, warmup: float, names: tuple[str, str]) -> float:
    """Return what a total leaves after its warmup, refusing one that leaves nothing."""
    if total <= warmup:
        raise refuse(
            f"has {call} with {names[1]} {warmup:g} and {names[0]} {total:g}; "
            f"allowed is a {names[0]} above {names[1]}."
        )
    return total - warmup


def points(times: Sequence[float], rates: Sequence[float], interpolation: str) -> Spec:
    """A schedule through points; of two at one time the later one counts."""
    last = dict(zip(times, rates, strict=True))
    if len(last) == 1:
        return constant(next(iter(last.values())))
    at = sorted(last)
    rising = {"times": at, "rates": [last[time] for time in at]}
    return {"kind": "piecewise", **rising, "interpolation": interpolation}


def one_of(call: str, name: str, value: str, choices: Sequence[str]) -> str:
    """Return `value` if it is one of the choices, or refuse it."""
    if value not in choices:
        words = ", ".join(map(repr, choices))
        raise refuse(f"has {call} with {name} {value[:60]!r}; allowed is one of {words}.")
    return value


def within(call: str, name: str, value: float, low: float, high: float) -> float:
    """Return `value` if it lies between the two, or refuse it."""
    if not low <= value <= high:
        words = f"a number from {low:g} to {high:g}"
        raise refuse(f"has {call} with {name} {value:g}; allowed is {words}.")
    return value


def plateau(call: str, **fields: Any) -> Spec:
    """The spec of a schedule that watches the run, where this lab knows such ones."""
    if "plateau" not in Schedule.kinds:
        raise refuse(
            f"has {call}, which looks at the run's own loss; "
            "allowed are schedulers that only look at the clock."
        )
    return {"kind": "plateau", **fields}
