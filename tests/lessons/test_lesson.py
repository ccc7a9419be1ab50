"""The lesson's data: every step whole, answered by runs or code, and no measured figure in it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lrlab.experiment import Experiment
from lrlab.lessons import answers, recorded
from lrlab.lessons.chapter import CASES
from lrlab.lessons.claims import CLAIMS, verdict
from lrlab.lessons.further import STEPS
from lrlab.lessons.lesson import TITLES, Place, Step
from lrlab.lessons.programme import PRINTED, SEEDS, WARMUPS, entries
from lrlab.lessons.recorded import by_seed, group, learnt
from lrlab.lessons.schedulers import SCHEDULERS, asked

# What a text may say in figures beside what `chapter_figures` derives: the years of papers,
# counts of the setting and of the chapter's exercises, and bounds of questions.
PLAIN = {"2011", "2018", "1951", "95", "0", "1", "2", "10", "0.002", "84"}
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def places(step: Step) -> list[Place]:
    return [Place(tab, case) for tab in TITLES for case in step.cases or [""]]


def chapter_figures() -> set[str]:
    """What the chapter prints and its code does, computed from the experiments as they are."""
    one = Experiment.parse({"schedule": PRINTED["constant"]})
    found = {one.batch_size, one.epochs, one.epochs - 1, 0.9, 1.8, *WARMUPS, *range(1, SEEDS + 1)}
    found |= {entry.value for entry in entries() if entry.value is not None}  # what sweeps vary
    found |= {plan.epochs for step in STEPS for plan in step.plans}
    found |= {round(asked("factor", range(50))[-1] or 0, 4)}  # where 50 calls end
    for spec in [*PRINTED.values(), *(formula for _make, formula in SCHEDULERS.values())]:
        text = str(spec)
        found |= {float(each) for each in NUMBER.findall(text)}
    for case in CASES:
        rates = case.experiment().rates()
        found |= {float(f"{rate:.4g}") for rate in np.unique(rates[[0, 235, 470, -1]])}
        found |= {float(each) for each in NUMBER.findall(str(case.fields))}
    return {f"{each:g}" for each in found} | {"2.0"}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_shows_groups_that_are_recorded(step: Step) -> None:
    for place in places(step):
        for shown in step.shows:
            assert len(shown.at(place)) == len(shown.names or shown.at(place)) > 0


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_no_text_quotes_a_measured_figure(step: Step) -> None:
    allowed = PLAIN | chapter_figures()
    for text in step.texts():
        for number in NUMBER.findall(text):
            assert number in allowed, f"{step.name}: {number} in {text!r}"


def test_a_measured_figure_would_be_noticed() -> None:
    allowed = PLAIN | chapter_figures()
    reached = [each for runs in recorded.runs().values() for each in by_seed(runs).values()]
    reached += [case.published.test_acc for case in CASES]
    assert not {f"{each:.4f}" for each in reached if each > 0.11} & allowed
    assert not {f"{each:.3f}" for each in reached if each > 0.11} & allowed


def test_notes_of_the_tabs_say_what_their_rates_are() -> None:
    for case in CASES:
        rates = {f"{rate:.3g}" for rate in np.unique(case.experiment().rates())}
        for number in re.findall(r"0\.\d+", case.note):
            assert f"{float(number):.3g}" in rates, (case.tab, case.name, number)


@pytest.mark.parametrize(
    "step", [step for step in STEPS if step.question], ids=lambda step: step.name
)
def test_every_question_is_answered_by_the_runs_or_the_code(step: Step) -> None:
    assert step.question
    for place in places(step):
        answer = step.question.answer(place)
        assert answer is not None
        assert 0 <= answer < len(step.question.choices)


def test_without_runs_a_measured_question_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "_by_experiment", lambda: {})
    recorded.runs.cache_clear()
    try:
        measured = [step for step in STEPS if step.question and step.name not in
                    ("factor", "multi-factor", "tabs")]  # fmt: skip
        for step in measured:
            assert step.question
            for place in places(step):
                assert step.question.answer(place) is None, step.name
    finally:
        recorded.runs.cache_clear()


def test_every_claim_has_a_verdict_in_every_tab() -> None:
    for claim in CLAIMS:
        for tab in TITLES:
            for way in ("as run", "as printed"):
                assert verdict(claim.measured(tab, way)) != "no runs"


def test_how_each_tab_ran_is_told_from_its_rates() -> None:
    told = {(case.tab, case.name): answers.really(Place(case.tab, case.name)) for case in CASES}
    assert {told[tab, "constant"] for tab in TITLES} == {answers.AS_PRINTED}
    assert {told[tab, "multi-factor"] for tab in TITLES} == {answers.USED_UP}
    for name in ("square root", "cosine", "cosine + warmup"):
        assert told["pytorch", name] == answers.LATE
        assert told["mxnet", name] == answers.COUNTED
        assert told["tensorflow", name] == answers.AS_PRINTED


def test_beyond_the_cliff_ever_fewer_seeds_learn() -> None:
    """The lesson says so of the fixed rates in words."""
    counts = [sum(map(learnt, runs)) for runs in group("fixed rates").values()]
    assert counts == sorted(counts, reverse=True)
    assert 0 < min(count for count in counts if count) < SEEDS
    assert counts[-1] == 0


def test_steps_have_names_of_their_own() -> None:
    names = [step.name for step in STEPS]
    assert len(set(names)) == len(names)
    assert {step.asks for step in STEPS} - {""} == set(SCHEDULERS)
    assert {entry.group for entry in entries()} >= {
        shown.group.format(tab=tab) for step in STEPS for shown in step.shows for tab in TITLES
    }


def test_mxnets_square_root_ends_where_its_note_says() -> None:
    case = next(each for each in CASES if (each.tab, each.name) == ("mxnet", "square root"))
    assert case.note.endswith(f"ends at {case.experiment().rates()[-1]:.4f}")
