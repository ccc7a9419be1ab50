"""What a lesson is made of: steps that are read, asked and answered by recorded runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lrlab.lessons.programme import Entry, entries
from lrlab.lessons.words import _

TITLES = {"pytorch": "PyTorch", "mxnet": "MXNet", "tensorflow": "TensorFlow"}
# What the programme's entries are called; a number is its own name.
NAMES = {
    "constant": _("constant"), "square root": _("square root"),
    "multi-factor": _("multi-factor"), "cosine": _("cosine"),
    "cosine + warmup": _("cosine + warmup"), "cyclic": _("cyclic"),
    "plateau": _("plateau"), "cosine restarts": _("cosine with restarts"),
}  # fmt: skip
View = Literal["curves", "rates", "sweep", "claims", "averages", "sharpness", "tabs"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands within a step: the tab of the chapter, and the case of the step."""

    tab: str = "pytorch"
    case: str = ""


Answer = Callable[[Place], int | None]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person predicts before the runs are shown.

    answer: the place among the choices of what the recorded runs, or the chapter's code as it
    is run here, say; None without runs. said: why. A choice may be a number, which no language
    changes.
    """

    text: str
    choices: Sequence[str]
    answer: Answer
    said: str
    by_tab: bool = True  # asked anew in each tab of the chapter, where the step has them


@dataclass(frozen=True, slots=True)
class Shown:
    """Entries of a group of recorded runs, all where `names` is empty.

    `{tab}` in the group and `{case}` in a name stand for those of the place.
    """

    group: str
    names: Sequence[str] = ()

    def at(self, place: Place) -> list[Entry]:
        """Return the entries that are shown at a place."""
        group = self.group.format(tab=place.tab)
        names = [name.format(case=place.case) for name in self.names]
        return [
            entry
            for entry in entries()
            if entry.group == group and (not names or entry.name in names)
        ]


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule that is drawn without having been trained: its name, over so many epochs."""

    name: str
    schedule: dict[str, Any]
    epochs: int = 30


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the lesson.

    plans: drawn before the question is answered. shows: the recorded runs that answer it.
    cases: parts of the step, of which one is shown. asks: the chapter's scheduler that can be
    asked by hand. trains: experiments to train here, by name, beside those that are shown.
    """

    name: str
    title: str
    paragraphs: Sequence[str]
    question: Question | None = None
    plans: Sequence[Plan] = ()
    shows: Sequence[Shown] = ()
    view: View = "curves"
    cases: Sequence[str] = ()
    asks: str = ""
    trains: Sequence[tuple[str, dict[str, Any]]] = ()

    @property
    def by_tab(self) -> bool:
        """Whether what is shown depends on the tab of the chapter."""
        return any("{tab}" in shown.group for shown in self.shows)

    def texts(self) -> list[str]:
        """Return every text of the step that a person reads."""
        asked = self.question
        questions = [asked.text, *asked.choices, asked.said] if asked else []
        names = [plan.name for plan in self.plans] + [name for name, _fields in self.trains]
        return [self.title, *self.paragraphs, *questions, *names]
