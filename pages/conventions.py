"""One schedule, the same words in every library: where their curves part."""

from __future__ import annotations

import streamlit as st

from lrlab.ui import conventions
from lrlab.ui.refusals import broken_link
from lrlab.ui.text import _, plain

one, fault = conventions.experiment()

if fault:
    broken_link(fault)

st.subheader(_("Conventions: {}").format(plain(one.schedule.describe())), anchor=False)
conventions.back_link(one)

found = conventions.compared(one)
if not found:
    conventions.none_known(one)
    st.stop()

conventions.chart(one, found)
conventions.table(one, found)
conventions.calls(found)
