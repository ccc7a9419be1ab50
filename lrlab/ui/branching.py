"""Branching in the pages: where a run can be branched from, and what Train then goes on from."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lrlab.errors import InvalidInput, shown
from lrlab.runs import Run
from lrlab.runs.reads import Branchable
from lrlab.ui import link
from lrlab.ui.link import Screen
from lrlab.ui.screens import EXPLORE, RUN, go
from lrlab.ui.store import store
from lrlab.ui.text import _


def check_origin(branch: tuple[int, int] | None) -> None:
    """Refuse a branch from a run that is not there, or from where it has no checkpoint."""
    if branch is None:
        return
    number, update = branch
    if store().run(number) is None:
        raise InvalidInput(
            "branch", "is from run {number}; allowed is a run in the list.", number=shown(number)
        )
    known = [each.update for each in store().checkpoints(number)]
    if update not in known:
        words = ", ".join(map(str, known)) or "none yet"
        raise InvalidInput(
            "branch",
            "is from update {update}; run {number} has checkpoints at {words}.",
            update=shown(update),
            number=number,
            words=words,
        )


def branch_query(run: Run, update: int) -> dict[str, str]:
    """Return the query that opens a run in Explore as the origin of a branch."""
    return link.write(Screen(run.experiment, runs=(run.id,), branch=(run.id, update)))


def branching(run: Run, on_branch: Callable[[Run, int], None] | None = None) -> None:
    """Offer the ends of epochs that a run can be branched from, and to branch there.

    That opens Explore, or calls `on_branch` with the run and the update.
    """
    with st.popover(_("Branch"), key="branch", on_change="rerun"):
        known = store().checkpoints(run.id)
        if not known:
            st.caption(_("Run {} has no checkpoint yet: the first is kept at an epoch's end.")
                       .format(run.id))  # fmt: skip
            return
        choice = f"branch-{run.id}"
        st.selectbox(
            _("Run {}, from the end of epoch").format(run.id),
            known[::-1],
            format_func=_epoch,
            key=choice,
        )
        st.button(
            _("Branch from here"),
            key="branch-here",
            on_click=_branch,
            args=(run, choice, on_branch or _into_explore),
        )


def _branch(run: Run, choice: str, on_branch: Callable[[Run, int], None]) -> None:
    # The epoch is read when the click acts: the page may not have been drawn since it was chosen.
    chosen: Branchable = st.session_state[choice]
    on_branch(run, chosen.update)


def _into_explore(run: Run, update: int) -> None:
    go(EXPLORE, branch_query(run, update))


def banner(branch: tuple[int, int] | None, on_leave: Callable[[], None]) -> None:
    """Say what Train goes on from, where that is a run's checkpoint."""
    run = store().run(branch[0]) if branch else None
    if branch is None or run is None:
        return
    with st.container(key="branch-banner", horizontal=True, vertical_alignment="center"):
        epoch = f"{branch[1] / run.experiment.steps_per_epoch:.4g}"
        said = _("Branch of run {run} from epoch {epoch}").format(run=run.id, epoch=epoch)
        st.markdown(f":blue-background[**{said}**]", width="content")
        st.page_link(RUN, label=_("Run {}").format(run.id), query_params={"run": str(run.id)})
        st.button(_("Start from scratch"), key="branch-leave", type="tertiary", on_click=on_leave)


def _epoch(checkpoint: Branchable) -> str:
    return f"{checkpoint.epoch:.4g}"
