"""Which rate? One short training whose rate rises until the loss does."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.runs import StoreError
from lrlab.ui import conventions, range_test
from lrlab.ui.refusals import broken_link, refused
from lrlab.ui.runs import wanted_run
from lrlab.ui.store import store
from lrlab.ui.text import _, plain

st.subheader(_("Range test"), anchor=False)
st.caption(range_test.explained())

number = st.query_params.get("run")
one, fault = conventions.experiment()
if fault:
    broken_link(fault)
st.markdown(f"**{plain(one.schedule.describe())}**")

try:
    test = range_test.chosen(one)
    if st.button(_("Start the range test"), key="sweep-start", type="primary"):
        number = str(store().submit(test, name=_("Range test")).run)
        st.query_params["run"] = number
except (InvalidInput, StoreError) as error:
    refused(error)

if number:
    run, missing = wanted_run(store(), number)
    if run is None:
        st.info(plain(missing))
    elif not run.experiment.range_test:
        st.info(_("Run {} is no range test.").format(run.id))
    else:
        suggested = range_test.found(run)
        range_test.show(run, suggested, key=f"sweep-{run.id}")
        range_test.offers(one, suggested)
