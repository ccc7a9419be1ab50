"""The explore page's state and its link: what the address bar says, and back again.

`schedule` is its JSON; every setting that differs from its default stands under its own name,
a list as words with commas; `pins` is a JSON list; `axis=log`; `runs=3,5`; what an adaptive
schedule is replayed against is `replay=7`, a run, or `drawn=loss:0.9,0.5`, a curve drawn by hand;
`branch=3:235` has the training go on from where run 3 was after 235 updates; `whatif=on` trains a
short form at every release.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrlab.errors import InvalidInput, shown
from lrlab.experiment import FIELDS, Experiment
from lrlab.schedules.base import load_json
from lrlab.schedules.presets import PRESETS
from lrlab.ui.drawn import Drawn

SLOTS = tuple(range(1, 10))  # the places of pins among the series' colours; 0 is the curve's own
MOST_RUNS = 8
PIN_NAME = 200  # characters
MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Pin:
    """A schedule kept in the picture: its name, its experiment, its colour's place."""

    name: str
    experiment: Experiment
    slot: int

    def dump(self) -> dict[str, Any]:
        """Return the pin as JSON, its experiment whole."""
        whole = self.experiment.model_dump(mode="json")
        return {"name": self.name, "experiment": whole, "slot": self.slot}


@dataclass(frozen=True, slots=True)
class Screen:
    """All that a link to the explore page holds."""

    experiment: Experiment
    pins: tuple[Pin, ...] = ()
    log: bool = False
    runs: tuple[int, ...] = ()
    replay: int | None = None
    drawn: Drawn | None = None
    branch: tuple[int, int] | None = None  # the run and its update that Train goes on from
    whatif: bool = False  # a short training at every release


def initial() -> Screen:
    """Return the first screen: the chapter's cosine schedule."""
    cosine = next(preset for preset in PRESETS if preset["name"] == "cosine")
    return Screen(Experiment.parse(cosine["experiment"]))


def read(query: Mapping[str, str]) -> Screen:
    """Return the screen that a query describes.

    Raises InvalidInput with one sentence for anything that is not what `write` writes.
    """
    for name, text in query.items():
        if len(text) > MOST_CHARACTERS:
            fault = f"has {len(text)} characters; allowed are {MOST_CHARACTERS}."
            raise InvalidInput(name[:40], fault)
    return Screen(
        experiment=_experiment(query),
        pins=_pins(query.get("pins", "[]")),
        log=_log(query.get("axis", "linear")),
        runs=_runs(query.get("runs", "")),
        replay=_replay(query.get("replay", "")),
        drawn=Drawn.read(query["drawn"]) if "drawn" in query else None,
        branch=_branch(query.get("branch", "")),
        whatif=_switched("whatif", query.get("whatif", "off")),
    )


def write(screen: Screen) -> dict[str, str]:
    """Return the query of a screen; defaults are left out."""
    query = _fields(screen.experiment)
    if screen.pins:
        query["pins"] = _json([_pin_fields(pin) for pin in screen.pins])
    if screen.log:
        query["axis"] = "log"
    if screen.runs:
        query["runs"] = ",".join(map(str, screen.runs))
    if screen.replay is not None:
        query["replay"] = str(screen.replay)
    if screen.drawn:
        query["drawn"] = screen.drawn.write()
    if screen.branch:
        query["branch"] = "{}:{}".format(*screen.branch)
    if screen.whatif:
        query["whatif"] = "on"
    return query


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _changed(experiment: Experiment) -> dict[str, Any]:
    return experiment.model_dump(mode="json", include=set(experiment.changed()))


def _fields(experiment: Experiment) -> dict[str, str]:
    query = {"schedule": _json(experiment.schedule.spec())}
    for name, value in _changed(experiment).items():
        query[name] = value if isinstance(value, str) else _text(value)
    return query


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else _json(value)


def _pin_fields(pin: Pin) -> dict[str, Any]:
    schedule = {"schedule": pin.experiment.schedule.spec()}
    return {"name": pin.name, "slot": pin.slot, **schedule, **_changed(pin.experiment)}


def _experiment(query: Mapping[str, str]) -> Experiment:
    fields: dict[str, Any] = {name: _value(name, query[name]) for name in FIELDS if name in query}
    if "schedule" in query:
        fields["schedule"] = load_json(query["schedule"], "schedule")
    else:
        fields["schedule"] = initial().experiment.schedule
    return Experiment.parse(fields)


def _value(name: str, text: str) -> Any:
    """Return a setting's value; what is not one, the experiment refuses in its own words."""
    if FIELDS[name].type == "choices" and not text.startswith("["):
        return text.split(",") if text else []
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text  # a word, such as a clock's


def _pins(text: str) -> tuple[Pin, ...]:
    data = load_json(text, "pins")
    if not isinstance(data, list) or len(data) > len(SLOTS):
        raise InvalidInput(
            "pins",
            "is {value}; allowed is a list of up to {count}.",
            value=shown(data),
            count=len(SLOTS),
        )
    pins = tuple(_pin(index, each) for index, each in enumerate(data))
    if len({pin.slot for pin in pins}) < len(pins):
        raise InvalidInput("pins", "names a slot twice; allowed is a slot of its own for each.")
    return pins


def _pin(index: int, data: Any) -> Pin:
    place = f"pins.{index}"
    if not isinstance(data, dict):
        raise InvalidInput(place, "is {value}; allowed is an object.", value=shown(data))
    name, slot = data.get("name", ""), data.get("slot", SLOTS[index])
    if not isinstance(name, str) or len(name) > PIN_NAME:
        fault = f"is {shown(name)}; allowed are {PIN_NAME} characters."
        raise InvalidInput(f"{place}.name", fault)
    if isinstance(slot, bool) or slot not in SLOTS:
        raise InvalidInput(
            f"{place}.slot",
            "is {value}; allowed is 1 to {slots}.",
            value=shown(slot),
            slots=SLOTS[-1],
        )
    fields = {key: value for key, value in data.items() if key not in ("name", "slot")}
    try:
        return Pin(name, Experiment.parse(fields), slot)
    except InvalidInput as error:
        raise error.within(place) from None


def _log(text: str) -> bool:
    if text not in ("linear", "log"):
        raise InvalidInput("axis", "is {value}; allowed is linear or log.", value=shown(text))
    return text == "log"


def _switched(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise InvalidInput(name, "is {value}; allowed is on or off.", value=shown(text))
    return text == "on"


def _runs(text: str) -> tuple[int, ...]:
    numbers = text.split(",") if text else []
    if len(numbers) > MOST_RUNS or not all(re.fullmatch("[0-9]{1,15}", n) for n in numbers):
        raise InvalidInput(
            "runs",
            "is {value}; allowed are up to {most} numbers.",
            value=shown(text),
            most=MOST_RUNS,
        )
    return tuple(dict.fromkeys(map(int, numbers)))


def _branch(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,9}:[0-9]{1,9}", text):
        raise InvalidInput(
            "branch", "is {value}; allowed is a run and an update, as 3:235.", value=shown(text)
        )
    run, update = map(int, text.split(":"))
    return run, update


def _replay(text: str) -> int | None:
    if text and not re.fullmatch("[0-9]{1,9}", text):
        raise InvalidInput(
            "replay", "is {value}; allowed is the number of a run.", value=shown(text)
        )
    return int(text) if text else None
