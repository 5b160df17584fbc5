from figmill.fast.progress import OrbitState, finished_orbits, progress_document

STATES = [
    OrbitState(3, "done"),
    OrbitState(1, "failed", "invalid-input", "no CDF"),
    OrbitState(2, "done", errors={"ees": ("timeout", "slow"), "ies": ("invalid-cdf", "bad")}),
    OrbitState(5, "failed", "timeout", "slow"),
    OrbitState(4, "failed", "memory", "big"),
    OrbitState(6, "failed", "plotting", "no colours"),
    OrbitState(7, "failed", "divide-by-zero", "0"),
    OrbitState(8, "no_data", message="nothing"),
]


def test_documented_keys_with_sorted_orbits():
    assert progress_document(STATES, 8, "linear", "log") == {
        "linear_log_last_orbit": 8,
        "ees_linear_log_error-timeout": [2],
        "ees_linear_log_timed_out": [2],
        "ies_linear_log_error-invalid-cdf": [2],
        "linear_log_error-divide-by-zero": [7],
        "linear_log_error-generic": [4],
        "linear_log_error-invalid-cdf": [1],
        "linear_log_error-plotting": [6],
        "linear_log_error-timeout": [5],
        "orbit_linear_log_timed_out": [5],
    }
    two = [OrbitState(n, "failed", "timeout") for n in (9, 4)]
    assert progress_document(two, None, "log", "log")["orbit_log_log_timed_out"] == [4, 9]


def test_results():
    found = {state.orbit: state.result() for state in STATES}
    assert found[3] == {"orbit": 3, "status": "ok", "errors": []}
    assert found[1]["status"] == "error"
    assert found[1]["errors"] == ["invalid-cdf: no CDF"]
    assert found[2]["status"] == "timeout"
    assert (found[2]["timeout_type"], found[2]["timeout_instrument"]) == ("instrument", "ees")
    assert (found[5]["status"], found[5]["timeout_type"]) == ("timeout", "orbit")
    assert found[8]["errors"] == ["no data: nothing"]


def test_finished_orbits_of_a_document():
    document = progress_document(STATES, 8, "linear", "log")
    assert list(finished_orbits(document, range(1, 11), "linear", "log")) == [3, 8]
    assert list(finished_orbits(document, range(1, 11), "log", "log")) == []
