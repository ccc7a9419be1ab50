"""The options that several commands share, and how SPEC is read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.base import MAX_TEXT, load_json
from lrlab.schedules.decisions import read_metric


def whole(text: str) -> int:
    """Return the whole number that an option's text is."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{shown(text)} is not a whole number.") from None


def number(text: str) -> float:
    """Return the number that an option's text is."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{shown(text)} is not a number.") from None


Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


def read_spec(spec: str) -> dict[str, Any]:
    """Return SPEC's JSON object: from the text itself, from a file, or from stdin for `-`.

    Raises InvalidInput with one sentence.
    """
    data = load_json(_text(spec, "SPEC"), "SPEC")
    if not isinstance(data, dict):
        raise InvalidInput("SPEC", f"is {shown(data)}; allowed is a JSON object.")
    return data


def read_metric_of(text: str) -> list[float | None]:
    """Return a metric, one value an epoch, from a JSON list, a file with one, or stdin for `-`."""
    return read_metric(load_json(_text(text, "metric"), "metric"))


def _text(spec: str, name: str) -> str:
    if spec == "-":
        return sys.stdin.read(MAX_TEXT + 1)
    if spec.lstrip().startswith(("{", "[")):
        return spec
    try:
        with Path(spec).open(encoding="utf-8") as file:
            return file.read(MAX_TEXT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise InvalidInput(
            name, f"is {shown(spec)}; allowed is a JSON text, a file's name or - ({reason})."
        ) from None


def say(value: Any) -> None:
    """Print one JSON document on a line of its own, at once."""
    print(json.dumps(value, allow_nan=False), flush=True)
