"""Showing a matplotlib figure without pyplot."""

from __future__ import annotations

import sys

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from figmill.draw.display import has_screen


def display(figure: Figure) -> None:
    """Show a figure: in a notebook there, elsewhere with the system's image viewer.

    Where there is no screen, nothing happens.
    """
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(figure)
        return
    if not has_screen():
        return
    from PIL import Image

    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).show(title="figmill")
