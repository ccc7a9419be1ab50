"""Filters and order of lists, against the same said in Python; on each database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import update

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs import Run, State, Store
from lrlab.runs.labels import WHAT_IF
from lrlab.runs.listing import SORTABLE, Wanted, count, find_runs, owners, tags
from lrlab.runs.tables import run as table
from tests.submitted import submit

WORDS = ["warm", "100%", "a_b", "ÉTÉ", "Cosine"]
KINDS = ["constant", "cosine", "polynomial"]


def filled(store: Store) -> None:
    """Store 24 runs in which every filter finds some."""
    for at in range(24):
        inner: dict[str, Any] = {"kind": KINDS[at % 3]}
        spec = {"kind": "warmup", "inner": inner} if at % 4 == 0 else inner
        name = f"{WORDS[at % 5]} {at}"
        number = submit(store, Experiment.parse({"schedule": spec, "seed": at}),
                        ["", "ana", "Ben"][at % 3], name)  # fmt: skip
        marks = [
            word for word, every in (("x,y", 2), ("lecture", 3), (WHAT_IF, 7)) if at % every == 0
        ]
        store.label(number, tags=marks, starred=at % 5 == 0, note="see ana" if at == 1 else None)
        if at % 2:
            store.cancel(number)
        with store.database.write() as connection:
            figures = {"test_acc": None if at % 4 == 1 else (at * 7 % 24) / 24, "seconds": at % 5.0}
            connection.execute(update(table).where(table.c.id == number).values(**figures))


def fits(run: Run, wanted: Wanted) -> bool:
    """Say of a run what the query says."""
    said = [run.name, run.note, run.owner, *run.tags]
    return (
        (not wanted.text or any(wanted.text.lower() in each.lower() for each in said))
        and (not wanted.states or run.state in wanted.states)
        and (wanted.owner is None or run.owner == wanted.owner)
        and {*wanted.tags} <= {*run.tags}
        and (run.starred or not wanted.starred)
        and (not wanted.uses or f'"{wanted.uses}"' in run.experiment_json)
        and (wanted.before is None or run.id < wanted.before)
        and (wanted.what_ifs or WHAT_IF not in run.tags)
    )


WISHES = st.builds(
    Wanted,
    text=st.sampled_from(["", "WARM", "0%", "_", "ana", "x,", "COS"]),
    states=st.sets(st.sampled_from([State.QUEUED, State.CANCELLED, State.FAILED])).map(tuple),
    owner=st.sampled_from([None, "", "ana", "Ben", "nobody"]),
    tags=st.sets(st.sampled_from(["x,y", "lecture", WHAT_IF])).map(tuple),
    starred=st.booleans(),
    uses=st.sampled_from(["", "cosine", "warmup", "rex"]),
    sort=st.builds("{}{}".format, st.sampled_from(["", "-"]), st.sampled_from([*SORTABLE])),
    before=st.sampled_from([None, 1, 12]),
    what_ifs=st.booleans(),
)  # fmt: skip


@pytest.fixture
def full(store: Store) -> Store:
    filled(store)
    return store


@hypothesis_settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=WISHES)
def test_the_wanted_runs_are_those_that_python_finds(full: Store, wanted: Wanted) -> None:
    every = full.list(limit=100)
    right = {run.id for run in every if fits(run, wanted)}
    found = find_runs(full, wanted, limit=100)
    assert {run.id for run in found} == right
    assert count(full, wanted) == len(right)


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", ["run", "test_acc", "train_loss", "seconds"])
def test_figures_are_in_order_and_what_has_none_comes_last(
    full: Store, name: str, sign: str
) -> None:
    found = find_runs(full, Wanted(sort=sign + name), limit=100)
    figures = [getattr(run, {"run": "id"}.get(name, name)) for run in found]
    known = [each for each in figures if each is not None]
    assert known == sorted(known, reverse=bool(sign))
    assert figures == known + [None] * (24 - len(known))
    assert find_runs(full, Wanted(sort=sign + name), limit=5) == found[:5]


def test_names_are_in_order_whatever_the_case(full: Store) -> None:
    found = find_runs(full, Wanted(sort="name", text="a"), limit=100)
    names = [run.name.lower() for run in found]
    assert names == sorted(names)


def test_owners_and_tags_are_offered(full: Store) -> None:
    assert {*owners(full)} == {"", "ana", "Ben"}
    assert tags(full) == sorted(["lecture", WHAT_IF, "x,y"])


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"sort": "colour"}, "sort is 'colour'; allowed are run, name, owner"),
        ({"sort": "--run"}, "sort is '--run'"),
        ({"text": "x" * 200}, "text is 'xxx"),
        ({"tags": ("x" * 41,)}, "tags is 'xxx"),
        ({"owner": "a\0b"}, "owner is"),
        ({"uses": 'cosine","'}, "uses is"),
    ],
)
def test_a_wish_that_is_none_is_refused_in_a_sentence(wish: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Wanted(**wish)
    assert str(caught.value).startswith(sentence)
