"""A position in the fence's log, as a token carries it."""

import pytest

from grantstream.contracts.log_position import LogPosition


@pytest.mark.parametrize("position", [LogPosition("0974", 12), LogPosition("", 0), LogPosition("0974", -1)])
def test_a_position_is_read_as_it_was_written(position: LogPosition) -> None:
    assert LogPosition.from_claim(position.to_claim()) == position


@pytest.mark.parametrize(
    "claim", ["", "12", "log:", "log:x", "log:-2", "log:01", "log: 1", "log:1.0", "log:+1", "log:1_0"]
)
def test_anything_else_is_no_position(claim: str) -> None:
    with pytest.raises(ValueError, match=r"position|invalid literal"):
        LogPosition.from_claim(claim)
