"""Settings of the fence that contradict each other are refused, and those for a short staleness fit."""

import pytest

from grantstream.fence import FenceSettings


@pytest.mark.parametrize("max_staleness", [3.0, 4.0, 8.0, 60.0, 200.0])
def test_settings_derived_from_a_staleness_are_consistent(max_staleness: float) -> None:
    settings = FenceSettings.for_staleness(max_staleness, answer_limit=2.0)
    assert settings.heartbeat < settings.reconnect_after < settings.max_staleness


def test_a_heartbeat_as_slow_as_the_staleness_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold"):
        FenceSettings(max_staleness=1.0)


@pytest.mark.parametrize("max_staleness", [236.0, 3600.0])
def test_a_staleness_too_long_for_the_rule_life_is_refused(max_staleness: float) -> None:
    with pytest.raises(ValueError, match="lifetime of rules"):
        FenceSettings.for_staleness(max_staleness, answer_limit=2.0)
