"""The catalogue as data: what sliders, documentation and the command line show of each kind."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lrlab.schedules.base import Schedule
from lrlab.schedules.latex import latex
from lrlab.schedules.parameters import Parameter

GROUPS = ("Basic", "Decay", "Steps", "Cycles", "Phases", "Adaptive", "Custom", "Combinators")


def catalogue() -> list[dict[str, Any]]:
    """Return every kind, group by group, as JSON-ready objects."""
    kinds = sorted(Schedule.kinds.items(), key=lambda item: place_of(item[1].group))
    return [_entry(kind, cls) for kind, cls in kinds]


def place_of(group: str) -> int:
    """Return a group's place on screen; groups of others' families come last."""
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _entry(kind: str, cls: type[Schedule]) -> dict[str, Any]:
    example = cls.model_validate({})
    defaults = example.spec()
    return {
        "kind": kind,
        "title": cls.title,
        "group": cls.group,
        "summary": (cls.__doc__ or "").strip(),
        "formula": latex(example),
        "known_as": cls.known_as,
        "parameters": [
            _parameter(name, parameter, defaults[name])
            for name, parameter in cls.parameters().items()
        ],
        "references": [reference._asdict() for reference in cls.references],
        "origin": cls.origin,
        "example": {
            "schedule": {"kind": kind, **cls.example.parameters},
            "epochs": cls.example.epochs,
            "clock": cls.example.clock,
        },
    }


def _parameter(name: str, parameter: Parameter, default: Any) -> dict[str, Any]:
    facts = asdict(parameter) | {
        "name": name,
        "default": default,
        "optional": parameter.optional,
        "absent": "T" if parameter.absent == "T" else None,
        "choices": list(parameter.choices),
    }
    return facts
