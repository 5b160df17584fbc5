"""What every test has: no deadlines, and a state folder of its own."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

# Deadlines measure how busy the machine is; whole tests have a limit of their own.
settings.register_profile("figmill", deadline=None)
settings.load_profile("figmill")


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Jobs that tests run are signed with a secret of the tests, not with the developer's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield
