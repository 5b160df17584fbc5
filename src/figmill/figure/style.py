"""Looks: sizes, colours and themes. A theme is a value; there is no global state."""

from __future__ import annotations

from dataclasses import dataclass

from figmill.errors import PlottingError

# The first four are after M. Okabe and K. Ito, "Color Universal Design" (2008); the others were
# searched for, so that any two differ for eyes of every kind (10 by CIEDE2000 at least, with no
# deficiency and with each of three) and all stand out from the ground (3:1). Black leads nothing,
# since it is the colour of frames and text.
CYCLE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#440055",
    "#770000",
    "#993366",
    "#0000CC",
)
CYCLE_DARK = (
    "#5AB4F0",
    "#FF8A4C",
    "#7766CC",
    "#228888",
    "#22FFAA",
    "#887700",
    "#BBFF22",
    "#DD2277",
)


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes in points (1/72 inch) and colours of a figure.

    Parameters
    ----------
    name
        Of the theme.
    title_size, label_size, tick_size
        Sizes of text: titles, labels of axes, numbers at ticks.
    line_width, frame_width, tick_length, minor_length
        Of curves, frames, and major and minor ticks.
    background, panel, ink, muted, grid
        Colours of the sheet, the panels, lines and text, secondary text, and grid lines.
    missing, event
        Colours of cells without a value, and of event lines.
    cycle
        Colours of curves, in order.
    """

    name: str = "paper"
    title_size: float = 11.0
    label_size: float = 9.0
    tick_size: float = 8.0
    line_width: float = 1.3
    frame_width: float = 0.8
    tick_length: float = 3.5
    minor_length: float = 2.0
    background: str = "#ffffff"
    panel: str = "#ffffff"
    ink: str = "#1a1a1a"
    muted: str = "#5a5a5a"
    grid: str = "#e4e4e4"
    missing: str = "#d9d9d9"
    event: str = "#b3001b"
    cycle: tuple[str, ...] = CYCLE


PAPER = Style()
PRESENTATION = Style(
    name="presentation",
    title_size=17.0,
    label_size=14.0,
    tick_size=12.0,
    line_width=2.2,
    frame_width=1.2,
    tick_length=5.0,
    minor_length=3.0,
)
SCREEN_LIGHT = Style(
    name="screen-light", background="#fbfbfc", panel="#ffffff", ink="#24292f", muted="#57606a"
)
SCREEN_DARK = Style(
    name="screen-dark",
    background="#14171c",
    panel="#1b1f26",
    ink="#e6e9ee",
    muted="#a3abb8",
    grid="#303742",
    missing="#3d4450",
    event="#ff6b6b",
    cycle=CYCLE_DARK,
)

THEMES = {
    "paper": PAPER,
    "presentation": PRESENTATION,
    "screen": SCREEN_LIGHT,
    "screen-light": SCREEN_LIGHT,
    "screen-dark": SCREEN_DARK,
}


def theme(name: str) -> Style:
    """The theme of that name.

    Parameters
    ----------
    name
        paper, presentation, screen or screen-dark.

    Raises
    ------
    figmill.errors.PlottingError
        If there is none; the message lists those there are.
    """
    try:
        return THEMES[name]
    except KeyError:
        raise PlottingError(
            f"There is no theme {name!r}.", hint=f"Themes: {', '.join(THEMES)}."
        ) from None
