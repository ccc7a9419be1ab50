"""How a run is told from another: the same colour, dash and marker on every chart and page.

Okabe and Ito's eight colours can be told apart with any colour vision; dash and
marker are the second sign. The run's id decides, so nothing needs remembering.
"""

from __future__ import annotations

from typing import NamedTuple

COLOURS = (
    "#0072B2",  # blue
    "#D55E00",  # vermilion
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#E69F00",  # orange
    "#56B4E9",  # sky blue
    "#8A8A8A",  # grey for their black, which a dark page would swallow
    "#B8A800",  # yellow, darkened until a white page shows it
)
DASHES = ("dash", "dashdot", "dot", "longdash", "longdashdot", "6px,2px", "2px,4px", "9px,3px")
LAYER_DASHES = (  # of one run's lines beside each other
    "solid",
    "dot",
    "dash",
    "dashdot",
    "14px,3px",
    "2px,7px",
    "18px,8px",
    "12px,3px,2px,3px,2px,3px",
)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star")


class Style(NamedTuple):
    """The signs of one run. `dash` is that of its test curves; train curves are solid."""

    colour: str
    dash: str
    symbol: str

    def fill(self, opacity: float = 0.22) -> str:
        """Return the colour for an area, as rgba."""
        red, green, blue = (int(self.colour[at : at + 2], 16) for at in (1, 3, 5))
        return f"rgba({red},{green},{blue},{opacity})"

    def others(self) -> tuple[str, ...]:
        """Return the other dashes, from the one after this run's own."""
        after = DASHES.index(self.dash) + 1
        return DASHES[after:] + DASHES[: after - 1]


def style(run: int) -> Style:
    """Return the signs of run `run`: 64 runs pass before all three come again.

    >>> style(1).colour, style(9).colour, style(1).symbol, style(9).symbol
    ('#0072B2', '#0072B2', 'circle', 'square')
    """
    turn, colour = divmod(run - 1, len(COLOURS))
    sign = (colour + turn) % len(DASHES)
    return Style(COLOURS[colour], DASHES[sign], SYMBOLS[sign])
