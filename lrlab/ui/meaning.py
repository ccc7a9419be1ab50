"""What a schedule means, in words: "Warms up for 5 epochs, then falls by half a cosine to 0.01"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lrlab.experiment import Experiment
from lrlab.ui.text import _

Spec = dict[str, Any]
Span = Callable[[float | None], str]

MONOTONE = ("polynomial", "cosine", "tanh", "rex")
MOST_PARTS = 4  # of a sequence or a list, told one by one


def meaning(one: Experiment) -> str:
    """Return an experiment's schedule as a sentence, in the session's language."""

    def span(length: float | None) -> str:
        if length is None:
            return _("the whole run")
        words = _("{n} updates") if one.clock == "step" else _("{n} epochs")
        return words.format(n=f"{length:.4g}")

    said = _said(one.schedule.spec(), span)
    late = _(" It is applied one tick late.") if one.lag else ""
    return said[:1].upper() + said[1:] + "." + late


def _said(spec: Spec, span: Span) -> str:
    words = _family(spec, span) or _around(spec, span) or _adaptive(spec)
    return words or spec["kind"].replace("_", " ")


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _family(spec: Spec, span: Span) -> str:
    """Return a family's words, each with its own parameters; "" for what is none."""
    told = {name: _rate(value) for name, value in spec.items() if isinstance(value, int | float)}
    told["span"] = span(spec.get("length"))
    told["moves"] = _moves(spec.get("base_lr", 0), spec.get("final_lr", 0))
    templates = {
        "constant": _("stays at {base_lr}"),
        "inverse_power": _("falls from {base_lr} as a power {power} of time, ever more slowly"),
        "polynomial": _("{moves} from {base_lr} to {final_lr} over {span}, with the power {power}"),
        "cosine": _("{moves} from {base_lr} by half a cosine to {final_lr} over {span}"),
        "tanh": _("{moves} from {base_lr} to {final_lr} over {span}, steepest in between")
        if spec.get("lower", 0) < spec.get("upper", 1)
        else _("follows a tanh backwards, between {base_lr} and {final_lr}, over {span}"),
        "rex": _("{moves} from {base_lr} to {final_lr} over {span}, faster towards the end"),
        "sweep": _("rises from {start_lr} to {end_lr} over {span}, to find where training breaks"),
        "formula": _("follows a formula of its own"),
    }
    if spec["kind"] in templates:
        still = spec["kind"] in MONOTONE and spec["base_lr"] == spec["final_lr"]
        return templates["constant" if still else spec["kind"]].format(**told)
    makers: dict[str, Callable[[Spec, dict[str, str], Span], str]] = {
        "exponential": _exponential, "multistep": _multistep, "piecewise": _piecewise,
        "cosine_waves": _waves, "cosine_restarts": _restarts, "cyclic": _cyclic,
        "one_cycle": _one_cycle, "wsd": _wsd, "noam": _noam,
    }  # fmt: skip
    maker = makers.get(spec["kind"])
    return maker(spec, told, span) if maker else ""


def _moves(begin: float, end: float) -> str:
    return _("rises") if end > begin else _("falls")


def _exponential(spec: Spec, told: dict[str, str], span: Span) -> str:
    told["moves"] = _moves(1, spec["factor"])
    if spec["factor"] == 1:
        words = _("stays at {base_lr}")
    elif spec["staircase"]:
        words = _("starts at {base_lr} and is multiplied by {factor} every {every}, in steps")
    else:
        words = _("{moves} from {base_lr} by a factor of {factor} every {every}")
    said = words.format(**{**told, "every": span(spec["every"])})
    floor = _(", never below {min_lr}").format(**told) if spec["min_lr"] else ""
    return said + floor


def _multistep(spec: Spec, told: dict[str, str], span: Span) -> str:
    if not spec["milestones"]:
        return _("stays at {base_lr}").format(**told)
    at = [f"{each:.4g}" for each in spec["milestones"]]
    shown = ", ".join(at[:6]) + (", …" if len(at) > 6 else "")
    return _("starts at {base_lr} and is multiplied by {factor} at {milestones}").format(
        **{**told, "milestones": shown}
    )


