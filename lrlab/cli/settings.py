"""SPEC and the options over it: one option for each field of an experiment, made of that field.

A new field of `lrlab.settings` is an option of every command here without another edit.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any

import typer

from lrlab.cli.options import number as number_of
from lrlab.cli.options import read_spec, whole
from lrlab.experiment import FIELDS, Experiment
from lrlab.fields import Facts
from lrlab.settings import NOTES

SPEC = "A schedule or experiment: JSON text, a file's name, or - for stdin."
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=SPEC, show_default=False)]
Specs = Annotated[list[str], typer.Argument(metavar="SPECS", help=SPEC)]

TYPES: dict[str, Any] = {
    "integer": int, "number": float, "boolean": bool, "choice": str, "choices": list[str],
}  # fmt: skip
PARSERS = {"integer": whole, "number": number_of}


def takes_experiment(
    *names: str, without: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command SPEC and an option for each of these fields (all, if none is named).

    The command's own `experiment` is then what they say together; one that has `experiments`
    takes several SPECS, and the options stand over each. without: the JSON text that stands
    for a SPEC that is left out, where it may be.
    """
    fields = [FIELDS[name] for name in names or FIELDS]

    def dressed(command: Callable[..., None]) -> Callable[..., None]:
        own = dict(inspect.signature(command, eval_str=True).parameters)
        many = "experiments" in own
        given = own.pop("experiments" if many else "experiment").name

        @wraps(command)
        def run(spec: Any, **options: Any) -> None:
            said = {each.name: options.pop(each.name) for each in fields}
            read = [experiment(one, said) for one in spec] if many else experiment(spec, said)
            command(**{given: read}, **options)

        default = Parameter.empty if without is None else without
        kind = Specs if many else Spec
        first = Parameter("spec", Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        rest = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in own.values()]
        return _signed(run, [first, *map(_option, fields), *rest])

    return dressed


def experiment(spec: str, said: dict[str, Any]) -> Experiment:
    """Return the experiment of SPEC with the options that were given put over it."""
    data = read_spec(spec)
    fields = {"schedule": data} if "kind" in data else data
    given = {name: _value(name, value) for name, value in said.items() if value is not None}
    return Experiment.parse({**fields, **given})


def _value(name: str, value: Any) -> Any:
    if FIELDS[name].type != "choices":
        return value
    return [word.strip() for text in value for word in text.split(",") if word.strip()]


def _signed(command: Callable[..., None], parameters: list[Parameter]) -> Callable[..., None]:
    """Let Typer read these parameters where it looks for a command's own."""
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _option(facts: Facts) -> Parameter:
    flag = "--" + facts.name.replace("_", "-")
    if facts.type == "choices":
        flag = flag.removesuffix("s")  # it is given once for each
    elif facts.type == "boolean":
        flag += f"/--no-{flag[2:]}"
    option = typer.Option(flag, help=_help(facts), parser=PARSERS.get(facts.type))
    kind = TYPES[facts.type]
    return Parameter(
        facts.name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _help(facts: Facts) -> str:
    words = [f"{word} ({NOTES[word]})" if word in NOTES else f"{word}" for word in facts.choices]
    if facts.type == "choices":
        return f"{facts.help}: {', '.join(words)}. Several: again, or with commas."
    said = f"{facts.help}: {', '.join(words)}" if words else facts.help
    default = "off" if facts.default is False else facts.default
    return f"{said}." if default is None else f"{said} ({default})."
