"""Charts: data of runs in, Plotly figures and well-rounded figures of speech out.

Pure functions; knows neither the store nor a screen.
"""

from lrlab.charts import digits
from lrlab.charts.figures import accuracy, loss, rate
from lrlab.charts.instruments import distance, gradient_norm, noise_scale, sharpness
from lrlab.charts.palette import Style, style
from lrlab.charts.planned import Line, line, thumbnail
from lrlab.charts.traces import Curve, Figure
from lrlab.charts.tree import Twig, branches

__all__ = [
    "Curve",
    "Figure",
    "Line",
    "Style",
    "Twig",
    "accuracy",
    "branches",
    "digits",
    "distance",
    "gradient_norm",
    "line",
    "loss",
    "noise_scale",
    "rate",
    "sharpness",
    "style",
    "thumbnail",
]
