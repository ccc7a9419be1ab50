"""GET /api/metrics: the lab's figures as Prometheus reads them.

All are of the store, so that every process of a lab tells the same and a restart forgets
nothing; only the watchers are this process's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock
from time import monotonic

from lrlab import __version__
from lrlab.api.hub import Hub
from lrlab.runs import State, worker_alive
from lrlab.runs.figures import Figures, read_figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESH_SECONDS = 1.0  # so long an answer is good for everybody who asks
QUANTILES = (0.5, 0.9, 0.99)

Sample = tuple[dict[str, str], float]


class Metrics:
    """The metrics of a hub's store; `text` may be called from any thread."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = Lock()
        self._text, self._until = "", 0.0

    def text(self) -> str:
        """Return the metrics as text. Raises StoreError."""
        with self._lock:
            if monotonic() >= self._until:
                figures = read_figures(self._hub.store.database)
                self._text = "".join(
                    _lines(figures, watchers=self._hub.watchers, worker=worker_alive())
                )
                self._until = monotonic() + FRESH_SECONDS
            return self._text


def _lines(figures: Figures, *, watchers: int, worker: bool) -> Iterator[str]:
    runs = [({"state": str(state)}, figures.runs.get(state, 0)) for state in State]
    yield from _metric("runs", "Runs in the store by state.", runs)
    queued = figures.runs.get(State.QUEUED, 0)
    yield from _metric("queue_length", "Runs that wait for a worker.", [({}, queued)])
    yield from _metric(
        "queue_oldest_seconds", "The longest that a waiting run has waited.",
        [({}, figures.waiting)],
    )  # fmt: skip
    waits = [
        ({"quantile": f"{part:g}"}, figures.claim_quantile(part))
        for part in QUANTILES
        if figures.claim_seconds
    ]
    yield from _metric(
        "claim_latency_seconds", "From submission to first claim, of the newest runs.", waits
    )
    yield from _metric("updates", "Updates of all runs in the store.", [({}, figures.updates)])
    yield from _metric(
        "claims_again", "Claims on runs past their first: after a lost worker, a stop or a pause.",
        [({}, figures.claims_again)],
    )  # fmt: skip
    yield from _metric("worker_up", "Whether a worker serves this home.", [({}, worker)])
    yield from _metric("watchers", "Open streams of this process.", [({}, watchers)])
    yield from _metric("build_info", "The version.", [({"version": __version__}, 1)])


def _metric(name: str, help: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Yield a metric's lines. What runs that are removed take along may fall: each is a gauge."""
    yield f"# HELP lrlab_{name} {help}\n# TYPE lrlab_{name} gauge\n"
    for labels, value in samples:
        words = ",".join(f'{label}="{text}"' for label, text in labels.items())
        yield f"lrlab_{name}{f'{{{words}}}' if words else ''} {float(value):.15g}\n"
