"""Spectrograms by PyQtGraph, without a window: one scene kept, data set, rendered to an image.

It works in a process of its own: PySide6 6.12 on Python 3.11 gives back more references to None
than it takes, some 1,800 a figure, and the interpreter aborts once they are used up.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from _common import Taken, taken_by
from _png import Encoder

_SPARE = 5_000_000
"""References to None, for as long as the process has to live."""


class Scene:
    """Panels with a time axis, log energy and a colour bar each; all kept from figure to figure.

    Parameters
    ----------
    rows, columns
        Of panels.
    size
        Width and height in pixels.
    times, energies
        First and last edge of the cells: seconds since 1970, eV.
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        size: tuple[int, int],
        times: tuple[float, float],
        energies: tuple[float, float],
    ) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        import pyqtgraph as pg
        from PySide6 import QtCore, QtGui

        pg.setConfigOptions(background="w", foreground="k", imageAxisOrder="row-major")
        self._qt: Any = QtGui
        self._app = pg.mkQApp()
        # Drawn into an image of twice its size, so that texts are as large as elsewhere.
        self._view = pg.GraphicsLayoutWidget(size=(size[0] // 2, size[1] // 2))
        self._title = self._view.addLabel("", row=0, col=0, colspan=2 * columns, size="12pt")
        low, high = np.log10(energies)
        place = QtCore.QRectF(times[0], low, times[1] - times[0], high - low)
        self._images, self._bars = [], []
        for number in range(rows * columns):
            row, column = divmod(number, columns)
            axes = {"bottom": pg.DateAxisItem(utcOffset=0)}
            plot = self._view.addPlot(row=1 + row, col=2 * column, axisItems=axes)
            plot.setTitle(f"Panel {number + 1}")
            plot.getAxis("left").setLogMode(True)
            plot.setLabel("left", "Energy (eV)")
            image = pg.ImageItem(np.zeros((2, 2)), levels=(0, 1))
            image.setRect(place)
            plot.addItem(image)
            plot.setRange(place, padding=0)
            bar = pg.ColorBarItem((0, 1), colorMap="viridis", label="log eV/(cm² s sr eV)")
            bar.setImageItem(image)
            self._view.addItem(bar, row=1 + row, col=2 * column + 1)
            self._images.append((image, place))
            self._bars.append(bar)
        # Showing it, to no screen, settles sizes; then it paints into the image alone.
        self._view.show()
        self._app.processEvents()
        self._view.setUpdatesEnabled(False)
        self._canvas = QtGui.QImage(*size, QtGui.QImage.Format.Format_RGB32)
        self._encoded = Encoder(size, 200, (2, 1, 0))  # stored as blue, green, red

    def draw(self, values: Sequence[np.ndarray], title: str) -> bytes:
        """A PNG of one array a panel, time first, as log10; limits are its least and largest."""
        self._title.setText(title)
        for (image, place), bar, data in zip(self._images, self._bars, values, strict=True):
            image.setImage(data.T, autoLevels=False)
            image.setRect(place)
            bar.setLevels((float(data.min()), float(data.max())))
        self._view.ci.layout.activate()
        self._view.scene().prepareForPaint()
        self._canvas.fill(0xFFFFFFFF)
        painter = self._qt.QPainter(self._canvas)
        self._view.render(painter)
        painter.end()
        height, width = self._canvas.height(), self._canvas.width()
        pixels = np.frombuffer(self._canvas.constBits(), np.uint8).reshape(height, width, 4)
        return self._encoded(pixels)


class Apart:
    """A `Scene` in a process of its own.

    Parameters
    ----------
    sets
        Arrays a panel, for each set of values.
    reduce
        Makes of them what is drawn; a function of a module.
    scene
        As `Scene` takes it.

    Raises
    ------
    ImportError
        PyQtGraph, or a binding of Qt, is not installed.
    """

    def __init__(
        self, sets: Sequence[list[np.ndarray]], reduce: Callable[..., Any], *scene: Any
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, reduce, scene), daemon=True)
        self._process.start()
        other.close()
        self._pipe.send(sets)
        refused = self._pipe.recv()
        if refused:
            self.close()
            raise ImportError(refused)

    def draw(self, number: int, title: str) -> tuple[Taken, bytes]:
        """Draw one of the sets; what it took is measured over there."""
        self._pipe.send((number, title))
        found: tuple[Taken, bytes] = self._pipe.recv()
        return found

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join()


def _serve(pipe: Connection, reduce: Callable[..., Any], scene: tuple[Any, ...]) -> None:
    spare = [None] * _SPARE
    sets = pipe.recv()
    try:
        kept = Scene(*scene)
    except ImportError as error:
        pipe.send(str(error))
        return
    pipe.send("")
    made = b""

    def draw() -> bytes:
        nonlocal made
        made = kept.draw(reduce(sets[number]), title)
        return made

    while True:
        try:
            number, title = pipe.recv()
        except EOFError:
            assert spare
            os._exit(0)  # without tidying up, which is where the interpreter would abort
        taken = taken_by(draw)
        pipe.send((taken, made))
