"""Advice below the curve: a sentence, its reason for those who ask, and a button that mends it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from lrlab.experiment import Experiment
from lrlab.schedules.advice import Advice, advise
from lrlab.schedules.places import Path
from lrlab.ui.text import _, plain, translated

MOST = 3  # pieces of advice in view; the rest wait behind a button

Mend = Callable[[str, Path], None]


@lru_cache(maxsize=64)
def advice_on(experiment: Experiment) -> list[Advice[Experiment]]:
    """Return the advice on an experiment."""
    return advise(experiment)


def advice(experiment: Experiment, *, folded: bool, on_mend: Mend) -> None:
    """Show the advice on an experiment; with `folded`, all of it behind one button.

    `on_mend` is called with the code and the place of the advice whose button was pressed.
    """
    found = advice_on(experiment)
    in_view = [] if folded else found[:MOST]
    behind = found[len(in_view) :]
    keys = _keys(found)
    with st.container(gap=None):
        for one in in_view:
            _line(one, keys[one.code, one.place], on_mend)
    if behind:
        label = _("{} more remarks") if in_view else _("{} remarks")
        label = _("1 remark") if len(behind) == 1 else label.format(len(behind))
        with st.popover(label, type="tertiary"):
            for one in behind:
                _line(one, keys[one.code, one.place], on_mend)


def _keys(found: list[Advice[Experiment]]) -> dict[tuple[str, Path], str]:
    """Return a key for each button: `mend-<code>`, numbered from the second of a code on."""
    keys: dict[tuple[str, Path], str] = {}
    for one in found:
        before = sum(code == one.code for code, _place in keys)
        keys[one.code, one.place] = f"mend-{one.code}" + (f"-{before + 1}" if before else "")
    return keys


def _line(one: Advice[Experiment], key: str, on_mend: Mend) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.caption(
            plain(translated(one.sentence)), help=plain(translated(one.reason)), width="content"
        )
        if one.mend:
            st.button(
                f":blue[{plain(translated(one.mend_label))}]",
                key=key,
                type="tertiary",
                on_click=on_mend,
                args=(one.code, one.place),
            )
