"""The runs screen: which runs are listed, in what order, groups and columns; all in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import streamlit as st

from lrlab.errors import InvalidInput, shown
from lrlab.experiment import FIELDS
from lrlab.runs import State, listing
from lrlab.runs.labels import WHAT_IF
from lrlab.runs.listing import NEWEST, Wanted
from lrlab.schedules import catalogue
from lrlab.ui.labels import labels, spelled
from lrlab.ui.refusals import broken_link
from lrlab.ui.runs import states
from lrlab.ui.store import store
from lrlab.ui.text import _, spoken

PAGE = 200  # runs in the table at first, and so many more at a time
MOST = 2000
NO_GROUPS = ""
GROUPS = ("experiment", "schedule", "owner", "state", "tag")
STANDARD = (
    "owner", "tags", "schedule", "state", "progress", "train_loss", "train_acc", "test_acc",
    "started", "duration",
)  # fmt: skip
COLUMNS = (*STANDARD, "note", "device", "parent", *FIELDS)
SORTS = (NEWEST, "run", "-test_acc", "test_acc", "train_loss", "-train_loss", "-seconds", "name")
_WRITTEN = "runs-address"
_STAR = "★"

Query = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """What an address says: the filters and order of `Wanted`, groups, columns, how many."""

    text: str = ""
    state: tuple[str, ...] = ()
    owner: str = ""
    tag: tuple[str, ...] = ()
    starred: bool = False
    uses: str = ""
    sort: str = NEWEST
    group: str = NO_GROUPS
    column: tuple[str, ...] = STANDARD
    show: int = PAGE

    def __post_init__(self) -> None:
        """Raise InvalidInput for what is not one of its words."""
        _among("state", self.state, [*State])
        _among("uses", [self.uses], ["", *_kinds()])
        _among("group", [self.group], [NO_GROUPS, *GROUPS])
        _among("column", self.column, COLUMNS)
        if not PAGE <= self.show <= MOST:
            raise InvalidInput(
                "show",
                "is {value}; allowed is {page} to {most}.",
                value=shown(self.show),
                page=PAGE,
                most=MOST,
            )
        self.wanted  # noqa: B018 - which refuses what is no text, owner, tag or order

    @property
    def wanted(self) -> Wanted:
        """The runs that are listed, and their order."""
        return Wanted(
            self.text, tuple(State(each) for each in self.state), self.owner or None, self.tag,
            self.starred, self.uses, self.sort, what_ifs=WHAT_IF in self.tag,
        )  # fmt: skip

    @property
    def filters(self) -> int:
        """How many filters there are beside the text, the tags and the star."""
        return sum(map(bool, (self.state, self.owner, self.uses)))


def read(query: Mapping[str, Sequence[str]]) -> Listing:
    """Return the listing of an address. Raises InvalidInput."""
    said = [each for each in fields(Listing) if query.get(each.name)]
    return Listing(**{each.name: _value(each.name, each.default, query[each.name])
                      for each in said})  # fmt: skip


def write(of: Listing) -> Query:
    """Return the address of a listing; defaults are left out."""
    query: Query = {}
    for each in fields(Listing):
        value = getattr(of, each.name)
        if value != each.default:
            query[each.name] = [*value] if isinstance(value, tuple) else [_word(value)]
    return query


def here() -> Listing:
    """Return the listing that the address asks for, saying where it is broken."""
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    try:
        asked = read(query)
    except InvalidInput as error:
        broken_link(error)
        asked = Listing()
    if query != st.session_state.get(_WRITTEN) or "list-sort" not in st.session_state:
        # A link, or the way back: the fields are as they were there.
        for name in ("text", "owner", "uses", "sort", "group"):
            st.session_state[f"list-{name}"] = getattr(asked, name)
        for name in ("state", "column"):
            st.session_state[f"list-{name}"] = [*getattr(asked, name)]
        st.session_state["list-tag"] = [*([_STAR] if asked.starred else []), *asked.tag]
    return asked


def chosen(asked: Listing) -> Listing:
    """Offer the filters, order, groups and columns; return what is chosen, now in the address."""
    state = st.session_state
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    text = bar.text_input(_("Search"), key="list-text", width=260, max_chars=120,
                          placeholder=_("Name, note, owner or tag"),
                          icon=":material/search:")  # fmt: skip
    count = f" ({asked.filters})" if asked.filters else ""
    with bar.popover(_("Filter") + count, icon=":material/filter_list:"):
        chosen_states = st.multiselect(_("State"), [*State], key="list-state",
                                       format_func=lambda each: states()[each])  # fmt: skip
        names = ["", *dict.fromkeys([*filter(None, listing.owners(store())), asked.owner])]
        owner = st.selectbox(_("Owner"), names, key="list-owner",
                             format_func=lambda each: each or _("All"))  # fmt: skip
        uses = st.selectbox(_("Schedule"), ["", *_kinds()], key="list-uses",
                            format_func=lambda each: spelled(each) or _("All"))  # fmt: skip
    sort = bar.selectbox(_("Sort by"), SORTS if asked.sort in SORTS else [*SORTS, asked.sort],
                         key="list-sort", width=220, format_func=_sorted_by)  # fmt: skip
    group = bar.selectbox(_("Group by"), [NO_GROUPS, *GROUPS], key="list-group", width=200,
                          format_func=lambda each: _groups()[each])  # fmt: skip
    with bar.popover(_("Columns"), icon=":material/view_column:"):
        column = st.multiselect(_("Columns"), COLUMNS, key="list-column",
                                format_func=column_label)  # fmt: skip
    marks = _marks(asked)
    if not {*state["list-tag"]} <= {*marks}:
        state["list-tag"] = [each for each in state["list-tag"] if each in marks]
    tags = st.pills(_("Only"), marks, selection_mode="multi", key="list-tag",
                    label_visibility="collapsed") if marks else []  # fmt: skip
    found = Listing(
        text.strip(), tuple(chosen_states), owner, tuple(sorted({*tags} - {_STAR})),
        _STAR in tags, uses, sort, group, tuple(each for each in COLUMNS if each in column),
        asked.show,
    )  # fmt: skip
    put(found)
    return found


def put(found: Listing) -> None:
    """Have the address say this listing."""
    query = write(found)
    st.session_state[_WRITTEN] = query
    if {name: st.query_params.get_all(name) for name in st.query_params} != query:
        st.query_params.from_dict(query)


def column_label(name: str) -> str:
    """Return a column's heading."""
    return _columns().get(name) or labels().get(name, spelled(name))


