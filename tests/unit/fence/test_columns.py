"""Columns of numbers that grow."""

import subprocess
import sys

import pytest

from grantstream.fence.rule_table import grown, moments, numbers


@pytest.mark.parametrize(("kind", "largest"), [("I", 2**32 - 1), ("q", 2**63 - 1), ("Q", 2**64 - 1)])
def test_a_column_starts_at_zero_and_growth_keeps_values(kind: str, largest: int) -> None:
    column = numbers(kind)  # type: ignore[arg-type]
    places = len(column)
    assert set(column) == {0}
    column[0], column[places - 1] = 7, largest
    wider = grown(column)
    assert len(wider) == 2 * places
    assert (wider[0], wider[places - 1]) == (7, largest)
    assert set(wider[1 : places - 1]) | set(wider[places:]) == {0}


def test_moments_keep_their_fractions() -> None:
    column = moments()
    column[3] = 1_763_823_756.125
    assert grown(grown(column))[3] == 1_763_823_756.125


FORKING = """
import os
from grantstream.fence.rule_table import numbers
column = numbers("Q")
column[5] = 1
child = os.fork()
if child == 0:
    column[5] = 2
    os._exit(0)
os.waitpid(child, 0)
print(column[5])
"""


def test_what_a_forked_process_writes_is_its_own() -> None:
    # In a process of its own: one that has threads, as this one may, should not be forked.
    assert subprocess.check_output([sys.executable, "-W", "error", "-c", FORKING]) == b"1\n"
