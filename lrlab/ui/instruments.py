"""What the lesson's instruments measured: averages of the weights, sharpness, distances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lrlab.charts import lessons as figures
from lrlab.lessons.programme import Entry
from lrlab.lessons.recorded import Recorded, distances, learnt
from lrlab.ui.plot import plot
from lrlab.ui.text import _

Series = list[tuple[float, float]]


def averages(found: Mapping[str, Sequence[Recorded]]) -> None:
    """Draw the averages' test accuracies beside those of the last weights."""
    bands = []
    for name, runs in found.items():
        words = (_("{}, last weights"), _("{}, SWA"), _("{}, EMA"))
        readers = (_accuracies, _named("swa_test_acc"), _named("ema_test_acc"))
        bands += [
            _band(word.format(name), runs, place, read, dash)
            for place, (word, read, dash) in enumerate(
                zip(words, readers, ("dash", "dashdot", "dot"), strict=True), start=1
            )
        ]
    figure = figures.bands(bands, axes=(_("Epoch"), _("Test accuracy")))
    plot(figure, key="learn-averages", height=400, file="averages",
         alt=_("Test accuracy of the averages by epoch: {names}.").format(
             names="; ".join(band.name for band in bands)))  # fmt: skip


def sharpness(found: Mapping[str, tuple[Entry, list[Recorded]]]) -> None:
    """Draw the sharpness of each entry by epoch, beside 2 / η at its rates."""
    bands = [
        _band(name, runs, place, _named("sharpness"), "solid")
        for place, (name, (_entry, runs)) in enumerate(found.items(), start=1)
    ]
    figure = figures.bands(
        bands, axes=(_("Epoch"), _("Sharpness")), log=True, fallen=_("{name}, broke down")
    )
    for place, (name, (entry, _runs)) in enumerate(found.items(), start=1):
        x, y = _edge(entry)
        figure["data"].append(figures.line_of(x, y, _("2 / η of {}").format(name), place))
    plot(figure, key="learn-sharpness", height=400, file="sharpness",
         alt=_("Sharpness by epoch, beside 2 divided by the rate."))  # fmt: skip


def _edge(entry: Entry) -> tuple[list[int], list[float | None]]:
    """Return 2 / η at the start of each epoch; None where the rate is 0."""
    one = entry.experiment()
    rates = one.rates()[:: one.steps_per_epoch]
    return [*range(one.epochs)], [float(2 / rate) if rate > 0 else None for rate in rates]


def distance(found: Mapping[str, Sequence[Recorded]]) -> None:
    """Draw how far the weights moved from where they began."""
    bands = [_band(name, runs, place, distances, "solid")
             for place, (name, runs) in enumerate(found.items(), start=1)]  # fmt: skip
    figure = figures.bands(
        bands, axes=(_("Epoch"), _("Distance from the start")), fallen=_("{name}, broke down")
    )
    plot(figure, key="learn-distance", height=320, file="distance",
         alt=_("Distance of the weights from the start by epoch: {names}.").format(
             names="; ".join(found)))  # fmt: skip


def _band(
    name: str, runs: Sequence[Recorded], place: int, read: Callable[[Recorded], Series], dash: str
) -> figures.Band:
    good = [run for run in runs if learnt(run)]
    fallen = [run for run in runs if not learnt(run)] if good else []
    return figures.Band(
        name, [read(run) for run in good or runs], place, [read(run) for run in fallen], dash
    )


def _accuracies(run: Recorded) -> Series:
    return [(each.epoch, each.test_acc) for each in run.evaluations]


def _named(name: str) -> Callable[[Recorded], Series]:
    """Return what reads a measure of a run, without what a log axis has no place for."""

    def read(run: Recorded) -> Series:
        return [(each.epoch, each.value) for each in run.measures
                if each.name == name and each.value > 0]  # fmt: skip

    return read
