"""Old addresses of modules."""

import subprocess
import sys


def test_a_module_of_the_engine_that_moved_is_still_its_attribute() -> None:
    code = (
        "import warnings\n"
        "warnings.simplefilter('ignore')\n"
        "import figmill.engine, figmill.item\n"
        "assert figmill.engine.item.Item is figmill.item.Item\n"
        "warnings.simplefilter('error')\n"
        "assert not hasattr(figmill.engine, 'itme')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
