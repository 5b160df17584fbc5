"""Figures of other libraries as drawings of a recipe."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from figmill._version import __version__
from figmill.errors import PlottingError


def is_matplotlib(thing: object) -> bool:
    """Whether a thing is a matplotlib figure; matplotlib is not imported for it."""
    figure = sys.modules.get("matplotlib.figure")
    return figure is not None and isinstance(thing, figure.FigureBase)


@dataclass(frozen=True, slots=True)
class MatplotlibFigure:
    """A matplotlib figure that a recipe gives in place of one of figmill's.

    Parameters
    ----------
    figure
        It is closed once it is saved.
    provenance
        As of `figmill.Figure`.
    """

    figure: Any
    provenance: Mapping[str, str] = field(default_factory=dict)

    def encoded(self, format: str, provenance: Mapping[str, str]) -> bytes:
        """The bytes of a file, with the provenance that figmill's own figures carry.

        Parameters
        ----------
        format
            png, jpg, webp, pdf or svg.
        provenance
            Text for its metadata.

        Raises
        ------
        figmill.errors.PlottingError
            matplotlib cannot draw it.
        """
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        texts = {"Software": f"figmill {__version__}", **self.provenance, **provenance}
        told = json.dumps(texts, ensure_ascii=True)
        more: dict[str, Any]
        match format:
            case "png":
                more = {"metadata": texts}
            case "pdf":
                more = {"metadata": {"Keywords": told, "CreationDate": None}}
            case "svg":
                more = {"metadata": {"Description": told, "Date": None}}
            case _:
                from PIL import Image

                exif = Image.Exif()
                exif[0x010E] = told
                more = {"pil_kwargs": {"exif": exif.tobytes(), "quality": 92}}
        stream = io.BytesIO()
        if "agg" not in type(self.figure.canvas).__name__.lower():
            FigureCanvasAgg(self.figure)  # of a notebook or a window, which a worker has not
        try:
            # Without it the names of parts of an SVG change from run to run.
            with mpl.rc_context({"svg.hashsalt": "figmill"}):
                self.figure.savefig(stream, format=format, **more)
        except Exception as error:
            raise PlottingError(
                f"matplotlib cannot draw the figure: {type(error).__name__}: {error}",
                hint="Try its savefig with the same format.",
            ) from error
        return stream.getvalue()

    def close(self) -> None:
        """Let go of the figure, also where pyplot holds it."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close(self.figure)
        self.figure.clear()
