"""A comparison as one file of HTML that opens offline: charts, figures, settings, versions."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from lrlab.charts import line
from lrlab.charts.compare import overlay
from lrlab.runs import Run, Store
from lrlab.ui.compare import differences, summaries
from lrlab.ui.text import _, language

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; color: #1a1c20; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid #d1d5db; }
.chart { height: 26rem; } .wide { overflow-x: auto; } small { color: #4b5563; }
"""
DRAW = """
figures.forEach(({ data, layout }, at) => Plotly.newPlot(`chart-${at}`, data, layout,
  { responsive: true }));
"""


def report(store: Store, runs: Sequence[Run]) -> str:
    """Return the HTML text; its charts are those of the runs as they stand now."""
    names = [f"{run.id} · {run.name[:60]}" for run in runs]
    tests = dict(zip(names, (store.evaluations(run.id) for run in runs), strict=True))
    planned = dict(zip(names, (line(run.experiment.rates(), run.experiment.steps_per_epoch)
                               for run in runs), strict=True))  # fmt: skip
    epoch = _("Epoch")

    def ends(figure: str) -> dict[str, Any]:
        return {name: ([e.epoch for e in each], [getattr(e, figure) for e in each])
                for name, each in tests.items()}  # fmt: skip

    figures = {
        _("Test accuracy"): overlay(
            ends("test_acc"), axes=(epoch, _("Test accuracy")), digits=".4f"
        ),
        _("Train loss"): overlay(
            ends("train_loss"), axes=(epoch, _("Train loss")), digits=".3f", log=True
        ),
        _("Planned rate"): overlay(
            {name: (each.x, each.y) for name, each in planned.items()},
            axes=(epoch, _("Learning rate")), digits=".4~g",
        ),
    }  # fmt: skip
    title = _("Comparison of {n} runs").format(n=len(runs))
    body = [
        f"<h1>{html.escape(title)}</h1>",
        _table(summaries(runs)),
        *(_chart(name, place) for place, name in enumerate(figures)),
        f"<h2>{html.escape(_('What differs'))}</h2>",
        _table(differences(runs)) or f"<p>{html.escape(_('Nothing differs.'))}</p>",
        f"<p><small>lrlab {version('lrlab')}, Plotly {version('plotly')}</small></p>",
    ]
    return _page(title, body, list(figures.values()))


def _page(title: str, body: Sequence[str], figures: Sequence[Mapping[str, Any]]) -> str:
    plotly = (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    # "</" would end the script; JSON may write it so.
    data = json.dumps(figures, allow_nan=False, default=str).replace("</", "<\\/")
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>{''.join(body)}"
        f"<script>{plotly}</script><script>const figures = {data}; {DRAW}</script></body></html>"
    )


def _chart(name: str, place: int) -> str:
    label = html.escape(name, quote=True)
    chart = f'<div class="chart" id="chart-{place}" role="img" aria-label="{label}"></div>'
    return f"<h2>{label}</h2>{chart}"


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{lines}</table></div>'
