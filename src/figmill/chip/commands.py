"""Stage, draw and measure chip runs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.main import get_command

from figmill.chip.draw_commands import CHIP, GROUP, STAGE, ChipCommands, batch_plot
from figmill.chip.stage_commands import stage_files
from figmill.console.options import JSON
from figmill.console.text import as_json_line, counted, one_line, table

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(
    cls=ChipCommands, help="Chip measurements: from raw files to every figure of a device."
)

Shape = Literal["table", "json", "csv"]
SHAPE = Annotated[Shape, typer.Option("--format", "-f", help="How to print it.")]
PROC = Annotated[str | None, typer.Option(metavar="NAME", help="Only this procedure: It, IVg, ...")]
LIGHT = Annotated[bool | None, typer.Option("--light/--dark", help="Only lit, or only dark runs.")]
WAVELENGTH = Annotated[float | None, typer.Option(metavar="NM", help="Only this wavelength.")]
VG = Annotated[float | None, typer.Option(metavar="V", help="Only this gate voltage.")]

app.command("stage")(stage_files)


@app.command("list")
def list_chips(
    stage: STAGE = None,
    proc: PROC = None,
    light: LIGHT = None,
    wavelength: WAVELENGTH = None,
    vg: VG = None,
    shape: SHAPE = "table",
) -> None:
    """List the chips of a stage, and how many runs of each procedure they have.

    With filters only the runs that fit count, and only chips that have any are listed.

    \b
    figmill chip list --proc It --wavelength 365
    """  # noqa: D301 - typer reads the \b
    from collections import Counter

    from figmill.chip import default_stage
    from figmill.chip.names import spoken_name
    from figmill.chip.plan import Stage
    from figmill.chip.tree import StageTree
    from figmill.errors import InputError

    planner = Stage(StageTree(default_stage(stage)))
    told: list[dict[str, Any]] = []
    damaged = False
    for group, number in planner.tree.chips():
        try:
            every = planner.rows(group, number).values()
        except InputError as error:
            typer.echo(one_line(f"{spoken_name(group, number)}: {error}"), err=True)
            damaged = True
            continue
        rows = _fitting(every, proc, light, wavelength, vg)
        if every and not rows:
            continue
        days = sorted(str(row["datetime_local"])[:10] for row in rows)
        told.append(
            {
                "chip": spoken_name(group, number),
                "group": group,
                "number": number,
                "runs": len(rows),
                "procedures": _procedures(Counter(row["proc"] for row in rows)),
                "first": days[0] if days else "",
                "last": days[-1] if days else "",
            }
        )
    if not told:
        typer.echo("No chip has a run that fits.", err=True)
    _print_rows(told, ("chip", "runs", "first", "last", "procedures"), shape)
    if damaged:
        raise typer.Exit(1)


def history(
    chip: CHIP,
    group: GROUP = None,
    stage: STAGE = None,
    proc: PROC = None,
    light: LIGHT = None,
    wavelength: WAVELENGTH = None,
    vg: VG = None,
    last: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the last so many.")
    ] = None,
    power: Annotated[
        bool, typer.Option("--power", help="Add the irradiated power, from calibrations.")
    ] = False,
    align: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="First take over the numbers of another history (Parquet or CSV with seq, proc, "
            "source_file), so that its configurations fit.",
        ),
    ] = None,
    shape: SHAPE = "table",
) -> None:
    """Print the runs of a chip with their numbers, which configurations name.

    \b
    figmill chip history 67 --proc It --light --wavelength 365 --last 10
    figmill chip history 67 --format csv > history_67.csv
    """  # noqa: D301 - typer reads the \b
    from collections import Counter

    from figmill.chip import align_history, default_stage
    from figmill.chip.names import chip_argument, spoken_name
    from figmill.chip.plan import Stage
    from figmill.chip.sequences import compact
    from figmill.chip.tree import StageTree

    planner = Stage(StageTree(default_stage(stage)))
    number, group = chip_argument(chip), planner.tree.group_or_usual(group)
    named = spoken_name(group, number)
    if align is not None:
        done = align_history(number, group, align, stage=stage)
        said = f"{counted(done.runs, 'run')} of {named} aligned with {align}"
        if done.added:
            said += f"; not in it, and numbered after: {compact(done.added)}"
        if done.gone:
            said += f"; in it but not here: {compact(done.gone)}"
        typer.echo(one_line(said), err=True)
        for note in done.notes:
            typer.echo(one_line(str(note)), err=True)
    rows = _fitting(planner.rows(group, number).values(), proc, light, wavelength, vg)
    rows = rows[-last:] if last else rows
    told: list[dict[str, Any]] = []
    for row in rows:
        more = {}
        if power:
            info = planner.run(row, power=True).info
            more = {
                "irradiated_power_w": info.irradiated_power_w,
                "power_flags": ";".join(info.power_flags),
            }
        told.append({**row, **more})
    columns = [
        "seq",
        "datetime_local",
        "proc",
        "has_light",
        "wavelength_nm",
        "laser_voltage_v",
        "vds_v",
        "vg_fixed_v",
        *(("irradiated_power_w", "power_flags") if power else ()),
        "source_file",
    ]
    if not told:
        counts = Counter(row["proc"] for row in planner.rows(group, number).values())
        typer.echo(one_line(f"No run fits; {named} has {_procedures(counts)}."), err=True)
        if shape == "csv":
            columns = list(planner.tree.history(number, group).columns)
    _print_rows(told, columns if shape == "table" or not told else None, shape)


app.command("history")(history)
app.command("show-history", hidden=True)(history)


@app.command()
def show(
    chip: CHIP,
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="The run's number.")],
    group: GROUP = None,
    stage: STAGE = None,
    shape: SHAPE = "table",
    as_json: JSON = False,
) -> None:
    """Print all that is known of one run: settings, file, columns, derived numbers."""
    from figmill.chip import chip_metrics, default_stage
    from figmill.chip.names import chip_argument, spoken_name
    from figmill.chip.plan import Stage
    from figmill.chip.tree import StageTree
    from figmill.errors import ConfigError, InputError
    from figmill.read.parquet import read_frame

    planner = Stage(StageTree(default_stage(stage)))
    number, group = chip_argument(chip), planner.tree.group_or_usual(group)
    row = planner.rows(group, number).get(seq)
    if row is None:
        raise ConfigError(
            f"{spoken_name(group, number)} has no run {seq}.",
            hint=f"List them: figmill chip history {chip}",
        )
    run = planner.run(row, power=True)
    known = {key: value for key, value in row.items() if value is not None}
    known["irradiated_power_w"] = run.info.irradiated_power_w
    known["power_flags"] = list(run.info.power_flags)
    known["file"] = str(run.path)
    known["staged"] = run.path.is_file()
    known["notes"] = [str(note) for note in planner.tree.notes.get(run.info.run_id, ())]
    found: list[dict[str, Any]] = []
    if known["staged"]:
        try:
            known["columns"] = read_frame(run.path).columns
        except InputError as error:
            known["notes"] = [*known["notes"], error.message]
        numbers = chip_metrics(number, group, stage=stage, seq=[seq])
        found = numbers.select(
            "metric", "part", "value", "error", "unit", "method", "flags"
        ).to_dicts()
    if as_json or shape == "json":
        typer.echo(as_json_line({**known, "metrics": found}))
        return
    if shape == "csv":
        rows: list[dict[str, Any]] = [
            {"name": key, "value": ", ".join(value) if isinstance(value, list) else str(value)}
            for key, value in known.items()
            if value is not None
        ]
        rows += [
            {
                "name": f"{one['metric']} {one['part']}".strip(),
                "value": None if one["value"] is None else repr(one["value"]),
                "error": None if one["error"] is None else repr(one["error"]),
                "unit": one["unit"],
                "flags": ";".join(one["flags"]),
            }
            for one in found
        ]
        _print_rows(rows, None, shape)
        return
    lines = [
        (key, ", ".join(value) if isinstance(value, list) else _plain(value))
        for key, value in known.items()
        if value is not None and value != []
    ]
    for one in found:
        spread = "" if one["error"] is None else f" +- {one['error']:.2g}"
        told = (
            f"{one['value']:.6g}{spread} {one['unit']}" if one["value"] is not None else "unknown"
        )
        value = told.strip()
        flags = f" ({', '.join(one['flags'])})" if one["flags"] else ""
        lines.append((f"{one['metric']} {one['part']}".strip(), f"{value}{flags}"))
    typer.echo(table(("", ""), lines).lstrip())


@app.command()
def metrics(
    chip: CHIP,
    group: GROUP = None,
    stage: STAGE = None,
    seq: Annotated[
        str | None, typer.Option(metavar="RUNS", help="Only these runs: 52-58,65.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the table as Parquet (or .csv)."),
    ] = None,
    length_um: Annotated[
        float | None, typer.Option(metavar="UM", help="Channel length, for mobilities.")
    ] = None,
    width_um: Annotated[float | None, typer.Option(metavar="UM", help="Channel width.")] = None,
    capacitance: Annotated[
        float | None, typer.Option(metavar="F/M2", help="Gate capacitance, in F/m^2.")
    ] = None,
    cnp_window: Annotated[
        float | None,
        typer.Option(
            metavar="V",
            help="Half the window, in volts, about a neutrality point. [default: as noise needs]",
        ),
    ] = None,
    shape: SHAPE = "table",
) -> None:
    """Derive the numbers of a chip's runs: one row a number, with unit, method and flags.

    \b
    figmill chip metrics 67 -o metrics_67.parquet
    figmill chip metrics 67 --length-um 10 --width-um 5 --capacitance 1.2e-4
    """  # noqa: D301 - typer reads the \b
    from figmill.chip import chip_metrics, default_stage, get_chip_history
    from figmill.chip.names import chip_argument, spoken_name
    from figmill.chip.sequences import compact, parse_sequence
    from figmill.chip.tree import StageTree
    from figmill.errors import ConfigError
    from figmill.read.parquet import polars, write_frame, write_whole

    if out is not None and out.suffix.lower() not in (".parquet", ".csv"):
        raise ConfigError(
            f"A table is not written as {out.suffix or 'a file without suffix'}.",
            place="--out",
            hint="Name a file that ends in .parquet or .csv.",
        )
    number = chip_argument(chip)
    group = StageTree(default_stage(stage)).group_or_usual(group)
    numbers = None
    if seq is not None:
        asked = parse_sequence(seq)
        there = set(get_chip_history(number, group, stage=stage)["seq"].to_list())
        # As in configurations: a range takes what is there, a number that is written out must be.
        kept = [each for each in asked.numbers if each in there or each in asked.named]
        numbers = kept or asked.numbers
        if absent := {*asked.numbers} - {*numbers}:
            typer.echo(f"passed over {compact([*absent])}: no such run", err=True)
    found = chip_metrics(
        number,
        group,
        stage=stage,
        seq=numbers,
        length_um=length_um,
        width_um=width_um,
        capacitance_f_m2=capacitance,
        cnp_window_v=cnp_window,
    )
    if out is not None:
        if out.suffix.lower() == ".csv":
            flat = found.with_columns(polars().col("flags").list.join(";"))
            write_whole(out, flat.write_csv().encode())
        else:
            write_frame(found, out)
        typer.echo(f"{counted(found.height, 'number')} of {spoken_name(group, number)} in {out}")
        return
    rows = [{**row, "flags": ";".join(row["flags"])} for row in found.to_dicts()]
    columns = ("seq", "proc", "metric", "part", "value", "error", "unit", "flags", "method")
    _print_rows(rows, columns if shape == "table" else None, shape)


@app.command("list-plugins")
def list_plugins(as_json: JSON = False) -> None:
    """List the commands and the plot types, your own among them."""
    from figmill.chip.plots import plot_types

    group: Any = get_command(app)
    commands = [name for name, command in group.commands.items() if not command.hidden]
    rows = [("command", name, "") for name in commands]
    for name, kind in plot_types().items():
        head = (inspect.getdoc(kind) or "").partition("\n")[0]
        rows.append(("plot type", name, f"{', '.join(kind.procedures)}: {head}"))
    if as_json:
        for kind_of, name, about in rows:
            typer.echo(as_json_line({"kind": kind_of, "name": name, "about": about}))
    else:
        typer.echo(table(("kind", "name", "about"), rows))


def _procedures(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {proc}" for proc, n in sorted(counts.items()))


def _fitting(
    rows: Iterable[Mapping[str, Any]],
    proc: str | None,
    light: bool | None,
    wavelength: float | None,
    vg: float | None,
) -> list[Mapping[str, Any]]:
    """The rows of a history that pass the filters."""
    return [
        row
        for row in rows
        if (proc is None or row["proc"] == proc)
        and (light is None or bool(row.get("has_light")) == light)
        and _near(row.get("wavelength_nm"), wavelength)
        and _near(row.get("vg_fixed_v"), vg)
    ]


def _near(value: float | None, wanted: float | None) -> bool:
    return wanted is None or (
        value is not None and abs(value - wanted) < 1e-6 * max(1, abs(wanted))
    )


def _print_rows(
    rows: list[dict[str, Any]], columns: list[str] | tuple[str, ...] | None, shape: Shape
) -> None:
    if shape == "json":
        for row in rows:
            typer.echo(json.dumps(row, default=str))
        return
    names = list(columns or (rows[0] if rows else ()))
    if shape == "csv":
        from figmill.read.parquet import polars

        frame: pl.DataFrame = polars().DataFrame(
            rows, schema=None if rows else names, infer_schema_length=None
        )
        typer.echo(frame.write_csv(), nl=False)
        return
    typer.echo(table(names, [[_cell(row.get(name)) for name in names] for row in rows]))


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


app.command("batch-plot")(batch_plot)
