"""The script of the server: the pages and their navigation."""

from __future__ import annotations

import streamlit as st

from lrlab.ui.screens import PAGES, turn
from lrlab.ui.text import _, listen

st.set_page_config(page_title="lrlab", layout="wide")
listen()
page = st.navigation(
    [
        st.Page(PAGES / "explore.py", title=_("Explore"), default=True),
        st.Page(PAGES / "gallery.py", title=_("Gallery")),
        st.Page(PAGES / "conventions.py", title=_("Conventions")),
        st.Page(PAGES / "race.py", title=_("Race")),
        st.Page(PAGES / "range_test.py", title=_("Range test")),
        st.Page(PAGES / "train.py", title=_("Run")),
        st.Page(PAGES / "runs.py", title=_("Runs")),
        st.Page(PAGES / "compare.py", title=_("Compare")),
        st.Page(PAGES / "landscapes.py", title=_("Landscapes")),
        st.Page(PAGES / "learn.py", title=_("Learn")),
    ],
    position="hidden" if st.context.is_embedded else "top",
)
turn()
st.session_state["arrived"] = st.session_state.get("page") not in (None, page.title)
st.session_state["page"] = page.title
page.run()
