"""A process of the chaos suite whose date is wrong, and nothing else of it."""

import json
import subprocess
import sys
import time

import pytest

from tests.chaos.arena import SKEWED

_TELL = """
import json, time
from datetime import UTC, datetime
began = time.monotonic()
print(json.dumps([time.time(), time.time_ns() / 1e9, datetime.now(UTC).timestamp(), datetime.now().timestamp(),
                  isinstance(datetime.now(UTC), datetime), time.monotonic() - began < 60]))
"""


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
def test_a_process_is_told_a_time_that_is_an_hour_off(ahead: float) -> None:
    environment = {"PYTHONPATH": str(SKEWED), "CHAOS_CLOCK_AHEAD": str(ahead)}
    told = subprocess.run([sys.executable, "-c", _TELL], env=environment, capture_output=True, text=True, check=True)
    *times, is_a_datetime, goes_on = json.loads(told.stdout)
    assert times == pytest.approx([time.time() + ahead] * 4, abs=30)
    assert is_a_datetime
    assert goes_on
