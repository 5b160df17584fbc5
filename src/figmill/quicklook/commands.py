"""Draw every spectrogram of ISTP CDF files."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from figmill.console.options import DPI, THEME, Run, given, runs

app = typer.Typer()


@app.command()
@runs
def quicklook(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="CDF files, folders (searched with all their subfolders for *.cdf), or patterns.",
        ),
    ],
    run: Run,
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--rows",
            "-r",
            metavar="NAME",
            help="Draw this variable, or those that match the pattern ('*eflux*'); give it "
            "several times for several rows. [default: every primary one]",
        ),
    ] = None,
    collapse: Annotated[
        Literal["mean", "sum", "median", "max"] | None,
        typer.Option(
            help="How a third dimension, such as pitch angle, is brought down to one value."
        ),
    ] = None,
    time_start: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--time-start",
            metavar="TIME",
            help="Begin of the time axis: 2013-10-14T12:00, UTC.",
        ),
    ] = None,
    time_stop: Annotated[
        str | None,
        typer.Option("--to", "--time-stop", metavar="TIME", help="End of the time axis."),
    ] = None,
    y_scale: Annotated[
        Literal["auto", "linear", "log"] | None, typer.Option(help="Scale of the y axes.")
    ] = None,
    y_min: Annotated[float | None, typer.Option(help="Lower end of the y axes.")] = None,
    y_max: Annotated[float | None, typer.Option(help="Upper end of the y axes.")] = None,
    z_scale: Annotated[
        Literal["auto", "linear", "log"] | None, typer.Option(help="Scale of the colours.")
    ] = None,
    z_min: Annotated[float | None, typer.Option(help="Value of the lowest colour.")] = None,
    z_max: Annotated[float | None, typer.Option(help="Value of the highest colour.")] = None,
    colormap: Annotated[
        str | None, typer.Option(metavar="NAME", help="A colour map: viridis, cividis, ...")
    ] = None,
    dpi: DPI = None,
    width: Annotated[
        float | None, typer.Option(metavar="INCHES", help="Width of the figures.")
    ] = None,
    height: Annotated[
        float | None, typer.Option(metavar="INCHES", help="Height of the figures.")
    ] = None,
    theme: THEME = None,
    overrides: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A YAML file that corrects the metadata of variables."),
    ] = None,
) -> None:
    """Draw every spectrogram of ISTP CDF files: one figure a file, one row a variable.

    Bad files do not stop the others; what is drawn already and has not changed is not drawn again.

    \b
    figmill quicklook data/ -o figures
    figmill quicklook 'data/*_eflux_*.cdf' -o figures -r 'eflux' --z-min 1e4 --z-max 1e9
    figmill quicklook one.cdf -o figures --format pdf --from 2013-10-14T12:00 --to 2013-10-14T13:00
    """  # noqa: D301 - typer reads the \b
    from figmill.quicklook import QuicklookRecipe

    options = given(
        rows=rows,
        collapse=collapse,
        time_start=time_start,
        time_stop=time_stop,
        y_scale=y_scale,
        y_min=y_min,
        y_max=y_max,
        z_scale=z_scale,
        z_min=z_min,
        z_max=z_max,
        colormap=colormap,
        dpi=dpi,
        width=width,
        height=height,
        theme=theme,
        overrides=overrides,
    )
    run(QuicklookRecipe(paths=tuple(paths), **options))
