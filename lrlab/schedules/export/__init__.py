"""A schedule as source code for somebody's own training loop.

The code is printed from the same expression as everything else, one function for
each nested schedule, and needs nothing but the library it is for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.base import Schedule
from lrlab.schedules.clocks import ticks
from lrlab.schedules.compile import arguments, structure

UNITS = {"epoch": "epochs", "step": "updates", "progress": "epochs"}


class _Printer(PythonCodePrinter):
    def __init__(self, schedules: list[str], literals: dict[str, float]) -> None:
        super().__init__({"allow_unknown_functions": True, "order": "none"})
        self.schedules = schedules
        self.literals = literals

    def _print_Symbol(self, symbol: sp.Symbol) -> str:
        if symbol.name in self.literals:
            return _number(self.literals[symbol.name])
        return symbol.name.removeprefix("constant_")

    def _print_Function(self, call: sp.Function) -> str:
        name = type(call).__name__
        if name.startswith("schedule_"):
            name = self.schedules[int(name.removeprefix("schedule_"))]
            return f"{name}({self._print(call.args[0])})"
        return super()._print_Function(call)


def python(schedule: Schedule, T: float, unit: str = "epochs") -> str:
    """Return plain Python that defines `lr_at(t)`, `t` in `unit`, of a run of length `T`."""
    functions: list[str] = []
    _define(schedule, "lr_at", T, unit, functions)
    body = "\n\n\n".join(functions)
    modules = [name for name in ("bisect", "math") if f"{name}." in body]
    head = "".join(f"import {name}\n" for name in modules)
    return f"{head}\n\n{body}\n" if head else f"{body}\n"


def _define(schedule: Schedule, name: str, T: float, unit: str, functions: list[str]) -> None:
    names = []
    for child in schedule.children():
        names.append(f"{child.kind}_{len(functions) + 1}")
        _define(child, names[-1], T, unit, functions)
    values = arguments(schedule, T)
    literals = {key: float(v) for key, v in values.items() if key.startswith("number_")}
    with sp.evaluate(False):  # as the formula is written, not as SymPy would sort it
        value, where, _ = structure(schedule).expression()
    printer = _Printer(names, literals)
    parts = [value, *(part for _, part in where)]
    used = {symbol.name for part in parts for symbol in part.free_symbols}
    values = {"T": T, **values}
    lines = [
        f"    {key.removeprefix('constant_')} = {_number(number)}"
        for key, number in values.items()
        if key in used and key not in literals
    ]
    lines += [f"    {symbol.name} = {printer.doprint(part)}" for symbol, part in where]
    summary = f'    """{schedule.title}: the learning rate after t {unit}."""'
    functions.append(
        "\n".join([f"def {name}(t):", summary, *lines, f"    return {printer.doprint(value)}"])
    )


def _number(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "[" + ", ".join(_number(entry) for entry in value) + "]"
    number = float(value)
    if math.isinf(number):
        return "math.inf"
    return str(int(number)) if number.is_integer() and abs(number) < 1e9 else repr(number)


def to_torch(
    schedule: Schedule,
    *,
    epochs: int = 30,
    steps_per_epoch: int = 235,
    clock: str = "epoch",
    lag: int = 0,
    initial_lr: float | None = None,
) -> str:
    """Return PyTorch source: `lr_at(t)` and `make_scheduler(optimizer)`, a LambdaLR.

    The scheduler's `step` is to be called after every epoch with clock epoch,
    after every update with the others.
    """
    times, T = ticks(clock, epochs, steps_per_epoch)
    source = python(schedule, T, UNITS[clock])
    source = f"from torch.optim.lr_scheduler import LambdaLR\n\n\n{source}"
    if source.count("import ") > 1:
        imports, rest = source.split("\n\n\n", 2)[1], source.split("\n\n\n", 2)[2]
        source = f"{imports}\n\nfrom torch.optim.lr_scheduler import LambdaLR\n\n\n{rest}"
    tick = f"tick / {steps_per_epoch}" if clock == "progress" else "tick"
    late = ""
    if lag:
        first = schedule.at(times[:1], T)[0] if initial_lr is None else initial_lr
        shift = tick.replace("tick", "(tick - 1)") if clock == "progress" else "tick - 1"
        call = f"{_number(first)} if tick == 0 else lr_at({shift})"
        late = (
            "    # The schedule is asked one tick late, as loops do that call it after the epoch.\n"
        )
    else:
        call = f"lr_at({tick})"
    when = "epoch" if clock == "epoch" else "update"
    return (
        f"{source}\n\n"
        "def make_scheduler(optimizer):\n"
        f'    """Set the rate of every group; call scheduler.step() after each {when}."""\n'
        "    # LambdaLR multiplies the optimizer's own rate, so that is set to 1.\n"
        "    for group in optimizer.param_groups:\n"
        '        group["lr"] = group["initial_lr"] = 1.0\n'
        f"{late}"
        f"    return LambdaLR(optimizer, lambda tick: {call})\n"
    )


Exporter = Callable[..., str]
EXPORTERS: dict[str, Exporter] = {"torch": to_torch}


def export(schedule: Schedule, library: str, **settings: Any) -> str:
    """Return source code of the schedule for a library. Raises InvalidInput for an unknown one."""
    if library not in EXPORTERS:
        known = ", ".join(EXPORTERS)
        raise InvalidInput("to", f"is {shown(library)}; allowed is one of {known}.")
    return EXPORTERS[library](schedule, **settings)