def _piecewise(spec: Spec, told: dict[str, str], span: Span) -> str:
    return _("goes through {n} points, from {first} to {last}").format(
        n=len(spec["times"]), first=_rate(spec["rates"][0]), last=_rate(spec["rates"][-1])
    )


def _waves(spec: Spec, told: dict[str, str], span: Span) -> str:
    return _("swings {cycles} times between {base_lr} and {final_lr} over {span}").format(**told)


def _restarts(spec: Spec, told: dict[str, str], span: Span) -> str:
    return _("{moves} from {base_lr} by half a cosine to {final_lr} and starts again, first after "
             "{period}").format(**{**told, "period": span(spec["period"])})  # fmt: skip


def _cyclic(spec: Spec, told: dict[str, str], span: Span) -> str:
    return _("rises from {min_lr} to {max_lr} in {up} and falls back in {down}, again and "
             "again").format(**{**told, "up": span(spec["up"]),
                                "down": span(spec["down"])})  # fmt: skip


def _one_cycle(spec: Spec, told: dict[str, str], span: Span) -> str:
    first = spec["max_lr"] / spec["div_factor"]
    return _("rises from {first} to {max_lr} in the first {part} of {span}, then falls to almost "
             "nothing").format(**{**told, "first": _rate(first),
                                  "part": f"{spec['pct_start']:.0%}"})  # fmt: skip


def _wsd(spec: Spec, told: dict[str, str], span: Span) -> str:
    rise = _("warms up for {warmup}, ").format(warmup=span(spec["warmup"]))
    rest = _("holds {base_lr}, and {moves} to {final_lr} in the last {decay} of {span}")
    return (rise if spec["warmup"] else "") + rest.format(**{**told, "decay": span(spec["decay"])})


def _noam(spec: Spec, told: dict[str, str], span: Span) -> str:
    return _("rises for {warmup}, then falls as the square root of time").format(
        warmup=span(spec["warmup"])
    )


def _around(spec: Spec, span: Span) -> str:
    """Return a combinator's words with those of what it is around; "" for what is none."""
    inner = _said(spec["inner"], span) if "inner" in spec else ""
    kind = spec["kind"]
    if kind == "warmup":
        return _("warms up for {span}, then {inner}").format(span=span(spec["length"]), inner=inner)
    if kind == "cooldown":
        return _("{inner}; from {start} on it cools down to {final_lr} in {span}").format(
            inner=inner, start=f"{spec['start']:.4g}", final_lr=_rate(spec["final_lr"]),
            span=span(spec["length"]),
        )  # fmt: skip
    if kind == "sequence":
        return _sequence(spec["parts"], span)
    if kind == "product":
        return _("is the product of {n} schedules").format(n=len(spec["factors"]))
    templates = {
        "repeat": _("{inner}, again every {period}"),
        "clamp": _("{inner}, within bounds"),
        "scale": _("{inner}, all of it times {factor}"),
        "noise": _("{inner}, with noise of {percent} on it"),
    }
    if kind not in templates:
        return ""
    return templates[kind].format(
        inner=inner, period=span(spec.get("period", 0)), factor=_rate(spec.get("factor")),
        percent=f"{spec.get('std', 0):.3g}",
    )  # fmt: skip


def _sequence(parts: list[Spec], span: Span) -> str:
    said = [_said(part["schedule"], span) for part in parts[:MOST_PARTS]]
    more = _(", and so on") if len(parts) > MOST_PARTS else ""
    return _(", then ").join(said) + more


def _adaptive(spec: Spec) -> str:
    templates = {
        "plateau": _("starts at {base_lr} and is multiplied by {factor} when the metric has not "
                     "improved for {patience} ticks"),
        "greedy": _("starts at {base_lr}, rises while the metric improves and falls when it does "
                    "not"),
        "manual": _("starts at {base_lr}, and a hand sets it while the run goes on"),
    }  # fmt: skip
    told = {name: _rate(value) for name, value in spec.items() if isinstance(value, int | float)}
    return templates[spec["kind"]].format(**told) if spec["kind"] in templates else ""