def _marks(asked: Listing) -> list[str]:
    known = dict.fromkeys([*listing.tags(store()), *asked.tag])
    starred = asked.starred or listing.count(store(), Wanted(starred=True)) > 0
    return [*([_STAR] if starred else []), *known]


def _value(name: str, default: Any, given: Sequence[str]) -> Any:
    if isinstance(default, tuple):
        return tuple(given)
    text = given[-1]
    if isinstance(default, bool):
        if text not in ("yes", "no"):
            raise InvalidInput(name, "is {value}; allowed is yes or no.", value=shown(text))
        return text == "yes"
    if isinstance(default, int):
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return text


def _word(value: Any) -> str:
    return "yes" if value is True else str(value)


def _among(name: str, given: Sequence[str], allowed: Sequence[str]) -> None:
    for each in given:
        if each not in allowed:
            some = ", ".join(filter(None, allowed))
            raise InvalidInput(
                name, "is {value}; allowed are {some}.", value=shown(each), some=some
            )


@cache
def _kinds() -> list[str]:
    return [entry["kind"] for entry in catalogue()]


def _sorted_by(sort: str) -> str:
    return _sorts().get(sort, sort)


@spoken
def _sorts() -> dict[str, str]:
    return {
        NEWEST: _("Newest first"),
        "run": _("Oldest first"),
        "-test_acc": _("Test accuracy, best first"),
        "test_acc": _("Test accuracy, worst first"),
        "train_loss": _("Train loss, lowest first"),
        "-train_loss": _("Train loss, highest first"),
        "-seconds": _("Longest training first"),
        "name": _("Name"),
    }


@spoken
def _groups() -> dict[str, str]:
    return {
        NO_GROUPS: _("Nothing"),
        "experiment": _("Experiment, over its seeds"),
        "schedule": _("Kind of schedule"),
        "owner": _("Owner"),
        "state": _("State"),
        "tag": _("Tag"),
    }


@spoken
def _columns() -> dict[str, str]:
    return {
        "owner": _("Owner"),
        "tags": _("Tags"),
        "schedule": _("Schedule"),
        "state": _("State"),
        "progress": _("Progress"),
        "train_loss": _("Train loss"),
        "train_acc": _("Train accuracy"),
        "test_acc": _("Test accuracy"),
        "started": _("Started"),
        "duration": _("Duration"),
        "note": _("Note"),
        "device": _("Device"),
        "parent": _("Branched from"),
    }


def more(found: Listing) -> None:
    """Offer the runs after those that are listed, where there are any."""
    total = listing.count(store(), found.wanted)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(_("{shown} of {total} runs").format(shown=min(found.show, total), total=total))
    if found.show < min(total, MOST) and row.button(_("Show more"), key="more"):
        put(replace(found, show=min(MOST, found.show + PAGE)))
        st.rerun()
