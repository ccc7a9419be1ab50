"""Advice on an experiment's schedule: what was probably not meant, why, and a way to mend it.

Each rule is a function from a `Case` to findings; a finding may name changes that could mend
it, and the first one after which it is gone becomes the advice's mend.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from lrlab.errors import InvalidInput
from lrlab.schedules.advice import lengths, rates
from lrlab.schedules.advice.case import Case, Finding, Run
from lrlab.schedules.places import Path, with_value

Experiment = TypeVar("Experiment", bound=Run)


@dataclass(frozen=True)
class Advice(Generic[Experiment]):
    """One piece of advice: `sentence` says what is, `reason` why it matters.

    `place` leads into the experiment; `mend` is a changed experiment without the finding,
    None where none was found, `mend_label` what the change does.
    """

    code: str
    place: Path
    sentence: str
    reason: str
    mend: Experiment | None = None
    mend_label: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the advice as a JSON object."""
        mend = self.mend and self.mend.model_dump(mode="json")
        return vars(self) | {"place": list(self.place), "mend": mend}


def advise(
    experiment: Experiment, stable_lr: float | None = None, *, steps_per_epoch: int | None = None
) -> list[Advice[Experiment]]:
    """Return the advice on an experiment, the most important first.

    `stable_lr`: the highest rate that a range test found stable. `steps_per_epoch`: updates
    of an epoch, where they are not the experiment's own.
    """
    case = Case(experiment, stable_lr, steps_per_epoch)
    return [_advice(case, experiment, finding) for finding in _findings(case)]


def _findings(case: Case) -> list[Finding]:
    found: list[Finding] = []
    for each in (*rates.RULES, *lengths.RULES):
        try:
            found += each(case)
        except InvalidInput:  # a formula inside that gives no rate at a time that is never asked
            continue
    # A run on another clock than was meant has nothing else worth saying.
    return [f for f in found if f.code == "clock_mixed"] or found


def _advice(case: Case, experiment: Experiment, found: Finding) -> Advice[Experiment]:
    for label, values in found.changes:
        mended = _changed(experiment, values)
        if mended is not None and not _still(replace(case, experiment=mended), found):
            return Advice(found.code, found.place, found.sentence, found.reason, mended, label)
    return Advice(found.code, found.place, found.sentence, found.reason)


def _still(case: Case, found: Finding) -> bool:
    return (found.code, found.place) in {(each.code, each.place) for each in _findings(case)}


def _changed(experiment: Experiment, values: dict[Path, Any]) -> Experiment | None:
    data: Any = experiment.model_dump(mode="json")
    for path, value in values.items():
        data = with_value(data, path, value)
    try:
        mended: Experiment = type(experiment).parse(data)
    except InvalidInput:
        return None
    return mended
