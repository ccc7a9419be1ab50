"""GET /api/metrics: the lab's figures as Prometheus reads them.

All are of the store, so that every process of a lab tells the same and a restart forgets
nothing; only the watchers are this process's own, and the GPUs this machine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from threading import Lock
from time import monotonic

from lrlab import __version__
from lrlab.api.gpus import Gpu, gpus
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
                watchers = self._hub.watchers
                self._text = "".join(
                    (*_lines(figures, watchers=watchers, worker=worker_alive()), *_of_gpus(gpus()))
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
    yield from _metric("points", "Points of all runs in the store.", [({}, figures.points)])
    yield from _metric(
        "claims_again", "Claims on runs past their first: after a lost worker, a stop or a pause.",
        [({}, figures.claims_again)],
    )  # fmt: skip
    yield from _metric("worker_up", "Whether a worker serves this home.", [({}, worker)])
    yield from _metric("watchers", "Open streams of this process.", [({}, watchers)])
    yield from _metric("build_info", "The version.", [({"version": __version__}, 1)])


def _of_gpus(found: Sequence[Gpu]) -> Iterator[str]:
    def samples(figure: str) -> list[Sample]:
        told = [({"gpu": gpu.index, "name": gpu.name}, getattr(gpu, figure)) for gpu in found]
        return [sample for sample in told if isfinite(sample[1])]

    yield from _metric("gpu_use", "Part of the time in which the GPU works.", samples("use"))
    yield from _metric("gpu_memory_used_bytes", "Of the GPU's memory.", samples("memory_used"))
    yield from _metric("gpu_memory_bytes", "The GPU's memory.", samples("memory_total"))


def _metric(name: str, help: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Yield a metric's lines. What runs that are removed take along may fall: each is a gauge."""
    yield f"# HELP lrlab_{name} {help}\n# TYPE lrlab_{name} gauge\n"
    for labels, value in samples:
        words = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"lrlab_{name}{f'{{{words}}}' if words else ''} {float(value):.15g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
