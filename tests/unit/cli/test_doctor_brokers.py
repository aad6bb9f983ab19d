"""Of the settings that somebody changed, only those that do harm are wrong."""

import pytest

from grantstream.cli.doctor.brokers import _difference


@pytest.mark.parametrize(
    ("setting", "weight"),
    [("compression.type", "warning"), ("message.timestamp.type", "wrong"), ("cleanup.policy", "wrong")],
)
def test_a_setting_that_every_reader_copes_with_is_no_fault(setting: str, weight: str) -> None:
    found = _difference(f"fence: differs: {setting} is this, and the register has that")
    assert found.weight == weight
    assert ("nothing on it is believed" in found.sentence) is (setting == "message.timestamp.type")
