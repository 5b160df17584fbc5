"""Showing a figure that figmill draws."""

from __future__ import annotations

import io
import os
import sys
import warnings

from figmill.draw.files import encode
from figmill.figure.model import Figure


def has_screen() -> bool:
    """Whether an image viewer would find a screen."""
    named = {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    return bool(named) or not sys.platform.startswith("linux")


def show(figure: Figure) -> None:
    """Show a figure: in a notebook there, elsewhere with the system's image viewer.

    Parameters
    ----------
    figure
        What is drawn. Without a screen, a warning says that nothing is shown.
    """
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(figure)
        return
    if not has_screen():
        warnings.warn("The figure is not shown: there is no screen.", UserWarning, stacklevel=3)
        return
    from PIL import Image

    Image.open(io.BytesIO(encode(figure, "png"))).show(title=figure.title or "figmill")
