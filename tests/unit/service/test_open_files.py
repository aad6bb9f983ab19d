"""Connections are files, and the system says how many of those there may be."""

import resource
import subprocess
import sys

import pytest

ASK = """
import resource
from grantstream.service.open_files import connections_allowed
print(connections_allowed(2048), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "told"),
    [(64, 4000, "2048 2304"), (3000, 4000, "2048 3000"), (64, 1000, "744 1000"), (64, 100, "1 100")],
)
def test_the_soft_limit_is_raised_as_needed_and_allowed(soft: int, hard: int, told: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    done = subprocess.run([sys.executable, "-c", ASK], preexec_fn=limit, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == told
