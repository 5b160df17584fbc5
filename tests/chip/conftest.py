"""A made-up device, staged once."""

from pathlib import Path

import pytest

from figmill.chip.synthetic import Device, write_raw

pytest.importorskip("polars")


@pytest.fixture(scope="session")
def device() -> Device:
    return Device()


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory, device: Device) -> Path:
    folder = tmp_path_factory.mktemp("chip") / "raw"
    write_raw(folder, device)
    return folder


@pytest.fixture(scope="session")
def stage(raw: Path) -> Path:
    from figmill.chip import stage_raw

    folder = raw.parent / "stage"
    stage_raw(raw, folder)
    return folder
