"""Cursor texts: read back as written, and refused in one sentence."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.api.cursors import LARGEST, MOST_RUNS, parse, text
from lrlab.errors import InvalidInput
from lrlab.runs import Position

numbers = st.integers(0, LARGEST)
cursors = st.dictionaries(
    st.integers(1, LARGEST),
    st.builds(Position, numbers, numbers, numbers),
    min_size=1,
    max_size=MOST_RUNS,
)


@given(cursors)
def test_cursors_are_read_back_as_they_were_written(at):
    assert parse([str(run) for run in at], text(at)) == at


@given(cursors)
def test_a_run_without_a_cursor_is_read_from_its_start(at):
    assert set(parse([str(run) for run in at]).values()) == {Position(0, 0, 0)}


def test_a_cursor_from_before_there_were_measures_knows_none_of_them():
    assert parse(["3"], "3:250:1") == {3: Position(250, 1, 0)}


def refusal(garbage: str) -> str:
    try:
        parse(["3"], garbage)
    except InvalidInput as error:
        return str(error)
    return ""


@given(st.text() | st.from_regex(r"[0-9:,]{1,20}", fullmatch=True))
def test_any_text_is_read_or_refused_in_one_sentence(garbage):
    sentence = refusal(garbage)
    assert sentence == "" or re.fullmatch(r"cursor (has|is|names) .*; allowed .*\.", sentence)


@pytest.mark.parametrize("run", ["", "0", "-1", "1.5", "1e3", "٣", "x", "9" * 30, "3;drop"])
def test_a_run_that_is_not_a_whole_number_is_refused(run):
    with pytest.raises(InvalidInput, match=r"^run is .*; allowed is a whole number from 1 up\.$"):
        parse([run])


def test_no_run_and_too_many_runs_are_refused():
    for count in (0, MOST_RUNS + 1):
        with pytest.raises(InvalidInput, match=f"names {count} runs; allowed are 1 to"):
            parse([str(run) for run in range(1, count + 1)])


def test_a_cursor_of_a_run_that_is_not_asked_for_is_refused():
    with pytest.raises(InvalidInput, match="cursor names run 5"):
        parse(["3"], "3:0:0,5:0:0")
