from pathlib import Path

import pytest

from figmill.fast.synthetic.orbits import OrbitTruth, write_orbits

pytest.importorskip("pycdfpp")


@pytest.fixture(scope="session")
def orbit_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fast")


@pytest.fixture(scope="session")
def orbits(orbit_folder) -> list[OrbitTruth]:
    """Two small orbits with all instruments."""
    return write_orbits(orbit_folder, 2, survey_records=400, burst_records=120)


@pytest.fixture(scope="session")
def orbit(orbits) -> OrbitTruth:
    return orbits[0]


@pytest.fixture
def edited(tmp_path):
    """A function that copies a file with its arrays changed by another function."""

    def edit(path: Path, change) -> Path:
        import numpy as np
        import pycdfpp

        source = pycdfpp.load(str(path))
        arrays = {
            name: np.array(variable.values)
            for name, variable in source.items()
            if variable.type.name != "CDF_CHAR"
        }
        change(arrays)
        made = pycdfpp.CDF()
        for name, attribute in source.attributes.items():
            made.add_attribute(name, [attribute[i] for i in range(len(attribute))])
        for name, values in arrays.items():
            old = source[name]
            stamps = name.lower() == "epoch"
            made.add_variable(
                name,
                pycdfpp.to_datetime64(values) if stamps else values,
                old.type,
                is_nrv=old.is_nrv,
                compression=pycdfpp.CompressionType.gzip_compression,
            )
        target = tmp_path / path.name
        pycdfpp.save(made, str(target))
        return target

    return edit
