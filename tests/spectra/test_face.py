"""The documented Python interface of spectra: snippets, every parameter, and the known faults."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill.engine import Ledger
from figmill.errors import ConfigError, InputError, OutputError
from figmill.figure import Figure
from figmill.spectra import (
    AINormalizer,
    BatchConfig,
    BatchProcessor,
    BatchProcessResult,
    CSVParser,
    FileManager,
    OutputSettings,
    ProcessingProgress,
    ProcessingStage,
    SpectralGraphGenerator,
    check_figure,
    read_spectrum,
)
from figmill.spectra.demo import write_fuels


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the files that the documented snippets name."""
    data = tmp_path / "made"
    write_fuels(data)
    for new, old in (
        ("baseline", "fuel"),
        ("sample1", "ester_1"),
        ("sample2", "blend_A"),
        ("sample3", "saturated"),
    ):
        (data / f"{old}.csv").rename(tmp_path / f"{new}.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(**options: Any) -> OutputSettings:
    return OutputSettings(**{"output_dir": "out", "dpi": 60, "open_folder_after": False, **options})


def process(
    samples: list[str] | None = None,
    *,
    baseline: str = "baseline.csv",
    output: OutputSettings | None = None,
    config: BatchConfig | None = None,
    callback: Callable[[ProcessingProgress], Any] | None = None,
    processor: BatchProcessor | None = None,
) -> BatchProcessResult:
    return asyncio.run(
        (processor or BatchProcessor()).process_spectral_batch(
            baseline,
            samples or ["sample1.csv", "sample2.csv", "sample3.csv"],
            output or settings(),
            callback,
            config or BatchConfig(max_concurrent_files=2),
        )
    )


BASIC = """
import asyncio
from figmill.spectra import BatchProcessor
from figmill.spectra import OutputSettings, BatchConfig

async def basic_example():
    # Initialize batch processor
    batch_processor = BatchProcessor()

    # Configure output settings
    output_settings = OutputSettings(
        output_dir="./batch_output",
        format='png',
        dpi=300,
        open_folder_after=True,
        save_normalized_csvs=True
    )

    # Configure batch processing
    config = BatchConfig(
        max_concurrent_files=3,
        memory_limit_mb=1000,
        continue_on_error=True
    )

    # Define progress callback
    def progress_callback(progress):
        print(f"Progress: {progress.progress_percent:.1f}% - {progress.current_operation}")

    # Execute batch processing
    result = await batch_processor.process_spectral_batch(
        baseline_file="baseline.csv",
        sample_files=["sample1.csv", "sample2.csv", "sample3.csv"],
        output_settings=output_settings,
        progress_callback=progress_callback,
        config=config
    )

    print(f"Processed {result.successful}/{result.total_files} files successfully")

# Run the example
asyncio.run(basic_example())
"""


def test_the_basic_snippet_runs_as_a_script_of_its_own(folder: Path) -> None:
    """As documented, without a main guard, although workers are processes."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    (folder / "script.py").write_text(BASIC)
    done = subprocess.run(
        [sys.executable, "script.py"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Progress: 0.0% - Looking at all files"
    assert lines[-2].startswith("Progress: 100.0% - 3 of 3 samples drawn")
    assert lines[-1] == "Processed 3/3 files successfully"
    assert len(list((folder / "batch_output").glob("*.png"))) == 3
    assert len(list((folder / "batch_output" / "normalized").glob("*.csv"))) == 3


def run_snippet(text: str, **names: Any) -> dict[str, Any]:
    """Run a snippet inside a coroutine, as it is meant to be, and give its names."""
    body = textwrap.indent(textwrap.dedent(text).strip(), "    ")
    space: dict[str, Any] = dict(names)
    given = ", ".join(names)
    source = f"async def snippet({given}):\n{body}\n    return locals()\n"
    exec(compile(source, "snippet", "exec"), space)
    return dict(asyncio.run(space["snippet"](**names)))


def test_the_advanced_configuration_snippet(folder: Path) -> None:
    made = run_snippet(
        """
        from figmill.spectra import OutputSettings, BatchConfig
        # High-quality output for publications
        output_settings = OutputSettings(
            output_dir="./publication_graphs",
            format='png',
            dpi=600,  # High DPI
            filename_template="{sample}_vs_{baseline}_publication",
            conflict_resolution="auto_increment"
        )

        # Memory-efficient processing for large files
        config = BatchConfig(
            max_concurrent_files=1,  # Process one at a time
            memory_limit_mb=500,
            timeout_per_file_minutes=15,
            retry_failed_files=True,
            max_retries=3
        )
        """
    )
    made["output_settings"].open_folder_after = False
    result = process(["sample1.csv"], output=made["output_settings"], config=made["config"])
    (figure,) = result.output_files
    assert figure.endswith("sample1_vs_baseline_publication.png")
    check_figure(figure, width=6000)


def test_the_validation_snippet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_snippet(
        """
        # Validate files before processing
        validation_result = await batch_processor.file_manager.validate_batch_files(
            baseline_file="baseline.csv",
            sample_files=sample_files
        )

        print(f"Valid files: {len(validation_result.valid_files)}")
        print(f"Invalid files: {len(validation_result.invalid_files)}")
        print(f"Estimated processing time: {validation_result.estimated_time_minutes:.1f} minutes")
        """,
        batch_processor=BatchProcessor(),
        sample_files=["sample1.csv", "gone.csv"],
    )
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["Valid files: 1", "Invalid files: 1"]
    assert told[2].startswith("Estimated processing time: 0.0")


def test_the_integration_snippets(folder: Path) -> None:
    made = run_snippet(
        """
        # The batch processor automatically uses the CSV parser
        parse_result = self.csv_parser.parse_file(sample_file)
        if parse_result.success:
            sample_data = parse_result.data

        # AI normalization is applied automatically when needed
        if parse_result.structure.confidence < 0.8:
            normalization_result = await self.ai_normalizer.normalize_csv(
                sample_data, sample_file
            )

        # Comparison graphs are generated automatically
        fig = self.graph_generator.generate_comparison_graph(
            baseline_data, sample_data, baseline_name, sample_name
        )
        """,
        self=BatchProcessor(),
        sample_file="made/blend_B.csv",
        baseline_data=CSVParser().parse_file("baseline.csv").data,
        baseline_name="new oil",
        sample_name="blend",
    )
    assert isinstance(made["fig"], Figure)
    assert made["fig"].title == "blend vs new oil"
    found = made["normalization_result"]
    assert (found.success, found.confidence_level, found.used) == (True, "medium", "rules")


def test_progress_has_all_fields_and_all_stages(folder: Path) -> None:
    seen: list[ProcessingProgress] = []
    lines: list[str] = []

    def progress_callback(progress: ProcessingProgress) -> None:
        seen.append(progress)
        lines.append(f"Stage: {progress.current_stage.value}")
        lines.append(f"Progress: {progress.progress_percent:.1f}%")
        lines.append(f"Current file: {progress.current_file}")
        lines.append(f"Operation: {progress.current_operation}")
        lines.append(f"Files completed: {progress.files_completed}/{progress.total_files}")
        lines.append(f"Errors: {progress.errors_count}")

    process(["sample1.csv", "gone.csv", "sample2.csv"], callback=progress_callback)
    assert {p.current_stage for p in seen} == set(ProcessingStage)
    percent = [p.progress_percent for p in seen]
    assert percent == sorted(percent)
    assert (percent[0], percent[-1]) == (0.0, 100.0)
    done = [p.files_completed for p in seen]
    assert (done[0], done[-1]) == (0, 3)
    assert seen[-1].errors_count == 1
    left = [p.estimated_remaining_minutes for p in seen]
    assert len(set(left)) > 2
    assert left[-1] == 0


def test_counts_and_reasons(folder: Path) -> None:
    """The documented system lost missing files from its counts."""
    result = process(["sample1.csv", "gone.csv", "sample2.csv"])
    assert (result.total_files, result.successful, result.failed) == (3, 2, 1)
    assert len(result.output_files) == 2
    assert "gone.csv" in result.errors[0]
    assert "no such file" in result.errors[0]
    assert result.processing_time > 0
    assert 50 < result.memory_peak_mb < 333
    assert [Path(t).name for t in result.tables] == ["metrics.csv", "metrics.parquet"]


def test_a_missing_baseline_stops_it_before_anything_is_drawn(folder: Path) -> None:
    with pytest.raises(InputError, match="baseline cannot be used: there is no such file"):
        process(baseline="gone.csv")
    assert not (folder / "out").exists()


def test_an_error_is_never_a_picture(folder: Path) -> None:
    """The documented system drew a picture with the error in it, and called it a success."""
    (folder / "bad.csv").write_text("these, are, words\nand, no, numbers\n")
    result = process(["bad.csv", "sample1.csv"])
    assert (result.successful, result.failed) == (1, 1)
    assert [p.name for p in (folder / "out").glob("*.png")] == ["sample1_vs_baseline.png"]


def test_x_is_not_taken_from_a_pressure_column(folder: Path) -> None:
    rows = (folder / "sample1.csv").read_text().split("\n")[1:-1]
    pressure = [f"{1013 + i * 1e-3:.3f},{row}" for i, row in enumerate(rows)]
    (folder / "pressure.csv").write_text("pressure,wavenumber,absorbance\n" + "\n".join(pressure))
    assert read_spectrum("pressure.csv").x[0] == 4000.0
    assert process(["pressure.csv"]).successful == 1


def test_output_options_all_count(folder: Path) -> None:
    result = process(
        ["sample1.csv"],
        output=settings(
            format="PDF",
            filename_template="run/{index:02d}_{sample}",
            save_normalized_csvs=True,
            options={"difference": True, "bands": ("1715-1775",)},
        ),
    )
    assert [Path(p).relative_to("out").as_posix() for p in result.output_files] == [
        "run/01_sample1.pdf"
    ]
    assert [Path(p).exists() for p in result.normalized_files] == [True]
    assert "area_difference[1715-1775]" in (folder / "out" / "metrics.csv").read_text()


@pytest.mark.parametrize("kind", ["jpg", "svg", "webp"])
def test_every_format_is_checked(kind: str, folder: Path) -> None:
    (figure,) = process(["sample1.csv"], output=settings(format=kind)).output_files
    assert figure.endswith(f".{kind}")


@pytest.mark.parametrize(
    ("strategy", "drawn", "skipped"),
    [("auto_increment", "sample1_vs_baseline_001.png", 0), ("skip", "", 1)],
)
def test_conflicts_leave_other_peoples_files_alone(
    strategy: str, drawn: str, skipped: int, folder: Path
) -> None:
    (folder / "out").mkdir()
    other = folder / "out" / "sample1_vs_baseline.png"
    other.write_bytes(b"someone's")
    result = process(["sample1.csv"], output=settings(conflict_resolution=strategy))
    assert other.read_bytes() == b"someone's"
    assert [Path(p).name for p in result.output_files] == ([drawn] if drawn else [])
    assert len(result.skipped_files) == skipped
    again = process(["sample1.csv"], output=settings(conflict_resolution=strategy))
    assert again.output_files == result.output_files


def drawn(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").glob("*.png"))


def test_the_figure_of_a_failed_redo_is_no_conflict(folder: Path) -> None:
    process(["sample1.csv"])
    sample = folder / "sample1.csv"
    sample.write_text("nothing to read")
    assert process(["sample1.csv"]).failed == 1
    sample.write_bytes((folder / "sample2.csv").read_bytes())
    process(["sample1.csv"])
    assert drawn(folder) == ["sample1_vs_baseline.png"]
    with Ledger.read(folder / "out") as ledger:
        assert ledger.stale() == []


def test_a_figure_tells_whose_it_is_where_the_ledger_is_lost(folder: Path) -> None:
    process(["sample1.csv"])
    shutil.rmtree(folder / "out" / ".figmill")
    (folder / "out" / "metrics.csv").unlink()
    (folder / "out" / "metrics.parquet").unlink()
    process(["sample1.csv"])
    assert drawn(folder) == ["sample1_vs_baseline.png"]


def test_a_copy_of_a_figure_is_in_the_way_as_any_other_file(folder: Path) -> None:
    process(["sample1.csv"])
    kept = folder / "kept.png"
    (folder / "out" / "sample1_vs_baseline.png").rename(kept)
    shutil.rmtree(folder / "out")
    (folder / "out").mkdir()
    copy = folder / "out" / "sample1_vs_baseline_001.png"
    copy.write_bytes(kept.read_bytes())
    (folder / "out" / "sample1_vs_baseline.png").write_bytes(b"someone's")
    process(["sample1.csv"])
    assert copy.read_bytes() == kept.read_bytes()
    assert len(drawn(folder)) == 3


def test_conflicts_overwrite_or_refuse(folder: Path) -> None:
    (folder / "out").mkdir()
    other = folder / "out" / "sample1_vs_baseline.png"
    other.write_bytes(b"someone's")
    with pytest.raises(ConfigError, match="there already"):
        process(["sample1.csv"], output=settings(conflict_resolution="error"))
    result = process(["sample1.csv"], output=settings(conflict_resolution="overwrite"))
    assert [Path(p).name for p in result.output_files] == [other.name]
    check_figure(other, width=600)


def test_two_samples_of_one_name_get_two_figures(folder: Path) -> None:
    (folder / "b").mkdir()
    (folder / "b" / "sample1.csv").write_bytes((folder / "sample2.csv").read_bytes())
    result = process(["sample1.csv", "b/sample1.csv"])
    assert result.successful == 2
    assert len(set(result.output_files)) == 2


def test_a_second_run_draws_nothing_and_counts_everything(folder: Path) -> None:
    first = process()
    times = {path: Path(path).stat().st_mtime_ns for path in first.output_files}
    second = process()
    assert second.successful == 3
    assert second.output_files == first.output_files
    assert {path: Path(path).stat().st_mtime_ns for path in second.output_files} == times


def many(folder: Path, count: int) -> list[str]:
    rows = (folder / "sample1.csv").read_text()
    names = []
    for number in range(count):
        names.append(f"many_{number:03d}.csv")
        (folder / names[-1]).write_text(rows)
    return names


def test_cancellation_stops_all_writing(folder: Path) -> None:
    processor = BatchProcessor()
    stopped: list[bool] = []

    def callback(progress: ProcessingProgress) -> None:
        if progress.files_completed >= 2 and not stopped:
            stopped.append(processor.cancel_processing())

    result = process(many(folder, 60), callback=callback, processor=processor)
    assert stopped == [True]
    assert result.cancelled
    assert 2 <= result.successful < 60
    assert result.successful + result.failed + len(result.skipped_files) == 60
    before = sorted((folder / "out").rglob("*"))
    time.sleep(0.7)
    assert sorted((folder / "out").rglob("*")) == before
    assert len(list((folder / "out").glob("*.png"))) == result.successful
    assert not processor.cancel_processing()
    rest = process(many(folder, 60), processor=processor)
    assert rest.successful == 60


def test_a_cancelled_task_stops_all_writing(folder: Path) -> None:
    names = many(folder, 60)

    async def main() -> int:
        seen = asyncio.Event()

        def callback(progress: ProcessingProgress) -> None:
            if progress.files_completed:
                seen.set()

        task = asyncio.ensure_future(
            BatchProcessor().process_spectral_batch(
                "baseline.csv", names, settings(), callback, BatchConfig(max_concurrent_files=1)
            )
        )
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(list((folder / "out").glob("*.png")))

    drawn = asyncio.run(main())
    time.sleep(0.7)
    assert 0 < drawn < 60
    assert len(list((folder / "out").glob("*.png"))) == drawn


def test_the_event_loop_stays_free(folder: Path) -> None:
    async def main() -> int:
        turns = 0
        work = asyncio.ensure_future(
            BatchProcessor().process_spectral_batch(
                "baseline.csv", many(folder, 10), settings(), None, BatchConfig(2)
            )
        )
        while not work.done():
            await asyncio.sleep(0.01)
            turns += 1
        await work
        return turns

    assert asyncio.run(main()) > 20


def test_continue_on_error_false_stops_at_the_first_failure(folder: Path) -> None:
    names = ["gone.csv", *many(folder, 40)]
    result = process(names, config=BatchConfig(max_concurrent_files=1, continue_on_error=False))
    assert result.failed >= 1
    assert result.cancelled
    assert len(result.skipped_files) > 30


def test_the_memory_limit_is_enforced(folder: Path) -> None:
    """A file that needs more than its share fails alone, and says so."""
    with (folder / "big.csv").open("w") as stream:
        stream.write("wavenumber,absorbance\n")
        stream.writelines(f"{4000 - i * 0.001:.4f},0.5{i % 1000:03d}\n" for i in range(1_300_000))
    result = process(
        ["big.csv", "sample1.csv"],
        config=BatchConfig(max_concurrent_files=1, memory_limit_mb=200, max_retries=0),
    )
    assert (result.successful, result.failed) == (1, 1)
    assert "memory" in result.errors[0]


def test_a_timeout_fails_its_file_alone(folder: Path) -> None:
    with (folder / "big.csv").open("w") as stream:
        stream.write("wavenumber,absorbance\n")
        stream.writelines(f"{4000 - i * 0.003:.4f},x{i}\n" for i in range(250_000))
        stream.writelines(f"{400 - i * 0.0005:.4f},0.5\n" for i in range(250_000))
    result = process(
        ["big.csv", "sample1.csv"],
        config=BatchConfig(2, timeout_per_file_minutes=1.2 / 60, max_retries=0),
    )
    assert (result.successful, result.failed) == (1, 1)
    assert "big.csv" in result.errors[0]


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    result = process(["pipe.csv", "sample1.csv"])
    assert (result.successful, result.failed) == (1, 1)
    assert "not a regular file" in result.errors[0]


def test_a_callback_that_raises_is_a_warning(folder: Path) -> None:
    def callback(progress: ProcessingProgress) -> None:
        raise RuntimeError("mine")

    result = process(["sample1.csv"], callback=callback)
    assert result.successful == 1
    assert any("callback raised RuntimeError: mine" in w for w in result.warnings)


def test_a_callback_may_be_a_coroutine(folder: Path) -> None:
    seen: list[float] = []

    async def callback(progress: ProcessingProgress) -> None:
        await asyncio.sleep(0)
        seen.append(progress.progress_percent)

    process(["sample1.csv"], callback=callback)
    assert seen[-1] == 100.0


def test_statistics_add_up(folder: Path) -> None:
    processor = BatchProcessor()
    process(["sample1.csv"], processor=processor)
    process(["sample2.csv", "gone.csv"], processor=processor)
    stats = processor.get_processing_stats()
    assert (stats["batches"], stats["successful"], stats["failed"]) == (2, 2, 1)
    assert not stats["is_processing"]
    assert stats["files_per_second"] > 0


def test_the_estimate_is_measured(folder: Path) -> None:
    processor = BatchProcessor()
    names = ["sample1.csv"] * 10
    one = processor.estimate_processing_time("baseline.csv", names, BatchConfig(1))
    assert one.estimated_time_minutes * 60 == pytest.approx(10 * one.seconds_per_file)
    assert one.seconds_per_file > 0

    async def awaited() -> Any:
        return await processor.estimate_processing_time("baseline.csv", names)

    assert asyncio.run(awaited())["total_files"] == 10


def test_validation_finds_what_is_wrong(folder: Path) -> None:
    (folder / "empty.csv").write_text("")
    (folder / "binary.csv").write_bytes(b"\0\1\2" * 500)
    (folder / "packed.csv").write_bytes(b"PK\x03\x04" + b"0" * 100)
    names = ["sample1.csv", "empty.csv", "binary.csv", "packed.csv", "gone.csv", "made"]
    found = asyncio.run(FileManager().validate_batch_files("baseline.csv", names, "out"))
    assert found.valid_files == ["sample1.csv"]
    assert not found.is_valid
    told = " | ".join(found.reasons.values())
    for word in ("empty", "not a text file", "zip archive", "no such file", "this is a folder"):
        assert word in told
    assert found.total_size_mb == pytest.approx((folder / "sample1.csv").stat().st_size / 1e6)
    assert found.estimated_memory_mb > 20


def test_resolve_filename_conflicts(folder: Path) -> None:
    manager = FileManager()
    path = folder / "a.png"
    assert manager.resolve_filename_conflicts(path) == str(path)
    path.write_bytes(b"x")
    assert manager.resolve_filename_conflicts(path) == str(folder / "a_001.png")
    (folder / "a_001.png").write_bytes(b"x")
    assert manager.resolve_filename_conflicts(path, "auto_increment") == str(folder / "a_002.png")
    assert manager.resolve_filename_conflicts(path, "overwrite") == str(path)
    assert manager.resolve_filename_conflicts(path, "skip") is None
    with pytest.raises(ConfigError, match="there already"):
        manager.resolve_filename_conflicts(path, "error")


def test_cleanup_never_deletes_a_result(folder: Path) -> None:
    result = process(["sample1.csv"], output=settings(save_normalized_csvs=True))
    staging = folder / "out" / ".figmill" / "staging" / "old"
    staging.mkdir(parents=True)
    (staging / "left.png").write_bytes(b"half")
    kept = [*result.output_files, *result.normalized_files, *result.tables]
    assert FileManager().cleanup_temp_files_batch("out") == 1
    assert FileManager().cleanup_temp_files_batch(["out", "nowhere"]) == 0
    assert all(Path(path).exists() for path in kept)


@pytest.mark.parametrize(
    "options",
    [{"format": "bmp"}, {"conflict_resolution": "guess"}, {"dpi": 1}, {"filename_template": "x"}],
)
def test_output_settings_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        settings(**options)


@pytest.mark.parametrize(
    "options",
    [{"max_concurrent_files": 0}, {"memory_limit_mb": 0}, {"timeout_per_file_minutes": 0},
     {"max_retries": -1}],
)  # fmt: skip
def test_configs_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        BatchConfig(**options)


def test_figures_are_checked(tmp_path: Path) -> None:
    from figmill.figure import Curve, Panel

    good = Figure(Panel(Curve(np.arange(9.0), np.arange(9.0))), size=(2, 2), dpi=50)
    path = good.save(tmp_path / "good.png")
    check_figure(path, width=100)
    with pytest.raises(OutputError, match="100 pixels wide, not 90"):
        check_figure(path, width=90)
    cut = tmp_path / "cut.png"
    cut.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(OutputError, match="not a whole PNG"):
        check_figure(cut)
    with pytest.raises(OutputError, match="cannot be read"):
        check_figure(tmp_path / "gone.png")
    from PIL import Image

    for kind in ("png", "jpg"):
        Image.new("RGB", (100, 100), "white").save(tmp_path / f"blank.{kind}")
        with pytest.raises(OutputError, match="blank"):
            check_figure(tmp_path / f"blank.{kind}")


def test_graphs_take_data_in_many_forms(folder: Path) -> None:
    generator = SpectralGraphGenerator()
    x = np.linspace(4000, 700, 50)
    columns = {"wavenumber": x, "absorbance": 0.1 + np.exp(-(((x - 1700) / 100) ** 2))}
    spectrum = read_spectrum("baseline.csv")
    for sample in (
        spectrum,
        columns,
        (x, columns["absorbance"]),
        CSVParser().parse_file("sample2.csv"),
    ):
        made = generator.generate_comparison_graph(spectrum, sample, "a", "b", difference=True)
        assert made.shape == (2, 1)
    with pytest.raises(InputError, match="holds no spectrum"):
        generator.generate_comparison_graph(spectrum, "text", "a", "b")


def test_the_parser_never_raises(folder: Path) -> None:
    gone = CSVParser().parse_file("gone.csv")
    assert (gone.success, gone.data) == (False, None)
    assert "no such file" in gone.errors[0]
    (folder / "odd.csv").write_text("a,b\n" + "\n".join(f"{i % 3},{i}" for i in range(9)))
    odd = CSVParser().parse_file("odd.csv")
    assert odd.success
    assert odd.structure.needs_normalization


def test_the_normalizer_refuses_what_is_not_clear(folder: Path) -> None:
    rows = "\n".join(f"{4000 - i},{0.5 + i / 1000},{0.1 + i % 7}" for i in range(50))
    (folder / "odd.csv").write_text(f"a,b,c\n{rows}")
    parsed = CSVParser().parse_file("odd.csv")
    found = asyncio.run(AINormalizer().normalize_csv(parsed.data, "odd.csv"))
    assert (found.success, found.confidence_level) == (False, "low")
    assert found.plan is not None
    told = asyncio.run(AINormalizer(accept_low=True).normalize_csv(parsed.data, "odd.csv"))
    assert told.success


GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "spectra.md"


def test_the_guides_snippets_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import re

    (folder / "new.csv").write_bytes((folder / "baseline.csv").read_bytes())
    for name in ("used.spc", "used_1.csv", "used_2.csv"):
        (folder / name).write_bytes((folder / "sample1.csv").read_bytes())
    snippets = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    mine = [one for one in snippets if "class LampReader" not in one]  # a reader, with its own test
    assert len(mine) == 2
    for snippet in mine:
        exec(compile(snippet, str(GUIDE), "exec"), {})
    told = capsys.readouterr().out
    assert "100 % 2 of 2 samples drawn" in told
    assert told.endswith("2 0 []\n")


def test_the_public_names() -> None:
    import figmill.spectra

    documented = {
        "AINormalizer", "BatchConfig", "BatchProcessResult", "BatchProcessor", "CSVParser",
        "FileManager", "OutputSettings", "ProcessingProgress", "ProcessingStage",
        "SpectralGraphGenerator", "read_spectrum",
    }  # fmt: skip
    assert documented <= set(figmill.spectra.__all__)
    assert all(hasattr(figmill.spectra, name) for name in figmill.spectra.__all__)


def test_the_baseline_may_be_a_sample_and_a_sample_may_be_named_twice(folder: Path) -> None:
    result = process(["baseline.csv", "sample1.csv", "./sample1.csv"])
    assert (result.total_files, result.successful) == (2, 2)


def test_figures_of_all_samples_are_not_counted_as_samples(folder: Path) -> None:
    seen: list[int] = []
    result = process(
        ["sample1.csv", "sample2.csv"],
        output=settings(options={"figures": ("overlay", "all", "stacked")}),
        callback=lambda progress: seen.append(progress.files_completed),
    )
    assert (result.total_files, result.successful, max(seen)) == (2, 2, 2)
    assert len(list((folder / "out").glob("*.png"))) == 4


def test_debug_mode_logs_what_happens(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    import logging

    with caplog.at_level(logging.DEBUG, logger="figmill.spectra"):
        process(["sample1.csv", "gone.csv"])
    told = "\n".join(caplog.messages)
    assert "validation: Looking at all files" in told
    assert "saving: Saved sample1" in told


def test_what_is_tried_again() -> None:
    from figmill.engine import CancelToken
    from figmill.spectra.batch import _options

    options = _options(BatchConfig(2, memory_limit_mb=500, max_retries=3), CancelToken())
    assert options.retries["crash"] == options.retries["timeout"] == 3
    assert "invalid-input" not in options.retries
    assert options.memory_limit == 250_000_000
    assert options.timeout_s == 600
    once = _options(BatchConfig(2, retry_failed_files=False), CancelToken())
    assert set(once.retries.values()) == {0}


def test_a_tiny_and_a_huge_file_do_not_spoil_the_estimate(folder: Path) -> None:
    """Two points take as long as a thousand: what they take a byte says nothing."""
    tiny, large = folder / "tiny.csv", folder / "large.csv"
    tiny.write_text("wavenumber,absorbance\n1000,0.5\n2000,0.6\n")
    rows = "\n".join(f"{1000 + n / 100:.2f},{0.1 + n % 7 / 10:.3f}" for n in range(200_000))
    large.write_text(f"wavenumber,absorbance\n{rows}\n")
    files = [tiny, *(folder / f"sample{n}.csv" for n in (1, 2, 3)), large]
    found = BatchProcessor().estimate_processing_time("baseline.csv", files, BatchConfig(1))
    assert 0 < found.estimated_time_minutes * 60 < 20
    assert found.estimated_memory_mb < 1500


def test_a_small_memory_limit_counts_beyond_the_interpreter(folder: Path) -> None:
    from figmill.engine import CancelToken
    from figmill.spectra.batch import _options

    options = _options(BatchConfig(3, memory_limit_mb=200), CancelToken())
    # 100 MB of its own, and half of 200 / 3.
    assert options.memory_limit == 133_333_333
    assert options.batch_memory_limit == 3 * 133_333_333
    config = BatchConfig(max_concurrent_files=3, memory_limit_mb=200, max_retries=0)
    result = process(["sample1.csv", "sample2.csv", "sample3.csv"], config=config)
    assert (result.successful, result.failed) == (3, 0)


def test_a_large_file_is_not_read_whole_for_an_estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from figmill.spectra import files

    monkeypatch.setattr(files, "_LOOKED_AT", 20_000)
    seen: list[int] = []

    def read(path: Path, data: bytes) -> object:
        seen.append(len(data))
        return real(path, data)

    real = files.spectrum_in
    monkeypatch.setattr(files, "spectrum_in", read)
    rows = "\n".join(f"{4000 - n / 10:.2f},{0.1 + n % 7 / 10:.3f}" for n in range(20_000))
    (tmp_path / "large.csv").write_text(f"wavenumber,absorbance\n{rows}\n")
    (tmp_path / "base.csv").write_text("wavenumber,absorbance\n4000,0.1\n3000,0.2\n")
    found = files.estimate(tmp_path / "base.csv", [tmp_path / "large.csv"])
    assert max(seen) <= 20_000
    assert found.seconds_per_file > 0
    assert found.estimated_memory_mb > 1
