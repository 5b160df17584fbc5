"""What every test has: no deadlines, and a state folder that is not the developer's."""

import tempfile

import pytest
from hypothesis import settings

# Deadlines measure how busy the machine is; whole tests have a limit of their own.
settings.register_profile("figmill", deadline=None)
settings.load_profile("figmill")


def pytest_configure(config: pytest.Config) -> None:
    """Sign the jobs that tests and examples in docstrings run with a secret of their own."""
    folder = tempfile.TemporaryDirectory(prefix="figmill-state-")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_STATE_HOME", folder.name)
    config.add_cleanup(patch.undo)
    config.add_cleanup(folder.cleanup)
