"""The address of the runs screen, and runs in groups."""

from __future__ import annotations

from pathlib import Path
from statistics import mean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from lrlab.runs.listing import SORTABLE
from lrlab.runs.writing import Progress
from lrlab.ui.listing import COLUMNS, GROUPS, MOST, PAGE, Listing, read, write
from lrlab.ui.table import group_table, grouped, table
from tests.submitted import submit

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=30)
LISTINGS = st.builds(
    Listing,
    text=NAMES,
    state=st.lists(st.sampled_from([*State]), unique=True).map(lambda each: tuple(map(str, each))),
    owner=NAMES,
    tag=st.lists(NAMES.filter(bool), unique=True, max_size=4).map(tuple),
    starred=st.booleans(),
    uses=st.sampled_from(["", "cosine", "warmup"]),
    sort=st.builds("{}{}".format, st.sampled_from(["", "-"]), st.sampled_from([*SORTABLE])),
    group=st.sampled_from(["", *GROUPS]),
    column=st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1).map(tuple),
    show=st.integers(PAGE, MOST),
)


@settings(deadline=None)
@given(LISTINGS)
def test_an_address_opens_the_listing_that_it_was_written_of(listing: Listing) -> None:
    assert read(write(listing)) == listing


def test_the_first_listing_has_an_empty_address() -> None:
    assert write(Listing()) == {}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"state": ["lost"]}, "state is 'lost'; allowed are queued, running"),
        ({"group": ["colour"]}, "group is 'colour'; allowed are experiment, schedule"),
        ({"column": ["tags", "x"]}, "column is 'x'"),
        ({"show": ["1e3"]}, "show is 0; allowed is 200 to 2000."),
        ({"show": ["9" * 50]}, "show is 0"),
        ({"starred": ["1"]}, "starred is '1'; allowed is yes or no."),
        ({"uses": ["adam"]}, "uses is 'adam'"),
        ({"sort": ["-"]}, "sort is '-'"),
        ({"text": ["x" * 121]}, "text is 'xxx"),
    ],
)
def test_a_broken_address_is_refused_in_a_sentence(
    query: dict[str, list[str]], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(query)
    assert str(caught.value).startswith(sentence)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two experiments from three seeds each: the last of the second failed."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('groups') / 'lrlab.db'}")
    for at in range(6):
        spec = {"kind": ["constant", "cosine"][at // 3]}
        submit(store, Experiment.parse({"schedule": spec, "seed": at % 3}), "", f"run {at}")
        lease = store.claim("test")
        assert lease is not None
        state = State.FAILED if at == 5 else State.FINISHED
        columns = {"test_acc": 0.5 + at**2 / 100, "train_loss": 1 / (at + 1)}
        lease.end(0, state, Progress(columns=columns))
    store.label(1, tags=["a", "b"])
    return store


def test_seeds_are_one_group_with_what_its_finished_runs_reached(store: Store) -> None:
    groups = grouped(store.list(), "experiment")
    assert [name for name, _ in groups] == ["cosine", "constant"]
    cosine, constant = group_table(groups).to_dict("records")
    reached = [0.5, 0.51, 0.54]
    assert (constant["runs"], constant["finished"], constant["best"]) == (3, 3, max(reached))
    assert constant["mean"] == pytest.approx(mean(reached))
    assert constant["sd"] == pytest.approx(stdev(reached))
    assert (cosine["finished"], cosine["best"]) == (2, pytest.approx(0.66))


def test_experiments_that_differ_in_a_parameter_alone_are_groups_of_their_own(
    tmp_path: Path,
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")
    for rate in (0.1, 0.1, 0.5):
        submit(store, Experiment.parse({"kind": "constant", "base_lr": rate}))
    groups = grouped(store.list(), "experiment")
    assert {name: [run.id for run in runs] for name, runs in groups} == {
        "Base rate 0.5": [3], "Base rate 0.1": [2, 1],
    }  # fmt: skip
    store.close()


def test_a_run_is_in_the_group_of_each_of_its_tags(store: Store) -> None:
    groups = grouped(store.list(), "tag")
    assert {name: [run.id for run in runs] for name, runs in groups} == {
        "No tag": [6, 5, 4, 3, 2], "a": [1], "b": [1],
    }  # fmt: skip


def test_settings_are_columns_and_a_chosen_column_is_there_though_empty(store: Store) -> None:
    frame = table(store.list(), ("seed", "note", "momentum")).data
    assert [*frame] == ["sign", "id", "name", "seed", "note", "momentum"]
    assert [*frame.seed] == ["2", "1", "0"] * 2
