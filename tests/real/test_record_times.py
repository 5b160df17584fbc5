"""Record bounds reconstructed from the times of real files."""

from pathlib import Path

import numpy as np
import pytest

from figmill.figure.bins import time_bins

DATA = Path(__file__).parents[3] / "shared" / "data" / "cdf"


def record_times(name: str, variable: str) -> np.ndarray:
    pycdfpp = pytest.importorskip("pycdfpp", reason="needs the extra 'fast'")
    if not (DATA / name).exists():
        pytest.skip(f"no real file {name} beside the repository")
    values = pycdfpp.load(str(DATA / name))[variable]
    return pycdfpp.to_datetime64(values).ravel().astype("datetime64[ns]").astype(np.int64) / 1e9


def gap_steps(times: np.ndarray) -> list[float]:
    bins = time_bins(times)
    assert (bins.hi[:-1] <= bins.lo[1:]).all()
    opened = bins.hi[:-1] < bins.lo[1:]
    return sorted(np.diff(times)[opened].round(1).tolist())


ELFIN = "elb_l2_epdef_20210914_v01.cdf"


@pytest.mark.parametrize(
    ("name", "variable", "gaps"),
    [
        (ELFIN, "elb_pef_et_time", [12.0, 102.3, 215.6, 328.3]),
        (ELFIN, "elb_pef_hs_time", [11.3, 56.4, 62.1, 107.4, 344.5]),
        (ELFIN, "elb_pef_fs_time", [36.7, 42.3, 64.9, 406.6]),
        ("wi_plsp_3dp_19990329_v02.cdf", "Epoch", [*[391.2] * 4, 5084.5]),
        ("rbspa_rel04_ect-hope-PA-L3_20121201_v0.0.0.cdf", "Epoch_Ion", [48.7] * 11),
        ("rbspa_rel04_ect-hope-PA-L3_20121201_v0.0.0.cdf", "Epoch_Ele", []),
        ("ac_h2_sis_20101105_v06.cdf", "Epoch", []),
        (
            "de2_ion2s_rpa_19830213_v01.cdf",
            "Epoch",
            [8.0, 10.0, 10.0, 23.0, 5178.7, 6672.9, 44209.2],
        ),
    ],
)
def test_gaps_are_where_records_are_missing(name, variable, gaps):
    assert gap_steps(record_times(name, variable)) == gaps


def test_the_one_long_gap_of_a_day_of_seconds():
    steps = gap_steps(record_times("solo_L2_epd-ept-north-hcad_20200713_V02.cdf", "EPOCH"))
    assert steps[-2:] == [17.0, 43865.1]
    # The rest are lone missing seconds, not a cadence of the file.
    assert steps[0] >= 2.0
    assert len(steps) < 400
