"""A batch whose unclear files go to a language model: counted, cached, and over budget."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill.spectra import (
    AINormalizer,
    BatchConfig,
    BatchProcessor,
    BatchProcessResult,
    CSVParser,
    LanguageModel,
    OutputSettings,
    ProcessingProgress,
    ProcessingStage,
)
from figmill.spectra.demo import write_fuels

_spec = importlib.util.spec_from_file_location(
    "llm_server", Path(__file__).with_name("llm_server.py")
)
assert _spec is not None
assert _spec.loader is not None
server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(server)

GOOD = {
    "columns": [
        {"original_name": "kanal", "target": "wavenumber"},
        {"original_name": "wert 2", "target": "absorbance"},
    ],
    "score": 93,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIGMILL_LLM_API_KEY", "k")
    write_fuels(tmp_path)
    rows = np.loadtxt(tmp_path / "ester_5.csv", delimiter=",", skiprows=1)
    for number in range(3):
        text = "\n".join(
            f"{x:.1f},{0.5 + 1e-4 * i:.4f},{y + number * 1e-3:.6f}" for i, (x, y) in enumerate(rows)
        )
        (tmp_path / f"odd_{number}.csv").write_text(f"kanal,wert 1,wert 2\n{text}\n")
    return tmp_path


def process(
    folder: Path, url: str, out: str, callback: Any = None, **options: Any
) -> BatchProcessResult:
    model = LanguageModel(
        base_url=url, model="tiny", cache_dir=str(folder / "cache"), timeout=5, max_retries=0,
        **options,
    )  # fmt: skip
    return asyncio.run(
        BatchProcessor(ai_normalizer=AINormalizer(model)).process_spectral_batch(
            folder / "fuel.csv",
            [folder / f"odd_{number}.csv" for number in range(3)],
            OutputSettings(folder / out, dpi=60, open_folder_after=False),
            callback,
            BatchConfig(max_concurrent_files=2),
        )
    )


def test_calls_are_counted_and_then_cached(folder: Path) -> None:
    seen: list[ProcessingProgress] = []
    with server.serving(server.says(json.dumps(GOOD))) as there:
        first = process(folder, there.url, "a", seen.append)
        second = process(folder, there.url, "b")
        assert len(there.asked) == 3
    assert (first.successful, first.ai_normalizations, first.cache_hits) == (3, 3, 0)
    assert (second.successful, second.ai_normalizations, second.cache_hits) == (3, 0, 3)
    assert ProcessingStage.NORMALIZATION in {progress.current_stage for progress in seen}


def test_a_budget_holds_over_all_workers(folder: Path) -> None:
    with server.serving(server.says(json.dumps(GOOD))) as there:
        result = process(folder, there.url, "a", price_in=1.0, price_out=1000.0, daily_budget=1.8)
        assert len(there.asked) == 1
    assert (result.successful, result.failed) == (1, 2)
    assert all("beyond its budget" in error for error in result.errors)


def test_a_dead_endpoint_leaves_clear_files_alone_and_names_the_rest(folder: Path) -> None:
    with server.serving(server.status(500)) as there:
        result = process(folder, there.url, "a")
    assert result.failed == 3
    assert all("status 500" in error and "rules are used" in error for error in result.errors)


def test_the_normalizer_alone(folder: Path) -> None:
    parsed = CSVParser().parse_file(folder / "odd_0.csv")
    assert parsed.structure.needs_normalization
    with server.serving(server.says(json.dumps(GOOD))) as there:
        model = LanguageModel(
            base_url=there.url, model="tiny", cache_dir=str(folder / "c"), price_in=1.0
        )
        normalizer = AINormalizer(model)
        first = asyncio.run(normalizer.normalize_csv(parsed.data, folder / "odd_0.csv"))
        second = asyncio.run(normalizer.normalize_csv(parsed.data, folder / "odd_0.csv"))
    assert (first.success, first.used, first.confidence_level) == (True, "llm", "high")
    assert first.cost == pytest.approx(0.001)
    assert (second.cached, second.cost) == (True, 0.0)
    assert first.normalized_data is not None
    assert first.normalized_data.y_kind == "absorbance"


def test_the_normalizer_falls_back_and_says_so(folder: Path) -> None:
    parsed = CSVParser().parse_file(folder / "blend_B.csv")
    with server.serving(server.status(503)) as there:
        model = LanguageModel(
            base_url=there.url, model="tiny", cache_dir=str(folder / "c"), max_retries=0
        )
        found = asyncio.run(AINormalizer(model).normalize_csv(parsed.data, folder / "blend_B.csv"))
    assert (found.success, found.used, found.fallback) == (True, "rules", True)
    assert "status 503" in " ".join(found.warnings)
