"""Charts: data of runs in, Plotly figures and well-rounded figures of speech out.

Pure functions; knows neither the store nor a screen.
"""

from lrlab.charts import digits
from lrlab.charts.figures import Curve, Figure, accuracy, loss, rate
from lrlab.charts.palette import Style, style
from lrlab.charts.planned import Line, line, thumbnail

__all__ = [
    "Curve",
    "Figure",
    "Line",
    "Style",
    "accuracy",
    "digits",
    "line",
    "loss",
    "rate",
    "style",
    "thumbnail",
]
