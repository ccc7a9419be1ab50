"""Figures as text, with the digits that mean something."""

from __future__ import annotations

import math
from datetime import datetime

NOTHING = "–"


def loss(value: float | None) -> str:
    """Return a loss with three decimals, `NaN` or `∞` where it is not finite.

    >>> loss(0.18934), loss(None), loss(float("inf"))
    ('0.189', '–', '∞')
    """
    if value is None:
        return NOTHING
    if math.isfinite(value):
        return f"{value:.3f}"
    return "NaN" if math.isnan(value) else "∞"


def accuracy(value: float | None) -> str:
    """Return an accuracy to one of the test set's 10,000 pictures.

    >>> accuracy(0.89871)
    '0.8987'
    """
    return NOTHING if value is None else f"{value:.4f}"


def rate(value: float | None) -> str:
    """Return a learning rate with four significant digits.

    >>> rate(0.30000001), rate(0.0000123456)
    ('0.3', '1.235e-05')
    """
    return NOTHING if value is None else f"{value:.4g}"


def signed(value: float, digits: int = 4) -> str:
    """Return a difference with its sign, a minus that is one.

    >>> signed(-0.25), signed(0.12345, 3)
    ('−0.2500', '+0.123')
    """
    return f"{value:+.{digits}f}".replace("-", "−")


def duration(seconds: float | None) -> str:
    """Return a time span with two of its units.

    >>> duration(3.14), duration(125), duration(7322)
    ('3.1 s', '2 min 5 s', '2 h 2 min')
    """
    if seconds is None:
        return NOTHING
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def throughput(examples_per_second: float | None) -> str:
    """Return a speed with two or three significant digits.

    >>> throughput(2_412_000.0), throughput(18_730.0), throughput(950.0)
    ('2.4 M examples/s', '18.7 k examples/s', '950 examples/s')
    """
    if not examples_per_second:
        return NOTHING
    if examples_per_second >= 1e6:
        return f"{examples_per_second / 1e6:.1f} M examples/s"
    if examples_per_second >= 1e3:
        return f"{examples_per_second / 1e3:.1f} k examples/s"
    return f"{examples_per_second:.0f} examples/s"


def moment(seconds: float | None) -> str:
    """Return a time given in seconds since 1970 as local date and time of day."""
    return NOTHING if seconds is None else f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
