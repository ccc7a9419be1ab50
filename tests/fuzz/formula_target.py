"""A fuzzer's target: any text is a formula that gives rates, or is refused in one sentence.

python -m tests.fuzz.formula_target -max_total_time=60     (libFuzzer's options)
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["lrlab.schedules.formula"]):
    from lrlab.schedules import Schedule, javascript, latex
    from tests.fuzz.refusal import refusal

WORDS = (
    "t", "T", "base_lr", "pi", "a", "2", "0", "1e9", "0.5", "+", "-", "*", "/", "%", "**", "(",
    ")", ",", "<", "<=", "==", "!=", " and ", " or ", "sqrt(", "exp(", "log(", "sin(", "cos(",
    "tan(", "tanh(", "abs(", "min(", "max(", "floor(", "ceil(", "mod(", "where(", ".", "[", "]",
    "__import__('os')", "lambda:", "\n", "'", ":=", "if ", " else ", "é", "\x00",
)  # fmt: skip


def formula(data: bytes) -> str:
    """Return a text of the grammar's words, or the bytes as they are."""
    if data[:1] == b"\x00":
        return data[1:].decode("utf-8", "replace")
    return "".join(WORDS[byte % len(WORDS)] for byte in data)


def check(data: bytes) -> None:
    """Read the text and use what came of it as the app does; anything but a refusal is a fault."""
    spec = {"kind": "formula", "expression": formula(data), "constants": {"a": 1.5}}
    refused = refusal(lambda: Schedule.parse(spec))
    if refused is not None:
        assert "\n" not in refused
        return
    schedule = Schedule.parse(spec)
    javascript.formulas(schedule)
    latex(schedule)
    refused = refusal(lambda: schedule.rates(epochs=4))
    assert refused is None or "allowed are finite numbers" in refused


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
