"""The embedded form, `?embed=true`: a part of a screen inside a course's page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from lrlab.ui.screens import EXPLORE
from lrlab.ui.text import _


def whole_link(screen: Path, query: Mapping[str, str]) -> None:
    """Lead from an embedded part to the whole screen, outside the frame."""
    page = "" if screen == EXPLORE else screen.stem
    # A page link would stay in the frame.
    st.link_button(_("Open in lrlab"), f"/{page}?{urlencode(query)}", type="tertiary",
                   icon=":material/open_in_new:")  # fmt: skip
