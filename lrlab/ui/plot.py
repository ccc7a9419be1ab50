"""A chart of figures that are there: drawn in the theme's colours, with its words and its table.

It keeps its place, zoom and hidden lines when its data change; Streamlit's own chart does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import streamlit as st

from lrlab.charts import Figure
from lrlab.ui.component import component
from lrlab.ui.text import spoken, texts

_mount = component("plot")


class Table(NamedTuple):
    """What a chart shows, as text: a row a line. A cell may be a link, as (words, address)."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str | tuple[str, str]]]


def plot(
    figure: Figure,
    *,
    key: str,
    alt: str,
    table: Table | tuple[Sequence[str], Sequence[Sequence[Any]]] | None = None,
    height: int = 360,
    file: str = "lrlab",
    on_click: Callable[[Any], None] | None = None,
) -> None:
    """Show a figure, which has no colours of the theme.

    alt: the sentence that says what it shows, to those who hear it. table: the same as text,
    folded below. height: pixels. file: the stem of what is downloaded as PNG or SVG. Whoever
    clicks on a point that has `customdata` has it given to `on_click`.
    """

    def clicked() -> None:
        # Unlike indexing, to_dict does not give way to a waiting rerun.
        sent = (st.session_state.get(key) or {}).get("clicked")
        if on_click and sent is not None:
            on_click(sent)

    data = {
        "figure": figure,
        "alt": alt,
        "table": Table(*table)._asdict() if table else None,
        "height": height,
        "file": file,
        "clickable": on_click is not None,
        "texts": _texts(),
    }
    _mount(key=key, data=data, on_clicked_change=clicked)


@spoken
def _texts() -> dict[str, str]:
    return texts("As a table", "PNG", "SVG", "Download this chart as {format}")
